//! People of a tenant: disabled when they must not log in, erased when they ask for it.

use serde_json::json;

use super::{ManageError, Manager, Result};
use crate::ids::SubjectId;
use crate::model::{Action, Status, TenantCode};
use crate::store::{Change, Person};

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
        self.save(event, vec![Change::SubjectStatus(id, status)]).await
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
        self.save(event, vec![Change::EraseSubject(id)]).await
    }
}
