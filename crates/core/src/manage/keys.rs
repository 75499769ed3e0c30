//! Signing keys: pending → active → retired → deleted.
//!
//! A pending key is published before it signs, so that clients which keep the JWKS for a while know it in time. A
//! retired one stays published while tokens it signed may be in use.

use serde_json::json;

use super::{ManageError, Manager, Result};
use crate::ids::KeyId;
use crate::model::{Action, KeyState, SigningKey, TenantCode};
use crate::oidc::SigningAlgorithm;
use crate::store::Change;

impl Manager {
    /// Signing keys of a tenant, oldest first.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn keys(&self, code: &TenantCode) -> Result<Vec<SigningKey>> {
        let tenant = self.tenant(code).await?;
        Ok(self.store.begin(tenant.id).list_keys().await?)
    }

    /// Adds the next key of an algorithm, pending.
    ///
    /// # Errors
    /// [`ManageError::KeyState`] when one is pending already.
    pub async fn add_key(&self, code: &TenantCode, algorithm: SigningAlgorithm) -> Result<SigningKey> {
        let keys = self.keys(code).await?;
        let waits = |key: &SigningKey| key.private.algorithm == algorithm && key.state == KeyState::Pending;
        if keys.iter().any(waits) {
            return Err(ManageError::KeyState);
        }
        let tenant = self.tenant(code).await?;
        let key = self.new_key(tenant.id, algorithm, KeyState::Pending).await?;
        self.save_keys(vec![key.clone()], "add").await?;
        Ok(key)
    }

    /// Lets a pending key sign; the one before it retires.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]; [`ManageError::KeyState`] when it is not pending.
    pub async fn activate_key(&self, code: &TenantCode, id: KeyId) -> Result<()> {
        let keys = self.keys(code).await?;
        let next = keys
            .iter()
            .find(|key| key.id == id)
            .ok_or(ManageError::NotFound { what: "signing_key" })?;
        if next.state != KeyState::Pending {
            return Err(ManageError::KeyState);
        }
        let in_state = |key: &SigningKey, state| SigningKey {
            state,
            changed_at: self.clock.now(),
            ..key.clone()
        };
        let algorithm = next.private.algorithm;
        let mut changed: Vec<SigningKey> = keys
            .iter()
            .filter(|key| key.state == KeyState::Active && key.private.algorithm == algorithm)
            .map(|key| in_state(key, KeyState::Retired))
            .collect();
        changed.push(in_state(next, KeyState::Active));
        self.save_keys(changed, "activate").await
    }

    /// For a key that leaked: a new one signs at once and the old one is gone, with every token it signed.
    ///
    /// # Errors
    /// [`ManageError::Key`].
    pub async fn replace_key(&self, code: &TenantCode, algorithm: SigningAlgorithm) -> Result<SigningKey> {
        let tenant = self.tenant(code).await?;
        let keys = self.keys(code).await?;
        let key = self.new_key(tenant.id, algorithm, KeyState::Active).await?;
        let old: Vec<KeyId> = keys
            .iter()
            .filter(|key| key.private.algorithm == algorithm)
            .map(|key| key.id)
            .collect();
        let mut event = self.event(tenant.id, Action::KeyRotate);
        event.detail.insert("step".to_owned(), json!("replace"));
        event.detail.insert("key".to_owned(), json!(key.id));
        event.detail.insert("deleted".to_owned(), json!(old));
        let mut changes: Vec<Change> = old.into_iter().map(Change::DeleteSigningKey).collect();
        changes.push(Change::SigningKey(Box::new(key.clone())));
        self.save(event, changes).await?;
        Ok(key)
    }

    /// Deletes a key that does not sign.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]; [`ManageError::KeyState`] for the active one.
    pub async fn delete_key(&self, code: &TenantCode, id: KeyId) -> Result<()> {
        let tenant = self.tenant(code).await?;
        let keys = self.keys(code).await?;
        let key = keys
            .iter()
            .find(|key| key.id == id)
            .ok_or(ManageError::NotFound { what: "signing_key" })?;
        if key.state == KeyState::Active {
            return Err(ManageError::KeyState);
        }
        let mut event = self.event(tenant.id, Action::KeyRotate);
        event.detail.insert("step".to_owned(), json!("delete"));
        event.detail.insert("key".to_owned(), json!(id));
        self.save(event, vec![Change::DeleteSigningKey(id)]).await
    }

    async fn save_keys(&self, keys: Vec<SigningKey>, step: &str) -> Result<()> {
        let Some(last) = keys.last() else { return Ok(()) };
        let mut event = self.event(last.tenant_id, Action::KeyRotate);
        event.detail.insert("step".to_owned(), json!(step));
        event.detail.insert("key".to_owned(), json!(last.id));
        let changes = keys.into_iter().map(|key| Change::SigningKey(Box::new(key))).collect();
        self.save(event, changes).await
    }
}
