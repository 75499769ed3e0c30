//! The way in: password, then second factor, or its enrolment the first time.

use serde_json::{Value, json};

use super::{
    By, Enrolment, Operators, Result, SignedIn, TRIES, about, as_event, changed, detail, is_crossed, log_of, throttle,
};
use crate::clock::Random;
use crate::ids::TenantId;
use crate::manage::OperatorError;
use crate::model::{Action, AuditEvent, Browser, LoginName, Operator, Session, Stage, Totp};
use crate::secret::{Digest256, SecretString};
use crate::store::{Change, Find, Records as _};
use crate::totp;

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// Crockford's alphabet: no letter that is read as a digit. 32 characters, 5 bits each.
const RECOVERY_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Operators {
    /// Takes name and password. The session's stage says what comes next: the second factor, or its enrolment.
    ///
    /// # Errors
    /// [`OperatorError::Refused`], [`OperatorError::Wait`], [`OperatorError::Busy`].
    pub async fn sign_in(&self, login: &str, password: SecretString, from: &Browser) -> Result<SignedIn> {
        // What is no login name is nobody's: only its address is counted.
        let name = login.parse::<LoginName>().ok();
        let counted = self.count(name.as_ref(), from).await?;
        let operator = match &name {
            Some(name) => self.store.find::<Operator>(Find::Key(name.as_str())).await?,
            None => None,
        };
        let hash = operator.as_ref().map(|operator| operator.password.clone());
        let is_right = match self.passwords.verify(password, hash).await {
            Ok(is_right) => is_right,
            Err(error) => {
                self.take_back(counted).await?;
                return Err(error.into());
            }
        };
        let Some(operator) = operator.as_ref().filter(|_| is_right) else {
            let error = if operator.is_some() {
                "wrong_password"
            } else {
                "unknown_operator"
            };
            return self.refuse(self.failure(operator.as_ref(), login, from, error)).await;
        };
        if !self.may_come_in(operator).await? {
            return self.refuse(self.failure(Some(operator), login, from, "disabled")).await;
        }
        let signed_in = self.begin_session(operator, from);
        let session = &signed_in.session;
        self.save(TenantId::PLATFORM, vec![Change::record(session)?]).await?;
        // The password may have been changed while it was verified: then its session must not outlive it.
        let now = self.by_id::<Operator>(operator.id).await?;
        if now.is_none_or(|now| now.password.expose() != operator.password.expose()) {
            let end = Change::delete_record::<Session>(session.id.to_string());
            self.save(TenantId::PLATFORM, vec![end]).await?;
            return self
                .refuse(self.failure(Some(operator), login, from, "wrong_password"))
                .await;
        }
        // Not forgotten yet: who knows the password alone could otherwise try codes without end.
        self.take_back(counted).await?;
        if operator.totp.is_none() && !self.settings.second_factor_required {
            return self.admit_by_password(signed_in, from).await;
        }
        Ok(signed_in)
    }

    /// Where a second factor is optional, whoever has none is let in by the password alone.
    async fn admit_by_password(&self, signed_in: SignedIn, from: &Browser) -> Result<SignedIn> {
        for _ in 0..TRIES {
            let (now, mut operator) = self.current(&signed_in.session, Stage::Enrol).await?;
            operator.version += 1;
            if operator.totp.is_some() {
                return Err(OperatorError::Refused);
            }
            if let Some(signed_in) = self.admit(&now, operator, "none", from, None).await? {
                return Ok(signed_in);
            }
        }
        Err(OperatorError::Busy)
    }

    /// Takes a one-time password or a recovery code, and lets in. The session gets a new token.
    ///
    /// # Errors
    /// [`OperatorError::Refused`], [`OperatorError::Wait`], [`OperatorError::Busy`].
    pub async fn second_factor(&self, session: &Session, code: &str, from: &Browser) -> Result<SignedIn> {
        let (_, operator) = self.current(session, Stage::SecondFactor).await?;
        let counted = self.count(Some(&operator.login), from).await?;
        for _ in 0..TRIES {
            let (now, operator) = self.current(session, Stage::SecondFactor).await?;
            let Some((operator, factor)) = self.spend_code(&operator, code) else {
                return self.refuse_code(&operator, from).await;
            };
            match self.admit(&now, operator, factor, from, None).await? {
                Some(signed_in) => {
                    self.take_back(counted.of_address()).await?;
                    return Ok(signed_in);
                }
                // Somebody changed the operator meanwhile, perhaps with this very code: look again.
                None => continue,
            }
        }
        Err(OperatorError::Busy)
    }

    /// Begins a second factor for who came in by the password alone. Until it is set up the session is as one that must
    /// enrol, and lets in nowhere else.
    ///
    /// # Errors
    /// [`OperatorError::Refused`] when there is one already, [`OperatorError::Busy`].
    pub async fn step_back_to_enrol(&self, session: &Session) -> Result<()> {
        for _ in 0..TRIES {
            let (now, operator) = self.current(session, Stage::Full).await?;
            if operator.totp.is_some() {
                return Err(OperatorError::Refused);
            }
            let ends_at = now.ends_at.min(self.clock.now().plus(self.settings.idle));
            let next = Session {
                stage: Stage::Enrol,
                ends_at,
                idle_at: ends_at,
                version: now.version + 1,
                ..now
            };
            match self.save(TenantId::PLATFORM, vec![Change::record(&next)?]).await {
                Ok(()) => return Ok(()),
                Err(error) if is_crossed(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(OperatorError::Busy)
    }

    /// Gives the secret that goes into an authenticator app; the same again when asked again.
    ///
    /// # Errors
    /// [`OperatorError::Refused`] unless the session is to enrol.
    pub async fn begin_enrolment(&self, session: &Session) -> Result<Enrolment> {
        for _ in 0..TRIES {
            let (now, operator) = self.current(session, Stage::Enrol).await?;
            if operator.totp.is_some() {
                return Err(OperatorError::Refused);
            }
            let (now, secret) = match now.enrolling.clone() {
                Some(secret) => (now, secret),
                None => {
                    let secret = totp::new_secret(&*self.random);
                    let next = Session {
                        enrolling: Some(secret.clone()),
                        version: now.version + 1,
                        ..now
                    };
                    match self.save(TenantId::PLATFORM, vec![Change::record(&next)?]).await {
                        Ok(()) => (next, secret),
                        Err(error) if is_crossed(&error) => continue,
                        Err(error) => return Err(error.into()),
                    }
                }
            };
            let url = totp::url(&secret, &self.settings.issuer_name, operator.login.as_str());
            return Ok(Enrolment {
                secret: SecretString::from(secret.expose()),
                url: url.ok_or(OperatorError::Refused)?,
                session: now,
            });
        }
        Err(OperatorError::Busy)
    }

    /// Takes the first code of the app, and lets in. The recovery codes are shown this once.
    ///
    /// # Errors
    /// [`OperatorError::Refused`], [`OperatorError::Wait`], [`OperatorError::Busy`].
    pub async fn finish_enrolment(
        &self,
        session: &Session,
        code: &str,
        from: &Browser,
    ) -> Result<(SignedIn, Vec<SecretString>)> {
        let (_, operator) = self.current(session, Stage::Enrol).await?;
        let counted = self.count(Some(&operator.login), from).await?;
        let codes = recovery_codes(&*self.random);
        for _ in 0..TRIES {
            let (now, operator) = self.current(session, Stage::Enrol).await?;
            let secret = now.enrolling.clone().filter(|_| operator.totp.is_none());
            let secret = secret.ok_or(OperatorError::Refused)?;
            let Some(last_step) = totp::check(&secret, &without_spaces(code), self.clock.now(), 0) else {
                return self.refuse_code(&operator, from).await;
            };
            let mut event = self.event(
                log_of(operator.agency_id),
                Action::OperatorChange,
                &By::operator(&operator.login, from),
            );
            about(&mut event, &operator);
            changed(&mut event, "second_factor", Value::Null, json!("totp"));
            changed(&mut event, "recovery_codes", json!(0), json!(codes.len()));
            let operator = Operator {
                totp: Some(Totp { secret, last_step }),
                recovery: digests(&codes),
                version: operator.version + 1,
                ..operator
            };
            if let Some(signed_in) = self.admit(&now, operator, "enrolment", from, Some(event)).await? {
                self.take_back(counted.of_address()).await?;
                return Ok((signed_in, codes));
            }
        }
        Err(OperatorError::Busy)
    }

    /// Takes the password again, for what touches secrets.
    ///
    /// # Errors
    /// [`OperatorError::Refused`], [`OperatorError::Wait`], [`OperatorError::Busy`].
    pub async fn confirm(&self, session: &Session, password: SecretString, from: &Browser) -> Result<Session> {
        self.check_password(session, password, from, "confirm").await?;
        for _ in 0..TRIES {
            let (now, _) = self.current(session, Stage::Full).await?;
            let confirmed = Session {
                confirmed_at: self.clock.now(),
                version: now.version + 1,
                ..now
            };
            match self.save(TenantId::PLATFORM, vec![Change::record(&confirmed)?]).await {
                Ok(()) => return Ok(confirmed),
                Err(error) if is_crossed(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(OperatorError::Busy)
    }

    /// Verifies the password of who is signed in, throttled; gives the operator whose it was.
    pub(super) async fn check_password(
        &self,
        session: &Session,
        password: SecretString,
        from: &Browser,
        purpose: &'static str,
    ) -> Result<Operator> {
        let (_, operator) = self.current(session, Stage::Full).await?;
        let counted = self.count(Some(&operator.login), from).await?;
        let verified = self.passwords.verify(password, Some(operator.password.clone())).await;
        if matches!(verified, Ok(false)) {
            let mut event = self.failure(Some(&operator), operator.login.as_str(), from, "wrong_password");
            detail(&mut event, "purpose", json!(purpose));
            return self.refuse(event).await;
        }
        self.take_back(counted).await?;
        verified?;
        Ok(operator)
    }

    /// Saves the operator whose code was spent and the session that it lets in. `None`: crossed, nothing was saved.
    async fn admit(
        &self,
        session: &Session,
        operator: Operator,
        factor: &'static str,
        from: &Browser,
        also: Option<AuditEvent>,
    ) -> Result<Option<SignedIn>> {
        let operator = Operator {
            last_login_at: Some(self.clock.now()),
            ..operator
        };
        let (token, session) = self.let_in(session);
        let log = log_of(operator.agency_id);
        let mut event = self.event(log, Action::OperatorLogin, &By::operator(&operator.login, from));
        detail(&mut event, "login", json!(operator.login));
        detail(&mut event, "factor", json!(factor));
        let mut changes = vec![
            Change::record(&operator)?,
            Change::record(&session)?,
            throttle::forget(&operator.login),
            as_event(event),
        ];
        changes.extend(also.map(as_event));
        match self.save(log, changes).await {
            Ok(()) => Ok(Some(SignedIn {
                token,
                session,
                operator,
            })),
            Err(error) if is_crossed(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The operator after a code was used, and which kind it was. `None`: it is none of theirs, or was used before.
    fn spend_code(&self, operator: &Operator, code: &str) -> Option<(Operator, &'static str)> {
        let mut next = operator.clone();
        next.version += 1;
        let code = without_spaces(code);
        if code.len() == 6 {
            let totp = next.totp.as_mut()?;
            totp.last_step = totp::check(&totp.secret, &code, self.clock.now(), totp.last_step)?;
            return Some((next, "totp"));
        }
        let digest = recovery_digest(&code);
        let left = next.recovery.len();
        next.recovery.retain(|known| *known != digest);
        (next.recovery.len() < left).then_some((next, "recovery_code"))
    }

    async fn refuse_code<T>(&self, operator: &Operator, from: &Browser) -> Result<T> {
        self.refuse(self.failure(Some(operator), operator.login.as_str(), from, "wrong_code"))
            .await
    }

    async fn refuse<T>(&self, event: AuditEvent) -> Result<T> {
        self.save(event.tenant_id, vec![as_event(event)]).await?;
        Err(OperatorError::Refused)
    }
}

/// New recovery codes: 16 characters of 5 bits each, in groups of four.
pub(super) fn recovery_codes(random: &dyn Random) -> Vec<SecretString> {
    let code = |_| {
        let mut bytes = [0_u8; 16];
        random.fill(&mut bytes);
        let mut code = String::with_capacity(19);
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 && at % 4 == 0 {
                code.push('-');
            }
            code.push(char::from(RECOVERY_ALPHABET[usize::from(byte & 31)]));
        }
        SecretString::from(code)
    };
    (0..RECOVERY_CODES).map(code).collect()
}

/// What is kept of recovery codes.
pub(super) fn digests(codes: &[SecretString]) -> Vec<Digest256> {
    use crate::secret::ExposeSecret as _;
    codes.iter().map(|code| recovery_digest(code.expose_secret())).collect()
}

/// The digest of a code as somebody types it: in any case, with or without hyphens, O for 0 and I or L for 1.
fn recovery_digest(code: &str) -> Digest256 {
    let plain = code.chars().filter(char::is_ascii_alphanumeric);
    let plain = plain.map(|c| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    });
    Digest256::of(&plain.collect::<String>())
}

fn without_spaces(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}
