//! Attempts: the stored state machine of one login.
//!
//! ```text
//! Started → AwaitingIdentity → Authenticated → Consumed
//!              │   ↺ second leg      │
//!              ├→ Denied             └→ Expired   (code never redeemed: the login itself succeeded)
//!              ├→ Failed
//!              ├→ Rejected
//!              └→ Expired
//! ```
//! Each transition consumes the attempt and raises its version by one; a store saves version `n` only over `n - 1`,
//! so of two racing transitions one is refused.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Identity, Person};
use crate::clock::Timestamp;
use crate::ids::{AttemptId, BrowserSessionId, ClientId, ConnectorId, RequestId, SubjectId, TenantId};
use crate::oidc::{ClaimsRequest, CodeChallenge, Scopes, TenantUrls};
use crate::secret::Digest256;
use crate::text::Locale;

/// Through which face a login was asked for: so it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// OpenID Connect.
    #[default]
    Oidc,
    /// WeChat's own shape.
    DropIn,
    /// A device that waits elsewhere (RFC 8628): nobody is sent anywhere.
    Device,
}

impl Face {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What the client asked, checked: nothing of it is looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asked.
    pub client_id: ClientId,
    /// One of the client's registered URIs.
    pub redirect_uri: String,
    /// What it may have of what it asked for.
    pub scopes: Scopes,
    /// The client's own state, opaque; never sent to the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The client's nonce, opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// PKCE challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<CodeChallenge>,
    /// Through which face.
    #[serde(default, skip_serializing_if = "Face::is_default")]
    pub face: Face,
    /// How the answer travels.
    #[serde(default, skip_serializing_if = "ResponseMode::is_default")]
    pub response_mode: ResponseMode,
    /// The person must log in at the provider, whatever session there is (`prompt=login`, or `max_age` is over).
    #[serde(default, skip_serializing_if = "is_false")]
    pub fresh: bool,
    /// The person must be asked, whatever they allowed before (`prompt=consent`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub ask_consent: bool,
    /// Language the client wants for pages (`ui_locales`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// Claims asked for by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ClaimsRequest>,
    /// The only `sub` that will do, as the client knows it (`id_token_hint`, or `claims`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_sub: Option<String>,
    /// Thumbprint of the key to which the code is bound (RFC 9449, section 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// Whether it was pushed (RFC 9126): it cannot be asked again by its parameters.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pushed: bool,
    /// Digest of the device code, when it is for a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Digest256>,
    /// The issuer that was asked, when it is a host of the tenant's own; `None`: the usual one. A client holds each for
    /// another party: what was asked of one is not finished at the other (RFC 9700, 4.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_issuer: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's own signature")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl AuthorizationRequest {
    /// A request that asks for no more than these.
    #[must_use]
    pub fn new(client_id: ClientId, redirect_uri: String, scopes: Scopes, face: Face) -> Self {
        Self {
            client_id,
            redirect_uri,
            scopes,
            state: None,
            nonce: None,
            challenge: None,
            face,
            response_mode: ResponseMode::default(),
            fresh: false,
            ask_consent: false,
            locale: None,
            claims: None,
            expected_sub: None,
            dpop_jkt: None,
            pushed: false,
            device: None,
            own_issuer: None,
        }
    }

    /// All that it asks for: its scopes, and those whose claims it asks for by name (OpenID Connect Core, 5.5). Of this
    /// the person is asked, and by this the provider is: a claim is not had by the back door of its name.
    #[must_use]
    pub fn wanted(&self) -> Scopes {
        let named = self.claims.iter().flat_map(ClaimsRequest::scopes);
        self.scopes.and(named)
    }

    /// Whether it was asked at these URLs' issuer.
    #[must_use]
    pub fn was_asked_at(&self, urls: &TenantUrls) -> bool {
        self.own_issuer.as_deref() == urls.own_issuer()
    }
}

/// How the answer to an authorization request travels to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of a redirect.
    #[default]
    Query,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

impl ResponseMode {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The browser that made a request, as the audit log names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browser {
    /// Address of the client, after trusted proxies.
    pub ip: String,
    /// `User-Agent`, cut to 300 characters.
    pub user_agent: String,
    /// The request.
    pub request_id: RequestId,
}

/// When a step of the login was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTime {
    /// `begun`, `second_leg`, `returned`, `identified`, `redeemed`, …
    pub step: String,
    /// When.
    pub at: Timestamp,
}

/// What the identity proved and the code that stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticated {
    /// What the connector proved.
    pub identity: Identity,
    /// Digest of the provider's code: the same callback again shares this result instead of exchanging again.
    pub upstream_code: Digest256,
    /// The person. A store fills it in when the identity is known (see [`crate::store::Saved`]).
    pub subject_id: Option<SubjectId>,
    /// Subjects that were merged into that one. A store fills it in too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_subjects: Vec<SubjectId>,
    /// When.
    pub at: Timestamp,
    /// When the person logged in at the provider, when that was before this login; `None`: it is `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    /// The session that this login began or came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<BrowserSessionId>,
    /// The person must still allow it: until then the code is worth nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub awaits_consent: bool,
    /// Until when Hufu's code may be redeemed.
    pub code_expires_at: Timestamp,
}

impl Authenticated {
    /// When the person logged in at the provider.
    #[must_use]
    pub fn auth_time(&self) -> Timestamp {
        self.auth_time.unwrap_or(self.at)
    }

    /// The person whom this proved, known as `subject`, by a connector.
    #[must_use]
    pub fn person(&self, subject_id: SubjectId, connector_id: ConnectorId) -> Person {
        Person {
            subject_id,
            previous_subjects: self.previous_subjects.clone(),
            connector_id,
            identity: self.identity.clone(),
            session_id: self.session_id,
            auth_time: self.auth_time(),
        }
    }

    /// Whether a session stood in for the provider.
    #[must_use]
    pub fn is_from_session(&self) -> bool {
        self.auth_time.is_some()
    }
}

/// Where a login stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AttemptState {
    /// Accepted, not yet sent to the provider.
    Started,
    /// The browser is at the provider.
    AwaitingIdentity,
    /// The provider's answer is in; the client holds a code.
    Authenticated(Box<Authenticated>),
    /// The code was redeemed.
    Consumed,
    /// The person refused.
    Denied,
    /// Time ran out.
    Expired,
    /// The provider, or Hufu, could not finish; the code says why.
    Failed {
        /// Stable code of the failure.
        code: String,
    },
    /// A rule of Hufu or of the client refused it; the code says which.
    Rejected {
        /// Stable code of the rule.
        code: String,
    },
}

impl AttemptState {
    /// The state's name in database and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::AwaitingIdentity => "awaiting_identity",
            Self::Authenticated(_) => "authenticated",
            Self::Consumed => "consumed",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Failed { .. } => "failed",
            Self::Rejected { .. } => "rejected",
        }
    }
}

/// The attempt is not in a state from which this may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a login that is {from} cannot become {to}")]
pub struct IllegalTransition {
    /// Where it stands.
    pub from: &'static str,
    /// Where it was to go.
    pub to: &'static str,
}

/// What a new attempt is made from.
#[derive(Debug, Clone)]
pub struct NewAttempt {
    /// Identifier.
    pub id: AttemptId,
    /// Whose login.
    pub tenant_id: TenantId,
    /// By which connector.
    pub connector_id: ConnectorId,
    /// What the client asked.
    pub request: AuthorizationRequest,
    /// Who asks.
    pub browser: Browser,
    /// When.
    pub at: Timestamp,
    /// How long the person may take.
    pub lifetime: Duration,
}

/// One login from the first request to the redeemed code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Identifier.
    pub id: AttemptId,
    /// Whose login.
    pub tenant_id: TenantId,
    /// By which connector.
    pub connector_id: ConnectorId,
    /// What the client asked.
    pub request: AuthorizationRequest,
    /// The browser that began.
    pub browser: Browser,
    /// Digest of the state the provider carries; `None` before it is sent there.
    pub state_digest: Option<Digest256>,
    /// Digest of the cookie that binds it to the browser.
    pub browser_digest: Option<Digest256>,
    /// Digest of Hufu's code, from authentication on.
    pub code_digest: Option<Digest256>,
    /// Digest of the provider's code of the first leg, once the provider was asked again for the profile. The state
    /// stays the same, so a copy of the first callback is known by its code.
    pub first_leg_code: Option<Digest256>,
    /// Where it stands.
    pub state: AttemptState,
    /// When each step was reached.
    pub steps: Vec<StepTime>,
    /// When it began.
    pub created_at: Timestamp,
    /// Until when the provider's answer is taken.
    pub expires_at: Timestamp,
    /// Counts saves, from 1.
    pub version: u32,
}

impl Attempt {
    /// A new attempt, [`AttemptState::Started`], not yet stored.
    #[must_use]
    pub fn start(new: NewAttempt) -> Self {
        Self {
            id: new.id,
            tenant_id: new.tenant_id,
            connector_id: new.connector_id,
            request: new.request,
            browser: new.browser,
            state_digest: None,
            browser_digest: None,
            code_digest: None,
            first_leg_code: None,
            state: AttemptState::Started,
            steps: vec![StepTime {
                step: "begun".to_owned(),
                at: new.at,
            }],
            created_at: new.at,
            expires_at: new.at.plus(new.lifetime),
            version: 0,
        }
    }

    /// Whether its time is over at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    fn step(mut self, step: &str, at: Timestamp, state: AttemptState) -> Self {
        self.state = state;
        self.steps.push(StepTime {
            step: step.to_owned(),
            at,
        });
        self.version += 1;
        self
    }

    fn require(self, to: &'static str, from: fn(&AttemptState) -> bool) -> Result<Self, IllegalTransition> {
        if from(&self.state) {
            Ok(self)
        } else {
            Err(IllegalTransition {
                from: self.state.name(),
                to,
            })
        }
    }

    /// The browser goes to the provider with a state and a cookie of these digests.
    ///
    /// # Errors
    /// When it is not [`AttemptState::Started`].
    pub fn sent(self, state: Digest256, browser: Digest256) -> Result<Self, IllegalTransition> {
        let mut next = self.require("awaiting_identity", |s| matches!(s, AttemptState::Started))?;
        next.state_digest = Some(state);
        next.browser_digest = Some(browser);
        next.state = AttemptState::AwaitingIdentity;
        next.version += 1;
        Ok(next)
    }

    /// The browser goes to the provider again, now for the profile; `first_code` brought the ids.
    ///
    /// # Errors
    /// When it is not waiting for its first answer.
    pub fn sent_again(self, first_code: Digest256, at: Timestamp) -> Result<Self, IllegalTransition> {
        let waiting = self.require("awaiting_identity", |s| matches!(s, AttemptState::AwaitingIdentity))?;
        if waiting.first_leg_code.is_some() {
            return Err(IllegalTransition {
                from: "second leg",
                to: "second leg",
            });
        }
        let mut next = waiting.step("second_leg", at, AttemptState::AwaitingIdentity);
        next.first_leg_code = Some(first_code);
        Ok(next)
    }

    /// Notes a step that changes no state; kept with the next save.
    #[must_use]
    pub fn noted(mut self, step: &str, at: Timestamp) -> Self {
        self.steps.push(StepTime {
            step: step.to_owned(),
            at,
        });
        self
    }

    /// The provider proved an identity; Hufu's code with this digest stands for it.
    ///
    /// # Errors
    /// When it is not [`AttemptState::AwaitingIdentity`].
    pub fn authenticated(self, code: Digest256, proof: Authenticated) -> Result<Self, IllegalTransition> {
        let waiting = self.require("authenticated", |s| matches!(s, AttemptState::AwaitingIdentity))?;
        let at = proof.at;
        let mut next = waiting.step("identified", at, AttemptState::Authenticated(Box::new(proof)));
        next.code_digest = Some(code);
        Ok(next)
    }

    /// A session stands in for the provider: the browser is sent nowhere. `browser` is the digest of the cookie that
    /// binds what may still be asked of the person to this browser.
    ///
    /// # Errors
    /// When it is not [`AttemptState::Started`].
    pub fn authenticated_by_session(
        self,
        browser: Digest256,
        code: Digest256,
        proof: Authenticated,
    ) -> Result<Self, IllegalTransition> {
        let started = self.require("authenticated", |s| matches!(s, AttemptState::Started))?;
        let at = proof.at;
        let mut next = started.step("signed_in", at, AttemptState::Authenticated(Box::new(proof)));
        next.browser_digest = Some(browser);
        next.code_digest = Some(code);
        Ok(next)
    }

    /// The person allowed it: the code may be redeemed until `code_expires_at`.
    ///
    /// # Errors
    /// When nobody is asked.
    pub fn consented(self, at: Timestamp, code_expires_at: Timestamp) -> Result<Self, IllegalTransition> {
        let asked = self.require(
            "authenticated",
            |s| matches!(s, AttemptState::Authenticated(proof) if proof.awaits_consent),
        )?;
        let AttemptState::Authenticated(proof) = asked.state.clone() else {
            return Err(IllegalTransition {
                from: "asked",
                to: "authenticated",
            });
        };
        let proof = Authenticated {
            awaits_consent: false,
            code_expires_at,
            ..*proof
        };
        Ok(asked.step("consented", at, AttemptState::Authenticated(Box::new(proof))))
    }

    /// The person does not allow it. What the identity proved is dropped.
    ///
    /// # Errors
    /// When nobody is asked.
    pub fn consent_refused(self, at: Timestamp) -> Result<Self, IllegalTransition> {
        let asked = self.require(
            "denied",
            |s| matches!(s, AttemptState::Authenticated(proof) if proof.awaits_consent),
        )?;
        Ok(asked.step("denied", at, AttemptState::Denied))
    }

    /// The code was redeemed. What the identity proved is dropped: it lives on in the access token only.
    ///
    /// # Errors
    /// When it is not [`AttemptState::Authenticated`].
    pub fn consumed(self, at: Timestamp) -> Result<Self, IllegalTransition> {
        let ready = self.require("consumed", |s| matches!(s, AttemptState::Authenticated(_)))?;
        Ok(ready.step("redeemed", at, AttemptState::Consumed))
    }

    fn ended(self, at: Timestamp, end: AttemptState) -> Result<Self, IllegalTransition> {
        let waiting = self.require(end.name(), |s| matches!(s, AttemptState::AwaitingIdentity))?;
        let step = end.name();
        Ok(waiting.step(step, at, end))
    }

    /// The person refused at the provider.
    ///
    /// # Errors
    /// When it is not [`AttemptState::AwaitingIdentity`].
    pub fn denied(self, at: Timestamp) -> Result<Self, IllegalTransition> {
        self.ended(at, AttemptState::Denied)
    }

    /// Time ran out.
    ///
    /// # Errors
    /// When it is not [`AttemptState::AwaitingIdentity`].
    pub fn expired(self, at: Timestamp) -> Result<Self, IllegalTransition> {
        self.ended(at, AttemptState::Expired)
    }

    /// The provider or Hufu could not finish.
    ///
    /// # Errors
    /// When it is not [`AttemptState::AwaitingIdentity`].
    pub fn failed(self, at: Timestamp, code: &str) -> Result<Self, IllegalTransition> {
        self.ended(at, AttemptState::Failed { code: code.to_owned() })
    }

    /// A rule refused it.
    ///
    /// # Errors
    /// When it is not [`AttemptState::AwaitingIdentity`].
    pub fn rejected(self, at: Timestamp, code: &str) -> Result<Self, IllegalTransition> {
        self.ended(at, AttemptState::Rejected { code: code.to_owned() })
    }
}
