//! Agencies: whom operators belong to.

use serde_json::json;

use super::{By, Operators, Result, as_event, changed, detail, name_of};
use crate::ids::AgencyId;
use crate::manage::OperatorError;
use crate::model::{Action, Agency, Status};
use crate::store::{Change, RecordFilter, Records as _};

impl Operators {
    /// Adds an agency.
    ///
    /// # Errors
    /// [`OperatorError::Name`].
    pub async fn add_agency(&self, by: &By, name: &str) -> Result<Agency> {
        let agency = Agency {
            id: AgencyId::generate(&*self.clock, &*self.random),
            name: name_of(name)?,
            status: Status::Active,
            created_at: self.clock.now(),
            version: 1,
        };
        let mut event = self.event(agency.id.log(), Action::AgencyAdd, by);
        detail(&mut event, "agency", json!({"id": agency.id, "name": agency.name}));
        self.save(agency.id.log(), vec![Change::record(&agency)?, as_event(event)])
            .await?;
        Ok(agency)
    }

    /// Renames, disables or enables an agency. The operators of a disabled one are out with their next request.
    ///
    /// # Errors
    /// [`OperatorError::Conflict`] when the version is not the one expected.
    pub async fn change_agency(
        &self,
        by: &By,
        id: AgencyId,
        name: &str,
        status: Status,
        expected: Option<u32>,
    ) -> Result<Agency> {
        let before = self.agency(id).await?;
        let before = before.ok_or(OperatorError::NotFound { what: "agency" })?;
        if expected.is_some_and(|expected| expected != before.version) {
            return Err(OperatorError::Conflict { what: "agency" });
        }
        let after = Agency {
            name: name_of(name)?,
            status,
            version: before.version + 1,
            ..before.clone()
        };
        let mut event = self.event(id.log(), Action::AgencyChange, by);
        changed(&mut event, "name", json!(before.name), json!(after.name));
        changed(&mut event, "status", json!(before.status), json!(after.status));
        if event.detail.is_empty() {
            return Ok(before);
        }
        detail(&mut event, "agency", json!({"id": id, "name": before.name}));
        self.save(id.log(), vec![Change::record(&after)?, as_event(event)])
            .await?;
        Ok(after)
    }

    /// One agency.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agency(&self, id: AgencyId) -> Result<Option<Agency>> {
        self.by_id(id).await
    }

    /// Agencies, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_agencies(&self, after: Option<AgencyId>, limit: u64) -> Result<Vec<Agency>> {
        let filter = RecordFilter {
            after: after.map(|id| id.to_string()),
            ..RecordFilter::default()
        };
        Ok(self.store.list(&filter, limit).await?)
    }
}
