//! The device asks for its tokens (RFC 8628, sections 3.4 and 3.5).

use std::sync::Arc;
use std::time::Duration;

use super::not_allowed;
use crate::error::StoreError;
use crate::flow::token::{Issue, TokenResponse};
use crate::flow::{Engine, Visit};
use crate::ids::AttemptId;
use crate::model::{Client, DeviceLogin, DeviceState, Face, Tenant};
use crate::oidc::{DEVICE_CODE_GRANT, Form, OAuthError, OAuthErrorCode};
use crate::secret::Digest256;
use crate::store::{Change, Find, Records as _, TenantStore, UnitOfWork};

/// How much too early a question may come: networks are no clocks.
const EARLY: Duration = Duration::from_secs(1);
/// Seconds by which a device that asks too often must wait longer (section 3.5).
const SLOWER: u32 = 5;
/// The most that it must wait.
const SLOWEST: u32 = 60;

impl Engine {
    /// The grant of a device.
    pub(in crate::flow) async fn redeem_device(
        &self,
        tenant: &Tenant,
        client: &Arc<Client>,
        form: &Form,
        visit: &Visit,
        jkt: Option<&str>,
    ) -> Result<TokenResponse, OAuthError> {
        if !client.protocol.device_code {
            return Err(not_allowed());
        }
        let code = form
            .get("device_code")
            .map_err(|error| OAuthError::invalid_request(error.to_string()))?
            .ok_or_else(|| OAuthError::invalid_request("device_code is missing"))?;
        let id = Digest256::of(code).encode();
        let found = self.parts.records.find::<DeviceLogin>(Find::Id(&id)).await;
        let login = found
            .map_err(OAuthError::unavailable)?
            .filter(|login| login.tenant_id == tenant.id && login.client_id == client.id)
            .ok_or_else(|| no_grant("the device code is unknown, or another client's"))?;
        match login.state {
            DeviceState::Denied => Err(OAuthError::new(OAuthErrorCode::AccessDenied, "the person refused")),
            DeviceState::Pending if self.now() >= login.expires_at => Err(expired()),
            DeviceState::Pending => self.hold_off(login).await,
            DeviceState::Approved { attempt_id } | DeviceState::Redeemed { attempt_id } => {
                self.hand_over(tenant, client, login, attempt_id, visit, jkt).await
            }
        }
    }

    /// Nobody has logged in for it yet.
    async fn hold_off(&self, mut login: DeviceLogin) -> Result<TokenResponse, OAuthError> {
        let now = self.now();
        let pause = Duration::from_secs(login.interval.into()).saturating_sub(EARLY);
        let is_early = login.polled_at.is_some_and(|before| now < before.plus(pause));
        if is_early {
            login.interval = (login.interval + SLOWER).min(SLOWEST);
        }
        login.polled_at = Some(now);
        login.version += 1;
        match self.save_device(&login).await {
            // Whoever changed it meanwhile was the person, or the device itself: the next question finds out.
            Ok(()) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(OAuthError::unavailable(error)),
        }
        Err(if is_early {
            OAuthError::new(OAuthErrorCode::SlowDown, "ask less often, five seconds more between")
        } else {
            OAuthError::new(OAuthErrorCode::AuthorizationPending, "nobody has logged in yet")
        })
    }

    /// The login's code is redeemed for it, which works once; a second time revokes what the first gave.
    async fn hand_over(
        &self,
        tenant: &Tenant,
        client: &Arc<Client>,
        login: DeviceLogin,
        attempt_id: AttemptId,
        visit: &Visit,
        jkt: Option<&str>,
    ) -> Result<TokenResponse, OAuthError> {
        let store = self.parts.store.begin(login.tenant_id);
        let code = Digest256::of(&self.code_of(attempt_id));
        let Some(attempt) = store
            .lookup_attempt_by_code(&code)
            .await
            .map_err(OAuthError::unavailable)?
        else {
            revoke(&*store, attempt_id).await.map_err(OAuthError::unavailable)?;
            return Err(no_grant("the login is over"));
        };
        let (proof, subject) = match self.check_code(client, &attempt, Face::Device) {
            Ok((proof, subject)) => (proof.clone(), subject),
            Err(refusal) => {
                let is_late = refusal.code == "code_expired";
                let refused = self.refuse(&*store, &attempt, refusal, visit).await;
                return if is_late {
                    refused.map_err(|_| expired())
                } else {
                    refused
                };
            }
        };
        let redeemed = DeviceLogin {
            state: DeviceState::Redeemed { attempt_id },
            version: login.version + 1,
            ..login
        };
        let issue = Issue {
            store: &*store,
            tenant,
            client,
            attempt: &attempt,
            proof: &proof,
            subject,
            grant: Some(DEVICE_CODE_GRANT),
            jkt,
            more: vec![Change::record(&redeemed).map_err(OAuthError::unavailable)?],
            visit,
        };
        self.issue(issue).await
    }
}

async fn revoke(store: &dyn TenantStore, attempt_id: AttemptId) -> Result<(), StoreError> {
    let unit = UnitOfWork::new(store.tenant_id()).with(Change::RevokeAccessTokens(attempt_id));
    store.save(unit).await.map(|_| ())
}

fn no_grant(why: &str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidGrant, why)
}

fn expired() -> OAuthError {
    OAuthError::new(OAuthErrorCode::ExpiredToken, "the device code is over; begin anew")
}
