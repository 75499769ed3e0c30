//! Housekeeping: attempts whose people never came back end as expired, with their audit event.

use super::Engine;
use super::ending::Ended;
use crate::error::StoreError;
use crate::store::{Change, UnitOfWork};

/// What one sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Attempts that ended as expired.
    pub expired: u64,
    /// Rows purged.
    pub purged: u64,
}

impl Engine {
    /// Ends overdue attempts and purges what is past its retention. Safe to run on several instances at once: of two
    /// that end the same attempt one is refused.
    ///
    /// # Errors
    /// When the database fails; the next sweep goes on.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        const BATCH: u64 = 200;
        let mut swept = Swept::default();
        loop {
            let overdue = self.parts.store.list_overdue_attempts(self.now(), BATCH).await?;
            let mut ended_now = 0;
            for attempt in &overdue {
                let Ok((ended, event)) = self.ended(attempt, None, Ended::Expired) else {
                    continue;
                };
                let unit = UnitOfWork::new(attempt.tenant_id)
                    .with(Change::Attempt(Box::new(ended)))
                    .with(Change::Event(Box::new(event)));
                match self.parts.store.begin(attempt.tenant_id).save(unit).await {
                    Ok(_) => ended_now += 1,
                    Err(StoreError::Conflict { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            swept.expired += ended_now;
            if (overdue.len() as u64) < BATCH || ended_now == 0 {
                break;
            }
        }
        swept.purged = self
            .parts
            .store
            .purge(self.now().minus(self.parts.settings.retention), self.now())
            .await?;
        Ok(swept)
    }
}
