//! People of a tenant: signed out where they left a browser open, disabled when they must not log in, erased when they
//! ask for it. The apps of each session that ends so are told.

use serde_json::json;

use super::{ManageError, Manager, Result};
use crate::flow::backchannel;
use crate::ids::{BrowserSessionId, SubjectId};
use crate::model::{Action, BrowserSession, Status, Tenant, TenantCode};
use crate::store::{Change, Person};

/// Sessions of one person that are listed and ended at a time.
const SESSIONS: u64 = 500;

impl Manager {
    /// A person of a tenant.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn person(&self, code: &TenantCode, id: SubjectId) -> Result<Person> {
        let tenant = self.tenant(code).await?;
        let person = self.store.lookup_person(tenant.id, id).await?;
        person.ok_or(ManageError::NotFound { what: "person" })
    }

    /// Disables or enables a person. Of a disabled one every login is refused, and what they were given ends.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn set_person_status(&self, code: &TenantCode, id: SubjectId, status: Status) -> Result<()> {
        let tenant = self.tenant(code).await?;
        let before = self.person(code, id).await?;
        let mut event = self.event(tenant.id, Action::PersonChange);
        event.subject_id = Some(id);
        event
            .detail
            .insert("status".to_owned(), json!({"before": before.status, "after": status}));
        let mut changes = Vec::new();
        if !status.is_active() {
            changes = self.endings(&tenant, &self.sessions_of(&tenant, id).await?).await?;
        }
        changes.push(Change::SubjectStatus(id, status));
        self.save(event, changes).await
    }

    /// Erases what is known of a person. Their subject stays in the log as an empty name; when they come again they
    /// are somebody new.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn erase_person(&self, code: &TenantCode, id: SubjectId) -> Result<()> {
        let tenant = self.tenant(code).await?;
        self.person(code, id).await?;
        let mut event = self.event(tenant.id, Action::PersonErase);
        event.subject_id = Some(id);
        let mut changes = self.endings(&tenant, &self.sessions_of(&tenant, id).await?).await?;
        changes.push(Change::EraseSubject(id));
        self.save(event, changes).await
    }

    /// Where a person is signed in, newest first.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn sessions(&self, code: &TenantCode, id: SubjectId) -> Result<Vec<BrowserSession>> {
        let tenant = self.tenant(code).await?;
        self.person(code, id).await?;
        self.sessions_of(&tenant, id).await
    }

    /// Ends all sessions of a person; says how many. Their apps are told, and the access tokens of their logins end.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn end_sessions(&self, code: &TenantCode, id: SubjectId) -> Result<usize> {
        let sessions = self.sessions(code, id).await?;
        self.end(code, id, &sessions).await
    }

    /// Ends one session of a person.
    ///
    /// # Errors
    /// [`ManageError::NotFound`] also when it is over.
    pub async fn end_session(&self, code: &TenantCode, id: SubjectId, session: BrowserSessionId) -> Result<()> {
        let mut sessions = self.sessions(code, id).await?;
        sessions.retain(|known| known.id == session);
        if sessions.is_empty() {
            return Err(ManageError::NotFound { what: "session" });
        }
        self.end(code, id, &sessions).await.map(|_| ())
    }

    async fn end(&self, code: &TenantCode, id: SubjectId, sessions: &[BrowserSession]) -> Result<usize> {
        if sessions.is_empty() {
            return Ok(0);
        }
        let tenant = self.tenant(code).await?;
        let mut event = self.event(tenant.id, Action::PersonChange);
        event.subject_id = Some(id);
        let ended: Vec<_> = sessions.iter().map(|session| session.id.to_string()).collect();
        event
            .detail
            .insert("sessions".to_owned(), json!({"before": ended, "after": []}));
        self.save(event, self.endings(&tenant, sessions).await?).await?;
        Ok(sessions.len())
    }

    async fn sessions_of(&self, tenant: &Tenant, id: SubjectId) -> Result<Vec<BrowserSession>> {
        let mut sessions = self.store.begin(tenant.id).list_sessions(id, SESSIONS).await?;
        sessions.retain(|session| self.clock.now() < session.expires_at);
        Ok(sessions)
    }

    async fn endings(&self, tenant: &Tenant, sessions: &[BrowserSession]) -> Result<Vec<Change>> {
        let store = self.store.begin(tenant.id);
        Ok(backchannel::ending(&*store, tenant, sessions, &*self.clock, &*self.random).await?)
    }
}
