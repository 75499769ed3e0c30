//! `GET /admin/tenants/{code}/keys`.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::manage::{RotationPolicy, key_due_at};
use hufu_core::model::{KeyState, SigningKey};
use hufu_core::oidc::SigningAlgorithm;

use super::KNOWN_AFTER_MILLIS;
use crate::console::Console;
use crate::http::{Answer, SignedIn, Visitor};
use crate::pages::tenant;
use crate::ui::{Frame, Tab, Tone};

struct Row {
    kid: String,
    tone: Tone,
    state: String,
    meaning: String,
    created_at: Timestamp,
    /// When the next thing happens to it by itself, and what; `None`: nothing does.
    due: Option<(String, Timestamp)>,
    is_pending: bool,
    is_retired: bool,
    /// Until then clients may not know it.
    young_until: Option<Timestamp>,
}

struct Group {
    algorithm: &'static str,
    what: String,
    rows: Vec<Row>,
    /// One key waits at most.
    has_pending: bool,
    /// Whether one signs.
    is_used: bool,
}

#[derive(Template)]
#[template(path = "pages/keys/list.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    code: String,
    jwks: String,
    now: Timestamp,
    groups: Vec<Group>,
    /// Days for which a key signs; 0: until somebody says otherwise.
    days: u64,
    may_change: bool,
}

pub(super) async fn get(State(console): State<Console>, signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let keys = tenant.keys().await?;
    let now = tenant.overview().now();
    let visitor = &signed_in.visitor;
    let policy = &console.rotation;
    let groups = SigningAlgorithm::ALL.map(|algorithm| {
        let mut of: Vec<&SigningKey> = keys.iter().filter(|key| key.private.algorithm == algorithm).collect();
        // The next one first, then the one that signs, then those before it.
        of.sort_by_key(|key| (order(key.state), std::cmp::Reverse(key.id)));
        Group {
            algorithm: algorithm.as_str(),
            what: visitor.text(&format!("keys.about_{}", algorithm.as_str())),
            has_pending: of.iter().any(|key| key.state == KeyState::Pending),
            is_used: of.iter().any(|key| key.state == KeyState::Active),
            rows: of
                .into_iter()
                .map(|key| row(visitor, key, &keys, policy, now))
                .collect(),
        }
    });
    Ok(signed_in.page(&Page {
        frame: tenant::frame(&signed_in, &tenant, "tenant.tab_keys", Vec::new()),
        tabs: tenant::tabs(&signed_in, &tenant, "keys"),
        jwks: tenant.urls().jwks(),
        now,
        groups: groups.into(),
        days: policy.every.map_or(0, |every| every.as_secs() / 86_400),
        may_change: tenant.setup().is_ok(),
        code,
    }))
}

const fn order(state: KeyState) -> u8 {
    match state {
        KeyState::Pending => 0,
        KeyState::Active => 1,
        KeyState::Retired => 2,
    }
}

fn row(visitor: &Visitor, key: &SigningKey, keys: &[SigningKey], policy: &RotationPolicy, now: Timestamp) -> Row {
    let (tone, name) = match key.state {
        KeyState::Pending => (Tone::Info, "pending"),
        KeyState::Active => (Tone::Good, "active"),
        KeyState::Retired => (Tone::Neutral, "retired"),
    };
    let is_young = now.millis_since(key.created_at) < KNOWN_AFTER_MILLIS;
    let known_at = key.created_at.plus(Duration::from_millis(KNOWN_AFTER_MILLIS.into()));
    Row {
        kid: key.id.to_string(),
        tone,
        state: visitor.text(&format!("keys.{name}")),
        meaning: visitor.text(&format!("keys.{name}_meaning")),
        created_at: key.created_at,
        due: key_due_at(key, keys, policy).map(|at| (visitor.text(&format!("keys.{name}_due")), at)),
        is_pending: key.state == KeyState::Pending,
        is_retired: key.state == KeyState::Retired,
        young_until: is_young.then_some(known_at),
    }
}
