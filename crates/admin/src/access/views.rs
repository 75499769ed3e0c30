//! Filters that an operator keeps under a name. They are nobody else's, and change nothing: the log says nothing of
//! them.

use hufu_core::ids::{OperatorId, TenantId, ViewId};
use hufu_core::manage::Manager;
use hufu_core::model::SavedView;
use hufu_core::store::{Change, Find, RecordFilter, Records as _, UnitOfWork};

use super::Access;
use crate::http::Refusal;

type Result<T> = std::result::Result<T, Refusal>;

/// The views of one operator.
#[derive(Debug, Clone)]
pub(crate) struct Views {
    manager: Manager,
    operator: OperatorId,
}

impl Access {
    /// Filters kept under a name.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for a program: it keeps its own.
    pub(crate) fn views(&self) -> Result<Views> {
        Ok(Views {
            manager: self.manager(),
            operator: self.operator_id().ok_or(Refusal::Forbidden)?,
        })
    }
}

impl Views {
    /// How many one operator may keep.
    pub(crate) const MOST: usize = 30;

    /// All of them, oldest first.
    pub(crate) async fn list(&self) -> Result<Vec<SavedView>> {
        let filter = RecordFilter {
            group: Some(self.operator.to_string()),
            ..RecordFilter::default()
        };
        Ok(self.manager.store.list(&filter, Self::MOST as u64).await?)
    }

    /// Keeps one.
    pub(crate) async fn save_view(&self, name: &str, query: &str) -> Result<SavedView> {
        let view = SavedView {
            id: ViewId::generate(&*self.manager.clock, &*self.manager.random),
            operator_id: self.operator,
            name: name.to_owned(),
            query: query.to_owned(),
            version: 1,
        };
        self.save(Change::record(&view)?).await?;
        Ok(view)
    }

    /// Deletes one.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not theirs.
    pub(crate) async fn delete_view(&self, id: ViewId) -> Result<()> {
        let id = id.to_string();
        let found = self.manager.store.find::<SavedView>(Find::Id(&id)).await?;
        found
            .filter(|view| view.operator_id == self.operator)
            .ok_or(Refusal::NotFound)?;
        self.save(Change::delete_record::<SavedView>(id)).await
    }

    async fn save(&self, change: Change) -> Result<()> {
        let unit = UnitOfWork::new(TenantId::PLATFORM).with(change);
        self.manager.store.begin(TenantId::PLATFORM).save(unit).await?;
        Ok(())
    }
}
