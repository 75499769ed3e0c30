//! The signed-in browser: found by its cookie, touched, ended.

use serde_json::json;

use super::{By, Operators, Result, SignedIn, TOUCH, about, as_event, cleaned, detail, is_crossed, log_of};
use crate::clock::{Timestamp, random_token};
use crate::ids::{OperatorId, SessionId, TenantId};
use crate::manage::OperatorError;
use crate::model::{Action, AuditEvent, Browser, Operator, Session, Stage};
use crate::secret::{Digest256, SecretString};
use crate::store::{Change, Find, RecordFilter, Records as _};

impl Operators {
    /// The session of a cookie's value, and whose it is. `None`: there is none, it was not used for too long, it is
    /// over, or its operator or their agency is disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token: &str) -> Result<Option<(Session, Operator)>> {
        let digest = Digest256::of(token);
        let Some(session) = self.store.find::<Session>(Find::Key(&digest.encode())).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let Some(operator) = self.owner_of(&session, now).await? else {
            return Ok(None);
        };
        if now.millis_since(session.seen_at) < TOUCH {
            return Ok(Some((session, operator)));
        }
        let touched = Session {
            seen_at: now,
            idle_at: now.plus(self.settings.idle).min(session.ends_at),
            version: session.version + 1,
            ..session.clone()
        };
        match self.save(TenantId::PLATFORM, vec![Change::record(&touched)?]).await {
            Ok(()) => Ok(Some((touched, operator))),
            // Another request touched it, or ended it: then the next one finds nothing.
            Err(error) if is_crossed(&error) => Ok(Some((session, operator))),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the password was given lately enough for what touches secrets.
    #[must_use]
    pub fn is_confirmed(&self, session: &Session) -> bool {
        session.stage == Stage::Full && self.clock.now() < session.confirmed_at.plus(self.settings.confirm)
    }

    /// Ends a session at its operator's wish.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, session: &Session, from: &Browser) -> Result<()> {
        let end = Change::delete_record::<Session>(session.id.to_string());
        let operator = self.by_id::<Operator>(session.operator_id).await?;
        match operator {
            Some(operator) if session.stage == Stage::Full => {
                let log = log_of(operator.agency_id);
                let by = By::operator(&operator.login, from);
                let event = self.event(log, Action::OperatorLogout, &by);
                self.save(log, vec![end, as_event(event)]).await?;
            }
            // Whoever was not in yet does not go.
            _ => self.save(TenantId::PLATFORM, vec![end]).await?,
        }
        Ok(())
    }

    /// An operator's sessions that are not over, oldest first; those still on their way in too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions_of(&self, operator: OperatorId) -> Result<Vec<Session>> {
        let now = self.clock.now();
        let mut sessions = self.stored_sessions(operator).await?;
        sessions.retain(|session| is_running(session, now));
        Ok(sessions)
    }

    /// Ends one session.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`].
    pub async fn revoke_session(&self, by: &By, id: SessionId) -> Result<()> {
        let session = self.by_id::<Session>(id).await?;
        let session = session.ok_or(OperatorError::NotFound { what: "session" })?;
        let operator = self.by_id::<Operator>(session.operator_id).await?;
        let operator = operator.ok_or(OperatorError::NotFound { what: "operator" })?;
        let mut event = self.event(log_of(operator.agency_id), Action::OperatorLogout, by);
        about(&mut event, &operator);
        detail(&mut event, "session", json!(id));
        let end = Change::delete_record::<Session>(id.to_string());
        Ok(self.save(event.tenant_id, vec![end, as_event(event)]).await?)
    }

    /// Ends an operator's sessions but one; says how many went.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`].
    pub async fn revoke_sessions_of(&self, by: &By, operator: OperatorId, except: Option<SessionId>) -> Result<u64> {
        let operator = self.by_id::<Operator>(operator).await?;
        let operator = operator.ok_or(OperatorError::NotFound { what: "operator" })?;
        let now = self.clock.now();
        let sessions = self.stored_sessions(operator.id).await?;
        let mut sessions: Vec<_> = sessions.into_iter().filter(|s| Some(s.id) != except).collect();
        let ended = sessions.iter().filter(|session| is_running(session, now)).count();
        if sessions.is_empty() {
            return Ok(0);
        }
        let mut event = self.event(log_of(operator.agency_id), Action::OperatorLogout, by);
        about(&mut event, &operator);
        detail(&mut event, "sessions", json!(ended));
        let log = event.tenant_id;
        let mut changes: Vec<_> = sessions.drain(..).map(|session| ending(&session)).collect();
        changes.push(as_event(event));
        self.save(log, changes).await?;
        Ok(u64::try_from(ended).unwrap_or(u64::MAX))
    }

    /// Saves what a change of an operator changes and ends their sessions with it.
    ///
    /// A sign-in with the old password may still be under way: what it added meanwhile ends right afterwards, and
    /// what it adds later it takes back itself (see `sign_in`).
    pub(super) async fn save_and_end(
        &self,
        operator: OperatorId,
        except: Option<SessionId>,
        mut changes: Vec<Change>,
        event: AuditEvent,
    ) -> Result<()> {
        let log = event.tenant_id;
        changes.extend(self.endings(operator, except).await?);
        changes.push(as_event(event));
        self.save(log, changes).await?;
        let late = self.endings(operator, except).await?;
        if !late.is_empty() {
            self.save(log, late).await?;
        }
        Ok(())
    }

    async fn endings(&self, operator: OperatorId, except: Option<SessionId>) -> Result<Vec<Change>> {
        let sessions = self.stored_sessions(operator).await?;
        Ok(sessions.iter().filter(|s| Some(s.id) != except).map(ending).collect())
    }

    async fn stored_sessions(&self, operator: OperatorId) -> Result<Vec<Session>> {
        self.all(RecordFilter {
            group: Some(operator.to_string()),
            ..RecordFilter::default()
        })
        .await
    }

    /// Whose a session is, if it and they are still good.
    async fn owner_of(&self, session: &Session, now: Timestamp) -> Result<Option<Operator>> {
        if !is_running(session, now) {
            return Ok(None);
        }
        match self.by_id::<Operator>(session.operator_id).await? {
            Some(operator) if self.may_come_in(&operator).await? => Ok(Some(operator)),
            _ => Ok(None),
        }
    }

    /// Whether neither the operator nor their agency is disabled.
    pub(super) async fn may_come_in(&self, operator: &Operator) -> Result<bool> {
        Ok(operator.status.is_active() && self.is_open(operator.agency_id).await?)
    }

    /// A session as it is now, if it is still the caller's and at this stage.
    ///
    /// # Errors
    /// [`OperatorError::Refused`].
    pub(super) async fn current(&self, session: &Session, stage: Stage) -> Result<(Session, Operator)> {
        let now = self.by_id::<Session>(session.id).await?;
        let now = now.filter(|now| now.digest == session.digest && now.stage == stage);
        let now = now.ok_or(OperatorError::Refused)?;
        let operator = self.owner_of(&now, self.clock.now()).await?;
        Ok((now, operator.ok_or(OperatorError::Refused)?))
    }

    /// A session that just gave its password, to be saved with what else that changes.
    pub(super) fn begin_session(&self, operator: &Operator, from: &Browser) -> SignedIn {
        let now = self.clock.now();
        let token = random_token::<32>(&*self.random);
        let stage = match operator.totp {
            Some(_) => Stage::SecondFactor,
            None => Stage::Enrol,
        };
        // Whoever is half in stays so for a short time only.
        let ends_at = now.plus(self.settings.idle.min(self.settings.absolute));
        let session = Session {
            id: SessionId::generate(&*self.clock, &*self.random),
            digest: Digest256::of(&token),
            operator_id: operator.id,
            stage,
            enrolling: None,
            created_at: now,
            seen_at: now,
            confirmed_at: now,
            ends_at,
            idle_at: ends_at,
            ip: cleaned(&from.ip, 64),
            user_agent: cleaned(&from.user_agent, 300),
            version: 1,
        };
        SignedIn {
            token: SecretString::from(token),
            session,
            operator: operator.clone(),
        }
    }

    /// The same session, let in: under a new token, so that one planted before is worth nothing.
    pub(super) fn let_in(&self, session: &Session) -> (SecretString, Session) {
        let now = self.clock.now();
        let token = random_token::<32>(&*self.random);
        let ends_at = now.plus(self.settings.absolute);
        let session = Session {
            digest: Digest256::of(&token),
            stage: Stage::Full,
            enrolling: None,
            seen_at: now,
            ends_at,
            idle_at: now.plus(self.settings.idle).min(ends_at),
            version: session.version + 1,
            ..session.clone()
        };
        (SecretString::from(token), session)
    }
}

fn ending(session: &Session) -> Change {
    Change::delete_record::<Session>(session.id.to_string())
}

fn is_running(session: &Session, now: Timestamp) -> bool {
    now < session.ends_at && now < session.idle_at
}
