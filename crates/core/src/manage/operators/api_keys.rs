//! Keys of the admin API: `hufu_` and 256 random bits, of which only the digest is kept.

use std::time::Duration;

use serde_json::json;

use super::{By, Operators, Result, TOUCH, as_event, detail, is_crossed, log_of, name_of};
use crate::clock::random_token;
use crate::ids::{AgencyId, ApiKeyId};
use crate::manage::OperatorError;
use crate::model::{Action, ApiKey, AuditEvent, Seat};
use crate::secret::{Digest256, SecretString};
use crate::store::{Change, Find, RecordFilter, Records as _};

/// By which people and scanners of leaked secrets tell what it is.
const PREFIX: &str = "hufu_";
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

impl Operators {
    /// Makes a key; its text is shown this once.
    ///
    /// # Errors
    /// [`OperatorError::Lifetime`] unless it lives a minute to 366 days; [`OperatorError::Name`],
    /// [`OperatorError::Seat`].
    pub async fn add_api_key(
        &self,
        by: &By,
        name: &str,
        seat: Seat,
        agency_id: Option<AgencyId>,
        read_only: bool,
        lifetime: Duration,
    ) -> Result<(ApiKey, SecretString)> {
        let name = name_of(name)?;
        if !(SHORTEST..=LONGEST).contains(&lifetime) {
            return Err(OperatorError::Lifetime);
        }
        self.check_seat(&seat, agency_id).await?;
        let now = self.clock.now();
        let random = random_token::<32>(&*self.random);
        let text = format!("{PREFIX}{random}");
        let key = ApiKey {
            id: ApiKeyId::generate(&*self.clock, &*self.random),
            digest: Digest256::of(&text),
            hint: random.chars().skip(random.len() - 4).collect(),
            name,
            seat,
            agency_id,
            read_only,
            created_by: by.actor.clone(),
            created_at: now,
            expires_at: now.plus(lifetime),
            last_used_at: None,
            revoked_at: None,
            version: 1,
        };
        let mut event = self.key_event(&key, Action::ApiKeyAdd, by);
        detail(&mut event, "seat", json!(key.seat));
        detail(&mut event, "read_only", json!(key.read_only));
        detail(&mut event, "expires_at", json!(key.expires_at.to_string()));
        let log = event.tenant_id;
        self.save(log, vec![Change::record(&key)?, as_event(event)]).await?;
        Ok((key, SecretString::from(text)))
    }

    /// The key of a text, if it still works and its agency is not disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_key(&self, key: &str) -> Result<Option<ApiKey>> {
        if !key.starts_with(PREFIX) {
            return Ok(None);
        }
        let digest = Digest256::of(key).encode();
        let now = self.clock.now();
        let key = self.store.find::<ApiKey>(Find::Key(&digest)).await?;
        let Some(key) = key.filter(|key| key.is_valid(now)) else {
            return Ok(None);
        };
        if !self.is_open(key.agency_id).await? {
            return Ok(None);
        }
        if key.last_used_at.is_some_and(|at| now.millis_since(at) < TOUCH) {
            return Ok(Some(key));
        }
        let touched = ApiKey {
            last_used_at: Some(now),
            version: key.version + 1,
            ..key.clone()
        };
        let log = log_of(key.agency_id);
        match self.save(log, vec![Change::record(&touched)?]).await {
            Ok(()) => Ok(Some(touched)),
            Err(error) if is_crossed(&error) => Ok(Some(key)),
            Err(error) => Err(error.into()),
        }
    }

    /// Revokes a key; one that is revoked already stays so.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`].
    pub async fn revoke_api_key(&self, by: &By, id: ApiKeyId) -> Result<()> {
        // A key in use is touched all the time: its version may move on under us.
        loop {
            let key = self.by_id::<ApiKey>(id).await?;
            let key = key.ok_or(OperatorError::NotFound { what: "api_key" })?;
            if key.revoked_at.is_some() {
                return Ok(());
            }
            let event = self.key_event(&key, Action::ApiKeyRevoke, by);
            let log = event.tenant_id;
            let revoked = ApiKey {
                revoked_at: Some(self.clock.now()),
                version: key.version + 1,
                ..key
            };
            match self.save(log, vec![Change::record(&revoked)?, as_event(event)]).await {
                Err(error) if is_crossed(&error) => {}
                other => return Ok(other?),
            }
        }
    }

    /// Keys, oldest first, those that are over too: of one agency, or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_api_keys(&self, agency: Option<AgencyId>) -> Result<Vec<ApiKey>> {
        self.all(RecordFilter {
            group: agency.map(|id| id.to_string()),
            ..RecordFilter::default()
        })
        .await
    }

    fn key_event(&self, key: &ApiKey, action: Action, by: &By) -> AuditEvent {
        let mut event = self.event(log_of(key.agency_id), action, by);
        let about = json!({"id": key.id, "name": key.name, "hint": key.hint});
        detail(&mut event, "api_key", about);
        event
    }
}
