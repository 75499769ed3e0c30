//! Devices without a keyboard (RFC 8628): a code on the device, a login in any browser, tokens on the device.
//!
//! ```text
//!  device ── begin_device ──▶ device_code, user_code        browser: device_page ─▶ ask ─▶ `Engine::go`, as any login
//!    └── redeem_device, again and again ──▶ tokens ◀── Approved ── `complete` (in the unit that ends the login)
//! ```
//!
//! The person who types a code may have been sent it by somebody else (section 5.4), so what they allow is said first,
//! and it is allowed in the browser that was told alone.

mod ask;
mod redeem;

use std::time::Duration;

use serde::Serialize;

use super::{BasicCredentials, Engine, Problem, ProblemCode, Step, Visit};
use crate::clock::{Random, random_token};
use crate::error::StoreError;
use crate::model::{Attempt, AuthorizationRequest, DeviceLogin, DeviceState, Face, Tenant};
use crate::oidc::{Form, OAuthError, OAuthErrorCode, Scopes, with_query};
use crate::secret::Digest256;
use crate::store::{Change, Find, Records as _, UnitOfWork};

/// How long a person may take to find a browser and the page.
const LIFETIME: Duration = Duration::from_secs(600);
/// Seconds between two questions of a device (section 3.5).
const INTERVAL: u32 = 5;
/// Letters of user codes: no vowels, so that no words arise, and nothing that looks like a digit (section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters of one: 20^8, which is 34 bits, of which each address may try ten.
const LENGTH: usize = 8;
/// How often a user code is made anew that another device has just now.
const TRIES: usize = 4;

/// The answer of the device authorization endpoint (section 3.2).
#[derive(Clone, Serialize)]
#[expect(missing_docs, reason = "the fields are the specification's own")]
pub struct DeviceAuthorization {
    pub device_code: String,
    pub user_code: String,
    pub verification_uri: String,
    pub verification_uri_complete: String,
    pub expires_in: u64,
    pub interval: u32,
}

/// Without the codes.
impl std::fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceAuthorization").finish_non_exhaustive()
    }
}

impl Engine {
    /// The device authorization endpoint (section 3.1).
    ///
    /// # Errors
    /// As the token endpoint has them; [`OAuthErrorCode::TemporarilyUnavailable`] in an outage.
    pub async fn begin_device(
        &self,
        tenant: &Tenant,
        basic: Option<&BasicCredentials>,
        form: &Form,
        visit: &Visit,
    ) -> Result<DeviceAuthorization, OAuthError> {
        let client = self.authenticate_active(tenant, basic, form, visit).await?;
        if !client.protocol.device_code {
            return Err(not_allowed());
        }
        let scope = form
            .get("scope")
            .map_err(|error| OAuthError::invalid_request(error.to_string()))?;
        let scopes = Scopes::parse(scope.unwrap_or_default()).within(&client.scopes);
        if scopes.is_empty() {
            return Err(OAuthError::new(
                OAuthErrorCode::InvalidScope,
                "scope names nothing this client may have; openid is the least",
            ));
        }
        for _ in 0..TRIES {
            let device_code = random_token::<32>(&*self.parts.random);
            let digest = Digest256::of(&device_code);
            let user_code = random_code(&*self.parts.random);
            let request = AuthorizationRequest {
                device: Some(digest),
                ..AuthorizationRequest::new(client.id, String::new(), scopes.clone(), Face::Device)
            };
            let login = DeviceLogin {
                digest,
                user_code: Digest256::of(&user_code),
                tenant_id: tenant.id,
                client_id: client.id,
                request,
                device: visit.browser.clone(),
                state: DeviceState::Pending,
                polled_at: None,
                interval: INTERVAL,
                expires_at: self.now().plus(LIFETIME),
                version: 1,
            };
            match self.save_device(&login).await {
                Ok(()) => return Ok(answer(device_code, &user_code, &visit.urls.device())),
                Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(OAuthError::unavailable(error)),
            }
        }
        Err(OAuthError::new(
            OAuthErrorCode::TemporarilyUnavailable,
            "try again later",
        ))
    }

    /// What ends the wait of the device for which this login is, as part of the unit that ends the login; `None`: it is
    /// for no device.
    ///
    /// # Errors
    /// [`ProblemCode::DeviceOver`] when the device waits no more.
    pub(super) async fn approval(&self, attempt: &Attempt) -> Result<Option<Change>, Problem> {
        let approved = DeviceState::Approved { attempt_id: attempt.id };
        self.device_becomes(attempt, approved).await
    }

    /// The same when the person refused at the provider.
    ///
    /// # Errors
    /// [`ProblemCode::DeviceOver`] when the device waits no more.
    pub(super) async fn refusal_of_device(&self, attempt: &Attempt) -> Result<Option<Change>, Problem> {
        self.device_becomes(attempt, DeviceState::Denied).await
    }

    async fn device_becomes(&self, attempt: &Attempt, state: DeviceState) -> Result<Option<Change>, Problem> {
        let Some(digest) = attempt.request.device else {
            return Ok(None);
        };
        let login: Option<DeviceLogin> = self.parts.records.find(Find::Id(&digest.encode())).await?;
        let mut login = login
            .filter(|login| login.tenant_id == attempt.tenant_id && self.awaits(login))
            .ok_or_else(|| Problem::new(ProblemCode::DeviceOver))?;
        login.state = state;
        login.version += 1;
        Ok(Some(Change::record(&login)?))
    }

    /// Whether somebody may still log in for it.
    fn awaits(&self, login: &DeviceLogin) -> bool {
        login.state == DeviceState::Pending && self.now() < login.expires_at
    }

    async fn save_device(&self, login: &DeviceLogin) -> Result<(), StoreError> {
        let unit = UnitOfWork::new(login.tenant_id).with(Change::record(login)?);
        self.parts.store.begin(login.tenant_id).save(unit).await?;
        Ok(())
    }
}

/// What the browser is shown when its login is done: a login for a device sends nobody anywhere, and shows no code.
pub(super) fn shown_for(request: &AuthorizationRequest) -> Option<Step> {
    (request.face == Face::Device).then_some(Step::DeviceAnswered { allowed: true })
}

fn not_allowed() -> OAuthError {
    OAuthError::new(
        OAuthErrorCode::UnauthorizedClient,
        "the client may not log people in on devices; its settings say so",
    )
}

fn answer(device_code: String, user_code: &str, page: &str) -> DeviceAuthorization {
    let user_code = shown(user_code);
    DeviceAuthorization {
        device_code,
        verification_uri: page.to_owned(),
        verification_uri_complete: with_query(page, &[("user_code", &user_code)]),
        user_code,
        expires_in: LIFETIME.as_secs(),
        interval: INTERVAL,
    }
}

fn random_code(random: &dyn Random) -> String {
    let mut code = String::with_capacity(LENGTH);
    let mut buffer = [0; 32];
    while code.len() < LENGTH {
        random.fill(&mut buffer);
        // Bytes past the last multiple of 20 are dropped, so that each letter is equally likely.
        let letters = buffer.iter().filter(|byte| **byte < 240);
        let letters = letters.filter_map(|byte| LETTERS.get(usize::from(*byte % 20)));
        code.extend(letters.take(LENGTH - code.len()).map(|letter| char::from(*letter)));
    }
    code
}

/// As people read it: in two halves.
fn shown(code: &str) -> String {
    match code.split_at_checked(LENGTH / 2) {
        Some((one, other)) => format!("{one}-{other}"),
        None => code.to_owned(),
    }
}

/// What somebody typed, as it was made: no hyphens and spaces, capital letters (section 6.1). `None`: never a code.
fn read_code(typed: &str) -> Option<String> {
    let letters = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '–' | '—' | '－'));
    let code: String = letters.take(LENGTH + 1).map(|c| c.to_ascii_uppercase()).collect();
    let is_code = code.len() == LENGTH && code.bytes().all(|letter| LETTERS.contains(&letter));
    is_code.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = random_code(&SystemRandom);
        assert_eq!(shown(&code).len(), 9);
        assert_eq!(read_code(&shown(&code)), Some(code.clone()));
        assert_eq!(
            read_code(&format!(" {} ", shown(&code).to_lowercase())),
            Some(code.clone())
        );
        assert_eq!(read_code(&shown(&code).replace('-', " － ")), Some(code.clone()));
        for wrong in ["", "BCDF", "BCDF-GHJKL", "BCDF-GHJ1", "BCDF-GHJA", "测试测试测试测试"] {
            assert_eq!(read_code(wrong), None, "{wrong}");
        }
        assert_ne!(code, random_code(&SystemRandom));
    }

    #[test]
    fn each_letter_occurs() {
        let many: String = (0..200).map(|_| random_code(&SystemRandom)).collect();
        assert!(LETTERS.iter().all(|letter| many.contains(char::from(*letter))));
    }
}
