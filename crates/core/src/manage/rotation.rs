//! Scheduled rotation of signing keys: the next key is published before it signs, the old one stays published while its
//! tokens live, then it goes.
//!
//! What is due follows from the stored keys alone, so any instance may do it at any time. Of two that do it at once, or
//! one and an operator, one is refused: see `KeyRing`.

use std::time::Duration;

use serde_json::json;

use super::{ManageError, Manager, Result};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::ids::KeyId;
use crate::model::{Action, KeyState, SigningKey, Tenant, TenantCode};
use crate::oidc::SigningAlgorithm;

/// When keys change.
#[derive(Debug, Clone, Copy)]
pub struct RotationPolicy {
    /// How long a key signs; `None`: until an operator says otherwise.
    pub every: Option<Duration>,
    /// How long a key is published before it signs: longer than clients keep the JWKS.
    pub publish: Duration,
    /// How long a retired key stays published: longer than any token lives.
    pub keep: Duration,
}

/// One thing that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStep {
    /// A key of the algorithm is made and published.
    Add(SigningAlgorithm),
    /// A pending key signs from now on; the one before it retires.
    Activate(KeyId),
    /// A retired key goes.
    Delete(KeyId),
}

/// What is due for these keys of one tenant.
#[must_use]
pub fn due(keys: &[SigningKey], policy: &RotationPolicy, now: Timestamp) -> Vec<KeyStep> {
    let is_due = |key: &&SigningKey| due_at(key, keys, policy).is_some_and(|at| at <= now);
    let step = |key: &SigningKey| match key.state {
        KeyState::Active => KeyStep::Add(key.private.algorithm),
        KeyState::Pending => KeyStep::Activate(key.id),
        KeyState::Retired => KeyStep::Delete(key.id),
    };
    keys.iter().filter(is_due).map(step).collect()
}

/// When the next thing is done with a key by itself: a pending one signs, the next of an active one is made, a retired
/// one goes. `None`: nothing is, without an operator.
#[must_use]
pub fn due_at(key: &SigningKey, keys: &[SigningKey], policy: &RotationPolicy) -> Option<Timestamp> {
    let of = |state: KeyState| {
        let algorithm = key.private.algorithm;
        keys.iter()
            .filter(move |key| key.private.algorithm == algorithm && key.state == state)
    };
    // An algorithm that nobody uses stays so.
    let active = of(KeyState::Active).next_back()?;
    let pending = of(KeyState::Pending).next();
    let after = match key.state {
        KeyState::Retired => policy.keep,
        // One at a time.
        KeyState::Pending if pending?.id == key.id => policy.publish,
        KeyState::Active if pending.is_none() && active.id == key.id => policy.every?.saturating_sub(policy.publish),
        KeyState::Pending | KeyState::Active => return None,
    };
    Some(key.changed_at.plus(after))
}

impl Manager {
    /// Does what is due for every tenant; says how many keys changed.
    ///
    /// # Errors
    /// When the database fails, or no key can be made; the next round goes on.
    pub async fn rotate_due_keys(&self, policy: &RotationPolicy) -> Result<usize> {
        const PAGE: u64 = 200;
        let (mut changed, mut after) = (0, None::<TenantCode>);
        loop {
            let page = self.store.list_tenants(after.as_ref(), PAGE).await?;
            for tenant in &page {
                changed += self.rotate_due_keys_of(tenant, policy).await?;
            }
            if (page.len() as u64) < PAGE {
                return Ok(changed);
            }
            after = page.last().map(|tenant| tenant.code.clone());
        }
    }

    async fn rotate_due_keys_of(&self, tenant: &Tenant, policy: &RotationPolicy) -> Result<usize> {
        let ring = self.key_ring(tenant).await?;
        let steps = due(&ring.keys, policy, self.clock.now());
        if steps.is_empty() {
            return Ok(0);
        }
        let mut changes = Vec::new();
        for step in &steps {
            changes.extend(ring.changes(self, *step).await?);
        }
        let mut event = self.event(tenant.id, Action::KeyRotate);
        event.detail.insert("step".to_owned(), json!("scheduled"));
        event.detail.insert("steps".to_owned(), json!(told(&steps)));
        match self.save_turn(&ring, event, changes).await {
            Ok(()) => Ok(steps.len()),
            // Another instance or an operator was first.
            Err(ManageError::Conflict { .. } | ManageError::Store(StoreError::Conflict { .. })) => Ok(0),
            Err(error) => Err(error),
        }
    }
}

fn told(steps: &[KeyStep]) -> Vec<String> {
    let told = |step: &KeyStep| match step {
        KeyStep::Add(algorithm) => format!("add {}", algorithm.as_str()),
        KeyStep::Activate(id) => format!("activate {id}"),
        KeyStep::Delete(id) => format!("delete {id}"),
    };
    steps.iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::clock::{SystemClock, SystemRandom};
    use crate::ids::TenantId;
    use crate::oidc::PrivateKey;

    const T0: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const DAY: Duration = Duration::from_secs(86_400);
    const POLICY: RotationPolicy = RotationPolicy {
        every: Some(Duration::from_secs(90 * 86_400)),
        publish: DAY,
        keep: Duration::from_secs(7 * 86_400),
    };

    fn key(state: KeyState, since: Timestamp) -> SigningKey {
        SigningKey {
            id: KeyId::generate(&SystemClock, &SystemRandom),
            tenant_id: TenantId::PLATFORM,
            state,
            private: PrivateKey {
                algorithm: SigningAlgorithm::Es256,
                pkcs8: Vec::new().into(),
            },
            public_jwk: Value::Null,
            changed_at: since,
            created_at: since,
        }
    }

    #[test]
    fn a_key_is_published_then_signs_then_goes() {
        let active = key(KeyState::Active, T0);
        let at = |days: u32| T0.plus(DAY * days);
        let one = [active.clone()];
        assert_eq!(due(&one, &POLICY, at(88)), []);
        assert_eq!(due(&one, &POLICY, at(89)), [KeyStep::Add(SigningAlgorithm::Es256)]);
        let pending = key(KeyState::Pending, at(89));
        let two = [active, pending.clone()];
        assert_eq!(due(&two, &POLICY, at(89)), [], "one at a time");
        assert_eq!(due(&two, &POLICY, at(90)), [KeyStep::Activate(pending.id)]);
        let retired = key(KeyState::Retired, at(90));
        let signing = SigningKey {
            state: KeyState::Active,
            changed_at: at(90),
            ..pending
        };
        let three = [retired.clone(), signing];
        assert_eq!(due(&three, &POLICY, at(96)), []);
        assert_eq!(due(&three, &POLICY, at(97)), [KeyStep::Delete(retired.id)]);
    }

    #[test]
    fn without_a_schedule_a_key_that_an_operator_made_still_goes_its_way() {
        let policy = RotationPolicy { every: None, ..POLICY };
        let (active, pending) = (key(KeyState::Active, T0), key(KeyState::Pending, T0));
        assert_eq!(due(std::slice::from_ref(&active), &policy, T0.plus(DAY * 9999)), []);
        assert_eq!(
            due(&[active, pending.clone()], &policy, T0.plus(DAY)),
            [KeyStep::Activate(pending.id)]
        );
        assert_eq!(
            due(&[pending], &policy, T0.plus(DAY * 9)),
            [],
            "an algorithm that nobody uses stays so"
        );
    }
}
