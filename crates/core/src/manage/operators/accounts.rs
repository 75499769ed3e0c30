//! Operators are added and changed.

use serde_json::{Value, json};

use super::{
    By, NewOperator, OperatorEdit, Operators, Result, about, as_event, changed, detail, log_of, name_of, sign_in,
};
use crate::ids::{AgencyId, OperatorId};
use crate::manage::OperatorError;
use crate::model::{Action, AuditEvent, Browser, LoginName, Operator, Seat, Session, Status};
use crate::password;
use crate::secret::{SecretString, StoredSecret};
use crate::store::{Change, Find, Record as _, RecordFilter, Records as _};

impl Operators {
    /// Adds an operator with a password, for the command line and the demo; people get a link instead.
    ///
    /// # Errors
    /// Says what is wrong with the new operator.
    pub async fn add_operator(&self, by: &By, new: NewOperator) -> Result<Operator> {
        self.check_seat(&new.seat, new.agency_id).await?;
        let login = self.new_login(&new.login).await?;
        let name = name_of(&new.name)?;
        let password = self.new_password(new.password, &login).await?;
        let operator = self.made(login, name, new.seat, new.agency_id, password);
        let event = self.added(&operator, by);
        let log = event.tenant_id;
        self.save(log, vec![Change::record(&operator)?, as_event(event)])
            .await?;
        Ok(operator)
    }

    /// Whether there is any operator: until then the setup link works.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_operators(&self) -> Result<bool> {
        Ok(self.store.count_records(Operator::KIND).await? > 0)
    }

    /// Changes what others may change of an operator. Who is disabled or gets another seat is signed out.
    ///
    /// # Errors
    /// [`OperatorError::LastOwner`]; [`OperatorError::Conflict`] when the version is not the one expected.
    pub async fn change_operator(
        &self,
        by: &By,
        id: OperatorId,
        edit: OperatorEdit,
        expected: Option<u32>,
    ) -> Result<Operator> {
        let before = self.known(id).await?;
        if expected.is_some_and(|expected| expected != before.version) {
            return Err(OperatorError::Conflict { what: "operator" });
        }
        let after = Operator {
            name: name_of(&edit.name)?,
            seat: edit.seat,
            status: edit.status,
            version: before.version + 1,
            ..before.clone()
        };
        if after.seat != before.seat {
            self.check_seat(&after.seat, after.agency_id).await?;
        }
        let mut event = self.event(log_of(after.agency_id), Action::OperatorChange, by);
        changed(&mut event, "name", json!(before.name), json!(after.name));
        changed(&mut event, "seat", json!(before.seat), json!(after.seat));
        changed(&mut event, "status", json!(before.status), json!(after.status));
        if event.detail.is_empty() {
            return Ok(before);
        }
        about(&mut event, &after);
        let mut changes = vec![Change::record(&after)?];
        if is_owner(&before) && !is_owner(&after) {
            // Another owner is saved along, unchanged but for the version: of two owners who disable each other at
            // the same moment one is refused.
            let mut other = self.another_owner(id).await?.ok_or(OperatorError::LastOwner)?;
            other.version += 1;
            changes.push(Change::record(&other)?);
        }
        if after.seat != before.seat || !after.status.is_active() {
            self.save_and_end(id, None, changes, event).await?;
        } else {
            changes.push(as_event(event));
            self.save(log_of(after.agency_id), changes).await?;
        }
        Ok(after)
    }

    /// One operator.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operator(&self, id: OperatorId) -> Result<Option<Operator>> {
        self.by_id(id).await
    }

    /// Operators, oldest first: of one agency, or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_operators(
        &self,
        agency: Option<AgencyId>,
        after: Option<OperatorId>,
        limit: u64,
    ) -> Result<Vec<Operator>> {
        let filter = RecordFilter {
            group: agency.map(|id| id.to_string()),
            after: after.map(|id| id.to_string()),
            ..RecordFilter::default()
        };
        Ok(self.store.list(&filter, limit).await?)
    }

    /// Changes the own password. The other sessions end.
    ///
    /// # Errors
    /// [`OperatorError::Refused`] when the old one is wrong; [`OperatorError::PasswordRule`].
    pub async fn change_password(
        &self,
        session: &Session,
        old: SecretString,
        new: SecretString,
        from: &Browser,
    ) -> Result<()> {
        let before = self.check_password(session, old, from, "change_password").await?;
        let password = self.new_password(new, &before.login).await?;
        let after = Operator {
            password,
            version: before.version + 1,
            ..before
        };
        let mut event = self.change_of(&after, &By::operator(&after.login, from));
        changed(&mut event, "password", json!("set"), json!("replaced"));
        self.save_and_end(after.id, Some(session.id), vec![Change::record(&after)?], event)
            .await
    }

    /// Replaces the recovery codes; the new ones are shown this once.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] when there is no second factor to recover.
    pub async fn new_recovery_codes(&self, by: &By, operator: OperatorId) -> Result<Vec<SecretString>> {
        let before = self.known(operator).await?;
        if before.totp.is_none() {
            return Err(OperatorError::NotFound { what: "second_factor" });
        }
        let codes = sign_in::recovery_codes(&*self.random);
        let after = Operator {
            recovery: sign_in::digests(&codes),
            version: before.version + 1,
            ..before.clone()
        };
        let mut event = self.change_of(&after, by);
        // Also when as many as before are left: they are others.
        let counts = json!({"before": before.recovery.len(), "after": codes.len()});
        detail(&mut event, "recovery_codes", counts);
        let log = event.tenant_id;
        self.save(log, vec![Change::record(&after)?, as_event(event)]).await?;
        Ok(codes)
    }

    /// Takes the second factor and the recovery codes away: at the next sign-in a new one is enrolled.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`].
    pub async fn reset_second_factor(&self, by: &By, operator: OperatorId) -> Result<()> {
        let before = self.known(operator).await?;
        let mut event = self.change_of(&before, by);
        without_factor(&mut event, &before);
        let after = Operator {
            totp: None,
            recovery: Vec::new(),
            version: before.version + 1,
            ..before
        };
        self.save_and_end(after.id, None, vec![Change::record(&after)?], event)
            .await
    }

    pub(super) async fn known(&self, id: OperatorId) -> Result<Operator> {
        let operator = self.by_id(id).await?;
        operator.ok_or(OperatorError::NotFound { what: "operator" })
    }

    /// A login name that is free. Two who ask at once both hear yes; the store then refuses one.
    pub(super) async fn new_login(&self, login: &str) -> Result<LoginName> {
        let login: LoginName = login.parse().map_err(|_| OperatorError::LoginName)?;
        match self.store.find::<Operator>(Find::Key(login.as_str())).await? {
            None => Ok(login),
            Some(_) => Err(OperatorError::Duplicate { what: "login" }),
        }
    }

    /// The hash of a password that may be chosen.
    pub(super) async fn new_password(&self, password: SecretString, login: &LoginName) -> Result<StoredSecret> {
        password::check(&password, login.as_str()).map_err(OperatorError::PasswordRule)?;
        Ok(self.passwords.hash(password, &*self.random).await?)
    }

    pub(super) fn made(
        &self,
        login: LoginName,
        name: String,
        seat: Seat,
        agency_id: Option<AgencyId>,
        password: StoredSecret,
    ) -> Operator {
        Operator {
            id: OperatorId::generate(&*self.clock, &*self.random),
            login,
            name,
            seat,
            agency_id,
            status: Status::Active,
            password,
            totp: None,
            recovery: Vec::new(),
            created_at: self.clock.now(),
            last_login_at: None,
            version: 1,
        }
    }

    pub(super) fn added(&self, operator: &Operator, by: &By) -> AuditEvent {
        let mut event = self.event(log_of(operator.agency_id), Action::OperatorAdd, by);
        about(&mut event, operator);
        detail(&mut event, "seat", json!(operator.seat));
        event
    }

    pub(super) fn change_of(&self, operator: &Operator, by: &By) -> AuditEvent {
        let mut event = self.event(log_of(operator.agency_id), Action::OperatorChange, by);
        about(&mut event, operator);
        event
    }

    async fn another_owner(&self, than: OperatorId) -> Result<Option<Operator>> {
        let all = self.all::<Operator>(RecordFilter::default()).await?;
        Ok(all.into_iter().find(|other| other.id != than && is_owner(other)))
    }
}

/// Notes that somebody's second factor goes.
pub(super) fn without_factor(event: &mut AuditEvent, before: &Operator) {
    let factor = before.totp.as_ref().map(|_| "totp");
    changed(event, "second_factor", json!(factor), Value::Null);
    changed(event, "recovery_codes", json!(before.recovery.len()), json!(0));
}

fn is_owner(operator: &Operator) -> bool {
    operator.status.is_active() && operator.seat == Seat::OWNER
}
