//! Subjects that may be one person: whoever looks after the tenant decides.

use serde_json::json;

use super::{ManageError, Manager, Result, expect_version};
use crate::ids::SubjectId;
use crate::model::{Action, ConflictState, TenantCode, UnionConflict};
use crate::store::{Change, Find, RecordFilter, Records as _};

/// What somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SamePerson {
    /// One person: this subject stays, the other goes.
    Into(SubjectId),
    /// Two people, whatever the provider says.
    Apart,
}

/// Conflicts of a tenant that are shown.
const SHOWN: u64 = 200;

impl Manager {
    /// The tenant's subjects of whom somebody must say whether they are one person, oldest first, at most 200.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn union_conflicts(&self, code: &TenantCode) -> Result<Vec<UnionConflict>> {
        let tenant = self.tenant(code).await?;
        let filter = RecordFilter {
            tenants: Some(vec![tenant.id]),
            group: Some(ConflictState::Open.as_str().to_owned()),
            ..RecordFilter::default()
        };
        Ok(self.store.list(&filter, SHOWN).await?)
    }

    /// Settles one of them. Apps that know the subject that goes find it in `hufu_previous_subs` at the next login.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]; [`ManageError::Conflict`] when somebody settled it before.
    pub async fn settle_union(
        &self,
        code: &TenantCode,
        (one, other): (SubjectId, SubjectId),
        decision: SamePerson,
        expected: Option<u32>,
    ) -> Result<()> {
        let tenant = self.tenant(code).await?;
        let id = UnionConflict::id_of(tenant.id, one, other);
        let found = self.store.find::<UnionConflict>(Find::Id(&id)).await?;
        let found = found.filter(|conflict| conflict.tenant_id == tenant.id);
        let before = found.ok_or(ManageError::NotFound { what: "person" })?;
        expect_version(expected, before.version, "person")?;
        if before.state != ConflictState::Open {
            return Err(ManageError::Conflict { what: "person" });
        }
        let mut after = before.clone();
        after.version += 1;
        after.decided_by = Some(self.actor.clone());
        let mut event = self.event(tenant.id, Action::PersonMerge);
        let mut changes = Vec::new();
        match decision {
            SamePerson::Into(into) => {
                let from = if into == before.subject_id {
                    before.other_id
                } else if into == before.other_id {
                    before.subject_id
                } else {
                    return Err(ManageError::NotFound { what: "person" });
                };
                after.state = ConflictState::Merged;
                event.subject_id = Some(into);
                event.detail.insert("from".to_owned(), json!(from));
                event.detail.insert("into".to_owned(), json!(into));
                changes.push(Change::MergeSubjects { from, into });
            }
            SamePerson::Apart => {
                after.state = ConflictState::Apart;
                event.action = Action::PersonConflict;
                event.subject_id = Some(before.subject_id);
                event.detail.insert("other".to_owned(), json!(before.other_id));
                event.detail.insert("state".to_owned(), json!(ConflictState::Apart));
            }
        }
        changes.push(Change::record(&after)?);
        self.save(event, changes).await
    }
}
