//! Domain values with sensible defaults: a test says only what matters to it.
//!
//! Ids and secrets are random, times begin at [`NOW`].

use std::collections::BTreeMap;
use std::time::Duration;

use hufu_core::clock::{SystemRandom, Timestamp, random_alphanumeric};
use hufu_core::ids::{
    AgencyId, AttemptId, BrowserSessionId, ClientId, ConnectorId, EventId, KeyId, OperatorId, RequestId, SessionId,
    SubjectId, TenantId,
};
use hufu_core::model::{
    AccessToken, Action, Agency, Attempt, AuditEvent, Authenticated, AuthorizationRequest, Branding, Browser,
    BrowserSession, Client, ClientKind, ClientSecret, Connector, Health, HealthState, Identity, IllegalTransition,
    KeyState, NewAttempt, Operator, Outcome, Person, Profile, Seat, Session, SigningKey, SnapshotPolicy, Stage, Status,
    Tenant, TenantCode,
};
use hufu_core::oidc::{JwtError, PrivateKey, Scopes, Signer, SigningAlgorithm};
use hufu_core::secret::{Digest256, SecretString, StoredSecret};
use hufu_core::store::IdentitySeen;
use hufu_core::text::Locale;
use serde_json::{Map, json};

use crate::fixed::{FixedClock, NOW};

/// A digest of a random secret.
#[must_use]
pub fn digest() -> Digest256 {
    Digest256::of(&random_alphanumeric(&SystemRandom, 32))
}

/// A random tenant code.
#[must_use]
pub fn tenant_code() -> TenantCode {
    let code = format!("t{}", random_alphanumeric(&SystemRandom, 20).to_ascii_lowercase());
    #[expect(clippy::unwrap_used, reason = "letters and digits make a code")]
    code.parse().unwrap()
}

/// An active tenant, version 1, with a random code.
#[must_use]
pub fn tenant() -> Tenant {
    Tenant {
        id: TenantId::generate(&FixedClock::default(), &SystemRandom),
        code: tenant_code(),
        name: "张三餐厅 🍜".to_owned(),
        status: Status::Active,
        locale: Locale::ZhCn,
        agency_id: None,
        branding: Branding::default(),
        audit_days: None,
        host: None,
        pairwise_salt: "salt".to_owned(),
        created_at: NOW,
        version: 1,
    }
}

/// An active confidential client, version 1.
#[must_use]
pub fn client(tenant: TenantId) -> Client {
    Client {
        id: ClientId::generate(&FixedClock::default(), &SystemRandom),
        tenant_id: tenant,
        name: "会员商城".to_owned(),
        status: Status::Active,
        kind: ClientKind::Confidential,
        redirect_uris: vec!["https://shop.example/callback?a=1".to_owned()],
        post_logout_redirect_uris: vec!["https://shop.example/".to_owned()],
        scopes: Scopes::parse("openid profile wechat"),
        secrets: vec![ClientSecret {
            digest: digest(),
            created_at: NOW,
            expires_at: None,
            hint: "wxyz".to_owned(),
        }],
        connectors: Vec::new(),
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
        token_seconds: None,
        rights: hufu_core::model::Rights::default(),
        protocol: hufu_core::model::ClientProtocol::default(),
        created_at: NOW,
        version: 1,
    }
}

/// An active connector with one setting and one secret, version 1.
#[must_use]
pub fn connector(tenant: TenantId) -> Connector {
    Connector {
        id: ConnectorId::generate(&FixedClock::default(), &SystemRandom),
        tenant_id: tenant,
        kind: "scripted".to_owned(),
        name: "公众号".to_owned(),
        status: Status::Active,
        settings: BTreeMap::from([("app_id".to_owned(), "wx0123456789abcdef".to_owned())]),
        secrets: BTreeMap::from([(
            "app_secret".to_owned(),
            SecretString::from("0123456789abcdef0123456789abcdef"),
        )]),
        secrets_at: NOW,
        created_at: NOW,
        version: 1,
    }
}

/// A signing key. ES256, because an RSA key takes a tenth of a second to make.
///
/// # Errors
/// When the crypto library has no randomness.
pub fn signing_key(tenant: TenantId, state: KeyState) -> Result<SigningKey, JwtError> {
    let id = KeyId::generate(&FixedClock::default(), &SystemRandom);
    let private = PrivateKey::generate(SigningAlgorithm::Es256)?;
    let public_jwk = Signer::new(id, &private)?.public_jwk();
    Ok(SigningKey {
        id,
        tenant_id: tenant,
        state,
        private,
        public_jwk,
        changed_at: NOW,
        created_at: NOW,
    })
}

/// A browser.
#[must_use]
pub fn browser() -> Browser {
    Browser {
        ip: "203.0.113.7".to_owned(),
        user_agent: "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50".to_owned(),
        request_id: RequestId::generate(&FixedClock::default(), &SystemRandom),
    }
}

/// A login that waits for its identity: version 1, ten minutes to go.
///
/// # Panics
/// Never: a new attempt may be sent.
#[must_use]
pub fn attempt(tenant: TenantId, client: ClientId, connector: ConnectorId) -> Attempt {
    attempt_at(tenant, client, connector, NOW)
}

/// The same, begun at `at`.
///
/// # Panics
/// Never: a new attempt may be sent.
#[must_use]
pub fn attempt_at(tenant: TenantId, client: ClientId, connector: ConnectorId, at: Timestamp) -> Attempt {
    let started = Attempt::start(NewAttempt {
        id: AttemptId::generate(&FixedClock::at(at), &SystemRandom),
        tenant_id: tenant,
        connector_id: connector,
        request: AuthorizationRequest {
            // Apps do send such states.
            state: Some("a'b\"c<d>\0é🙂".to_owned()),
            nonce: Some("n".to_owned()),
            ..AuthorizationRequest::new(
                client,
                "https://shop.example/callback?a=1".to_owned(),
                Scopes::parse("openid profile wechat"),
                hufu_core::model::Face::Oidc,
            )
        },
        browser: browser(),
        at,
        lifetime: Duration::from_secs(600),
    });
    #[expect(clippy::unwrap_used, reason = "a new attempt may be sent")]
    started.sent(digest(), digest()).unwrap()
}

/// An identity with a profile, known to its provider as `external_id`.
#[must_use]
pub fn identity(external_id: &str) -> Identity {
    let mut claims = Map::new();
    claims.insert("wechat_openid".to_owned(), json!(external_id));
    Identity {
        external_id: external_id.to_owned(),
        union_id: None,
        profile: Some(Profile {
            name: Some("张三🙂<b>".to_owned()),
            picture: Some("https://thirdwx.qlogo.cn/0".to_owned()),
            locale: Some("zh-CN".to_owned()),
        }),
        transient: false,
        claims,
    }
}

/// The same without profile, as a provider proves it that was not asked for one.
#[must_use]
pub fn bare_identity(external_id: &str) -> Identity {
    Identity {
        profile: None,
        ..identity(external_id)
    }
}

/// An identity was seen, with a new proposed subject.
#[must_use]
pub fn seen(connector: ConnectorId, identity: Identity) -> IdentitySeen {
    let proposed_subject = SubjectId::generate(&FixedClock::default(), &SystemRandom);
    IdentitySeen {
        grant: None,
        union: None,
        connector_id: connector,
        identity,
        proposed_subject,
        at: NOW,
    }
}

/// The attempt one step further: it proved `identity`, and holds a code.
///
/// # Errors
/// When it does not wait for one.
pub fn authenticated(attempt: Attempt, identity: Identity) -> Result<Attempt, IllegalTransition> {
    let proof = Authenticated {
        identity,
        upstream_code: digest(),
        subject_id: None,
        previous_subjects: Vec::new(),
        at: NOW,
        auth_time: None,
        session_id: None,
        awaits_consent: false,
        code_expires_at: NOW.plus(Duration::from_secs(60)),
    };
    attempt.authenticated(digest(), proof)
}

/// An access token of a login, for an hour.
#[must_use]
pub fn access_token(attempt: &Attempt, subject: SubjectId) -> AccessToken {
    AccessToken {
        digest: digest(),
        tenant_id: attempt.tenant_id,
        client_id: attempt.request.client_id,
        person: Some(Person {
            subject_id: subject,
            previous_subjects: Vec::new(),
            connector_id: attempt.connector_id,
            identity: identity("openid"),
            session_id: None,
            auth_time: NOW,
        }),
        attempt_id: attempt.id,
        scopes: attempt.request.scopes.clone(),
        claims: None,
        dpop_jkt: None,
        issued_at: NOW,
        expires_at: NOW.plus(Duration::from_secs(3600)),
    }
}

/// The session that a login began, for an hour.
#[must_use]
pub fn browser_session(attempt: &Attempt, identity: Identity) -> BrowserSession {
    BrowserSession {
        id: BrowserSessionId::generate(&FixedClock::default(), &SystemRandom),
        tenant_id: attempt.tenant_id,
        digest: digest(),
        connector_id: attempt.connector_id,
        client_id: attempt.request.client_id,
        attempt_id: attempt.id,
        subject_id: None,
        previous_subjects: Vec::new(),
        issuer: "https://login.example.com/t/acme".to_owned(),
        identity,
        browser: browser(),
        auth_time: NOW,
        expires_at: NOW.plus(Duration::from_secs(3600)),
    }
}

/// The audit event of a login that succeeded.
#[must_use]
pub fn event(attempt: &Attempt) -> AuditEvent {
    let id = EventId::generate(&FixedClock::default(), &SystemRandom);
    AuditEvent::new(id, attempt.tenant_id, NOW, Action::Login, Outcome::Succeeded).of_attempt(attempt)
}

/// An audit event of no login.
#[must_use]
pub fn event_at(tenant: TenantId, at: Timestamp, action: Action, outcome: Outcome) -> AuditEvent {
    AuditEvent::new(
        EventId::generate(&FixedClock::at(at), &SystemRandom),
        tenant,
        at,
        action,
        outcome,
    )
}

/// An agency, version 1.
#[must_use]
pub fn agency() -> Agency {
    Agency {
        id: AgencyId::generate(&FixedClock::default(), &SystemRandom),
        name: "代运营 A".to_owned(),
        status: Status::Active,
        created_at: NOW,
        version: 1,
    }
}

/// An operator who owns the installation, version 1, with a random login name and no second factor.
///
/// # Panics
/// Never: letters and digits make a login name.
#[must_use]
pub fn operator() -> Operator {
    let login = format!("op-{}", random_alphanumeric(&SystemRandom, 20));
    #[expect(clippy::unwrap_used, reason = "letters and digits make a login name")]
    let login = login.parse().unwrap();
    Operator {
        id: OperatorId::generate(&FixedClock::default(), &SystemRandom),
        login,
        name: "李四".to_owned(),
        seat: Seat::OWNER,
        agency_id: None,
        status: Status::Active,
        password: StoredSecret::new("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned()),
        totp: None,
        recovery: vec![digest()],
        created_at: NOW,
        last_login_at: None,
        version: 1,
    }
}

/// A signed-in browser of an operator, version 1: half a day, or half an hour of idleness.
#[must_use]
pub fn session(operator: OperatorId) -> Session {
    Session {
        id: SessionId::generate(&FixedClock::default(), &SystemRandom),
        digest: digest(),
        operator_id: operator,
        stage: Stage::Full,
        enrolling: None,
        created_at: NOW,
        seen_at: NOW,
        confirmed_at: NOW,
        ends_at: NOW.plus(Duration::from_secs(43_200)),
        idle_at: NOW.plus(Duration::from_secs(1800)),
        ip: "203.0.113.8".to_owned(),
        user_agent: "Mozilla/5.0".to_owned(),
        version: 1,
    }
}

/// A good health badge of something of a tenant, version 1.
#[must_use]
pub fn health(tenant: TenantId, of: &str) -> Health {
    Health {
        of: of.to_owned(),
        tenant_id: tenant,
        state: HealthState::Good,
        checks: Vec::new(),
        took_ms: 12,
        at: NOW,
        version: 1,
    }
}
