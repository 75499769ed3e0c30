//! `POST /admin/tenants/{code}/hand-over`: a link by which the owner of an account enters its secret. Shown once.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::ids::{ConnectorId, OnboardingId};
use hufu_core::manage::OperatorError;
use hufu_core::model::{Link, Purpose, TenantCode};
use hufu_core::secret::ExposeSecret as _;

use super::checks::Badge;
use crate::access::{Setup, TenantAccess};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, Visitor};
use crate::pages::tenant;
use crate::ui::{Crumb, Field, Frame, Tab, Tone};

const DAY: u64 = 86_400;
/// Days that a link works unless said otherwise.
const DAYS: &str = "7";
const NOTE: usize = 100;

/// A link in a list.
pub(in crate::pages) struct LinkRow {
    pub(in crate::pages) note: String,
    pub(in crate::pages) badge: Badge,
    pub(in crate::pages) created_at: Timestamp,
    pub(in crate::pages) expires_at: Timestamp,
    /// Where it is taken back, while it works.
    pub(in crate::pages) revoke: Option<String>,
}

/// Links to one account, newest first.
pub(in crate::pages) async fn links(
    signed_in: &SignedIn,
    setup: &Setup,
    code: &TenantCode,
    connector: Option<ConnectorId>,
    onboarding: Option<OnboardingId>,
) -> Result<Vec<LinkRow>, Refusal> {
    let now = signed_in.access.overview().now();
    let all = setup.hand_over_links().await?.into_iter();
    let mine = all.filter(|link| match link.purpose {
        Purpose::HandOver {
            connector_id,
            onboarding_id,
            ..
        } => {
            (connector.is_some() && connector_id == connector) || (onboarding.is_some() && onboarding_id == onboarding)
        }
        _ => false,
    });
    let row = |link: Link| LinkRow {
        badge: standing(&signed_in.visitor, &link, now),
        revoke: link
            .is_open(now)
            .then(|| format!("/admin/tenants/{code}/hand-over/{}/revoke", link.id)),
        created_at: link.created_at,
        expires_at: link.expires_at,
        note: link.note,
    };
    Ok(mine.map(row).take(20).collect())
}

fn standing(visitor: &Visitor, link: &Link, now: Timestamp) -> Badge {
    let (tone, key) = if link.used_at.is_some() {
        (Tone::Good, "connectors.link_used")
    } else if link.revoked_at.is_some() {
        (Tone::Neutral, "connectors.link_revoked")
    } else if link.is_open(now) {
        (Tone::Info, "connectors.link_open")
    } else {
        (Tone::Neutral, "connectors.link_expired")
    };
    Badge {
        tone,
        text: visitor.text(key),
    }
}

pub(in crate::pages) fn note_field(visitor: &Visitor, typed: Option<&str>) -> Field {
    Field::new("note", visitor.text("connectors.link_note"))
        .hint(visitor.text("connectors.link_note_hint"))
        .value(typed.unwrap_or_default())
        .required()
}

pub(in crate::pages) fn days_field(visitor: &Visitor, typed: Option<&str>) -> Field {
    Field::new("days", visitor.text("connectors.link_days"))
        .hint(visitor.text("connectors.link_days_hint"))
        .kind("number")
        .value(typed.unwrap_or(DAYS))
        .required()
}

#[derive(Template)]
#[template(path = "pages/connectors/handed.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    /// The link, once; none while the form has mistakes.
    link: Option<String>,
    expires_at: Option<Timestamp>,
    account: String,
    note: Field,
    days: Field,
    connector: String,
    onboarding: String,
    action: String,
    back: String,
}

/// Which account a link leads to.
struct Target {
    connector: Option<ConnectorId>,
    onboarding: Option<OnboardingId>,
    account: String,
    back: String,
}

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(code): Path<String>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let target = target(&tenant, &setup, &posted).await?;
    let visitor = &signed_in.visitor;
    let mut note = note_field(visitor, Some(posted.get("note")));
    let mut days = days_field(visitor, Some(posted.get("days")));
    let length = posted.get("note").chars().count();
    if length == 0 || length > NOTE || posted.get("note").chars().any(char::is_control) {
        note = note.error(Some(visitor.text("connectors.link_note_wrong")));
    }
    let lifetime = posted.number("days").filter(|days| (1..=30).contains(days));
    if lifetime.is_none() {
        days = days.error(Some(visitor.text("connectors.link_days_wrong")));
    }
    let mut page = Page {
        tabs: tenant::tabs(&signed_in, &tenant, "connectors"),
        frame: tenant::frame(
            &signed_in,
            &tenant,
            "connectors.link_title",
            crumbs(&signed_in, &tenant),
        ),
        link: None,
        expires_at: None,
        account: target.account,
        connector: posted.get("connector").to_owned(),
        onboarding: posted.get("onboarding").to_owned(),
        action: format!("/admin/tenants/{}/hand-over", tenant.tenant().code),
        back: target.back,
        note,
        days,
    };
    let Some(lifetime) = lifetime.filter(|_| page.note.error.is_none()) else {
        return Ok(signed_in.again(&page));
    };
    let lifetime = Duration::from_secs(u64::from(lifetime) * DAY);
    let made = setup.hand_over(target.connector, target.onboarding, posted.get("note"), lifetime);
    match made.await {
        Ok((link, token)) => {
            let path = format!("/admin/hand-over/{}", token.expose_secret());
            page.link = Some(console.site.public_url.at(&path));
            page.expires_at = Some(link.expires_at);
            Ok(signed_in.page(&page))
        }
        Err(error @ OperatorError::Lifetime) => {
            page.days.error = Some(visitor.say(&error.text()));
            Ok(signed_in.again(&page))
        }
        Err(error @ OperatorError::Name) => {
            page.note.error = Some(visitor.say(&error.text()));
            Ok(signed_in.again(&page))
        }
        Err(error) => Err(error.into()),
    }
}

/// Only an account of this tenant.
async fn target(tenant: &TenantAccess, setup: &Setup, posted: &Posted) -> Result<Target, Refusal> {
    let code = &tenant.tenant().code;
    if let Some(id) = posted.some("connector") {
        let connector = tenant.connector(super::id(&id)?).await?;
        return Ok(Target {
            connector: Some(connector.id),
            onboarding: None,
            account: connector.name.clone(),
            back: super::url(code, connector.id),
        });
    }
    let onboarding = setup.onboarding(super::id(posted.get("onboarding"))?).await?;
    // Without a kind nobody knows what to ask for.
    if onboarding.kind.is_none() {
        return Err(Refusal::NotFound);
    }
    Ok(Target {
        connector: None,
        onboarding: Some(onboarding.id),
        account: tenant.tenant().name.clone(),
        back: format!("/admin/onboarding/{code}/{}/secret", onboarding.id),
    })
}

fn crumbs(signed_in: &SignedIn, tenant: &TenantAccess) -> Vec<Crumb> {
    vec![Crumb {
        label: signed_in.visitor.text("connectors.title"),
        url: Some(format!("/admin/tenants/{}/connectors", tenant.tenant().code)),
    }]
}
