//! Signing keys: pending → active → retired → deleted.
//!
//! A pending key is published before it signs, so that clients which keep the JWKS for a while know it in time. A
//! retired one stays published while tokens it signed may be in use.

use serde_json::json;

use super::rotation::KeyStep;
use super::{ManageError, Manager, Result};
use crate::clock::Timestamp;
use crate::ids::{KeyId, TenantId};
use crate::model::{Action, AuditEvent, KeyRotation, KeyState, SigningKey, Tenant, TenantCode};
use crate::oidc::SigningAlgorithm;
use crate::store::{Change, Find, Records as _};

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
    /// [`ManageError::KeyState`] when one is pending already, [`ManageError::Conflict`] when somebody else changes the
    /// keys at the same moment.
    pub async fn add_key(&self, code: &TenantCode, algorithm: SigningAlgorithm) -> Result<SigningKey> {
        let ring = self.key_ring(&*self.tenant(code).await?).await?;
        if ring.pending(algorithm).is_some() {
            return Err(ManageError::KeyState);
        }
        let key = self.new_key(ring.tenant, algorithm, KeyState::Pending).await?;
        let added = Change::SigningKey(Box::new(key.clone()));
        self.save_ring(&ring, "add", key.id, vec![added]).await?;
        Ok(key)
    }

    /// Lets a pending key sign; the one before it retires.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]; [`ManageError::KeyState`] when it is not pending; [`ManageError::Conflict`].
    pub async fn activate_key(&self, code: &TenantCode, id: KeyId) -> Result<()> {
        let ring = self.key_ring(&*self.tenant(code).await?).await?;
        let next = ring.key(id)?;
        if next.state != KeyState::Pending {
            return Err(ManageError::KeyState);
        }
        let changes = ring.activate(next, self.clock.now());
        self.save_ring(&ring, "activate", id, changes).await
    }

    /// The next key of an algorithm: published now, and signing when it has been published for long enough; at once with
    /// `now`, when an operator cannot wait and clients that keep the JWKS for some minutes may stumble.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::KeyState`] when one is pending already and `now` is not asked for,
    /// [`ManageError::Conflict`].
    pub async fn rotate_key(&self, code: &TenantCode, algorithm: SigningAlgorithm, now: bool) -> Result<SigningKey> {
        if !now {
            return self.add_key(code, algorithm).await;
        }
        let ring = self.key_ring(&*self.tenant(code).await?).await?;
        let next = match ring.pending(algorithm) {
            Some(pending) => pending.clone(),
            None => self.new_key(ring.tenant, algorithm, KeyState::Pending).await?,
        };
        let changes = ring.activate(&next, self.clock.now());
        self.save_ring(&ring, "rotate", next.id, changes).await?;
        Ok(SigningKey {
            state: KeyState::Active,
            changed_at: self.clock.now(),
            ..next
        })
    }

    /// For a key that leaked: a new one signs at once and the old one is gone, with every token it signed.
    ///
    /// # Errors
    /// [`ManageError::Key`], [`ManageError::Conflict`].
    pub async fn replace_key(&self, code: &TenantCode, algorithm: SigningAlgorithm) -> Result<SigningKey> {
        let ring = self.key_ring(&*self.tenant(code).await?).await?;
        let key = self.new_key(ring.tenant, algorithm, KeyState::Active).await?;
        let old = ring.keys.iter().filter(|key| key.private.algorithm == algorithm);
        let old: Vec<KeyId> = old.map(|key| key.id).collect();
        let mut event = ring_event(self, &ring, "replace", key.id);
        event.detail.insert("deleted".to_owned(), json!(old));
        let mut changes: Vec<Change> = old.into_iter().map(Change::DeleteSigningKey).collect();
        changes.push(Change::SigningKey(Box::new(key.clone())));
        self.save_turn(&ring, event, changes).await?;
        Ok(key)
    }

    /// Deletes a key that does not sign.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]; [`ManageError::KeyState`] for the active one; [`ManageError::Conflict`].
    pub async fn delete_key(&self, code: &TenantCode, id: KeyId) -> Result<()> {
        let ring = self.key_ring(&*self.tenant(code).await?).await?;
        if ring.key(id)?.state == KeyState::Active {
            return Err(ManageError::KeyState);
        }
        self.save_ring(&ring, "delete", id, vec![Change::DeleteSigningKey(id)])
            .await
    }

    pub(super) async fn key_ring(&self, tenant: &Tenant) -> Result<KeyRing> {
        let id = tenant.id.to_string();
        // Before the keys: whoever changes them afterwards takes a turn that this one does not know.
        let before: Option<KeyRotation> = self.store.find(Find::Id(&id)).await?;
        Ok(KeyRing {
            tenant: tenant.id,
            turn: before.map_or(1, |before| before.version + 1),
            keys: self.store.begin(tenant.id).list_keys().await?,
        })
    }

    async fn save_ring(&self, ring: &KeyRing, step: &str, key: KeyId, changes: Vec<Change>) -> Result<()> {
        self.save_turn(ring, ring_event(self, ring, step, key), changes).await
    }

    /// Saves changes of the keys, unless somebody else has changed them since they were read.
    pub(super) async fn save_turn(&self, ring: &KeyRing, event: AuditEvent, mut changes: Vec<Change>) -> Result<()> {
        changes.push(ring.turn(self.clock.now())?);
        self.save(event, changes).await
    }
}

fn ring_event(manager: &Manager, ring: &KeyRing, step: &str, key: KeyId) -> AuditEvent {
    let mut event = manager.event(ring.tenant, Action::KeyRotate);
    event.detail.insert("step".to_owned(), json!(step));
    event.detail.insert("key".to_owned(), json!(key));
    event
}

/// A tenant's keys as they were read for a change.
pub(super) struct KeyRing {
    tenant: TenantId,
    pub(super) keys: Vec<SigningKey>,
    /// The version that the tenant's [`KeyRotation`] gets with the change: of two changes at once one is refused.
    turn: u32,
}

impl KeyRing {
    /// Must be part of every unit that changes the keys.
    pub(super) fn turn(&self, at: Timestamp) -> Result<Change> {
        Ok(Change::record(&KeyRotation {
            tenant_id: self.tenant,
            at,
            version: self.turn,
        })?)
    }

    pub(super) fn signs(&self, algorithm: SigningAlgorithm) -> bool {
        let signs = |key: &SigningKey| key.private.algorithm == algorithm && key.state == KeyState::Active;
        self.keys.iter().any(signs)
    }

    fn key(&self, id: KeyId) -> Result<&SigningKey> {
        let key = self.keys.iter().find(|key| key.id == id);
        key.ok_or(ManageError::NotFound { what: "signing_key" })
    }

    fn pending(&self, algorithm: SigningAlgorithm) -> Option<&SigningKey> {
        let waits = |key: &&SigningKey| key.private.algorithm == algorithm && key.state == KeyState::Pending;
        self.keys.iter().find(waits)
    }

    /// `next` signs, and what signed before it retires.
    fn activate(&self, next: &SigningKey, now: Timestamp) -> Vec<Change> {
        let into = |key: &SigningKey, state| {
            Change::SigningKey(Box::new(SigningKey {
                state,
                changed_at: now,
                ..key.clone()
            }))
        };
        let signs = |key: &&SigningKey| {
            key.state == KeyState::Active && key.private.algorithm == next.private.algorithm && key.id != next.id
        };
        let mut changes: Vec<_> = self
            .keys
            .iter()
            .filter(signs)
            .map(|key| into(key, KeyState::Retired))
            .collect();
        changes.push(into(next, KeyState::Active));
        changes
    }

    /// What a step of the schedule changes.
    pub(super) async fn changes(&self, manager: &Manager, step: KeyStep) -> Result<Vec<Change>> {
        Ok(match step {
            KeyStep::Add(algorithm) => {
                let key = manager.new_key(self.tenant, algorithm, KeyState::Pending).await?;
                vec![Change::SigningKey(Box::new(key))]
            }
            KeyStep::Delete(id) => vec![Change::DeleteSigningKey(id)],
            KeyStep::Activate(id) => self.activate(self.key(id)?, manager.clock.now()),
        })
    }
}
