//! Server configurations, and the pushes that went by them.

use super::Control;
use crate::push::{PushConfig, PushConfigError, PushFault, PushRecord, shake_hands};

impl Control {
    /// Saves the server configuration of an account, as the console does: the server must pass the verification first.
    ///
    /// # Errors
    ///
    /// Why it was not saved; what was there before stays.
    pub async fn save_push_config(&self, app_id: &str, config: PushConfig) -> Result<(), PushConfigError> {
        let account = self.inner.world().account(app_id);
        if !account.is_some_and(|account| account.receives_messages()) {
            return Err(PushConfigError::Account);
        }
        shake_hands(&self.inner, &config).await?;
        self.put_push_config(app_id, Some(config));
        Ok(())
    }

    /// Sets or removes the server configuration without asking the server.
    pub fn put_push_config(&self, app_id: &str, config: Option<PushConfig>) {
        let mut world = self.inner.world();
        world.desks.entry(app_id.to_owned()).or_default().config = config;
    }

    /// The server configuration of an account.
    pub fn push_config(&self, app_id: &str) -> Option<PushConfig> {
        self.inner.world().desks.get(app_id)?.config.clone()
    }

    /// What is wrong with the account's next push. Several calls queue up, one for each push.
    pub fn push_fault(&self, app_id: &str, fault: PushFault) {
        let mut world = self.inner.world();
        world
            .desks
            .entry(app_id.to_owned())
            .or_default()
            .faults
            .push_back(fault);
    }

    /// The queued push faults of an account.
    pub fn push_faults(&self, app_id: &str) -> Vec<PushFault> {
        let world = self.inner.world();
        let desk = world.desks.get(app_id);
        desk.map(|desk| desk.faults.iter().copied().collect())
            .unwrap_or_default()
    }

    /// Forgets the queued push faults of all accounts.
    pub fn clear_push_faults(&self) {
        for desk in self.inner.world().desks.values_mut() {
            desk.faults.clear();
        }
    }

    /// The last thousand pushes of all accounts, oldest first.
    pub fn pushes(&self) -> Vec<PushRecord> {
        self.inner.pushes().records().cloned().collect()
    }

    /// The last pushes of one account, oldest first.
    pub fn pushes_of(&self, app_id: &str) -> Vec<PushRecord> {
        let log = self.inner.pushes();
        log.records()
            .filter(|record| record.app_id == app_id)
            .cloned()
            .collect()
    }

    /// Empties the push log.
    pub fn clear_pushes(&self) {
        self.inner.pushes().clear();
    }
}
