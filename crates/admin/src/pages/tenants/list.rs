//! `GET /admin/tenants`: search as you type, by code, name or AppID.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Query;
use hufu_core::clock::Timestamp;
use hufu_core::ids::TenantId;
use hufu_core::model::{Health, HealthState, Status, TenantCode};
use hufu_core::store::{TenantFilter, TenantSummary};
use serde::Deserialize;

use crate::http::{Answer, SignedIn};
use crate::ui::{Frame, Pager, Tone};

const PAGE: usize = 50;

/// The query of the page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    status: String,
    after: String,
    before: String,
}

/// A tenant's badge.
struct Badge {
    tone: Tone,
    text: String,
}

struct Row {
    summary: TenantSummary,
    badge: Badge,
}

#[derive(Template)]
#[template(path = "pages/tenants/list.html")]
struct Page {
    frame: Frame,
    asked: Asked,
    rows: Vec<Row>,
    all: u64,
    now: Timestamp,
    pager: Pager,
    may_add: bool,
    may_switch: bool,
}

pub(super) async fn get(signed_in: SignedIn, Query(asked): Query<Asked>) -> Answer {
    let overview = signed_in.access.overview();
    let code = |text: &str| text.parse::<TenantCode>().ok();
    let filter = TenantFilter {
        text: asked.q.trim().to_owned(),
        status: status_of(&asked.status),
        after: code(&asked.after),
        before: code(&asked.before),
    };
    // One more than is shown: so it is known whether there is a further page.
    let mut found = overview.tenants(&filter, PAGE as u64 + 1).await?;
    let has_more = found.len() > PAGE;
    if filter.before.is_some() && has_more {
        found.remove(0);
    }
    found.truncate(PAGE);
    let health = overview
        .health_of(found.iter().map(|summary| summary.tenant.id).collect())
        .await?;
    let worst = worst_of(&health);
    // A role either may suspend or not, whichever the tenant.
    let may_switch = match found.first() {
        Some(first) => signed_in
            .access
            .tenant(first.tenant.code.as_str())
            .await?
            .switch()
            .is_ok(),
        None => false,
    };
    let pager = pager(&asked, &filter, &found, has_more);
    let rows = found.into_iter().map(|summary| {
        let badge = badge(&signed_in, &summary, worst.get(&summary.tenant.id).copied());
        Row { summary, badge }
    });
    Ok(signed_in.page(&Page {
        rows: rows.collect(),
        all: overview.count_tenants().await?,
        now: overview.now(),
        may_add: signed_in.access.onboarding().is_ok(),
        may_switch,
        pager,
        frame: signed_in.frame("tenants", "tenants.title", Vec::new()),
        asked,
    }))
}

fn status_of(text: &str) -> Option<Status> {
    match text {
        "active" => Some(Status::Active),
        "disabled" => Some(Status::Disabled),
        _ => None,
    }
}

fn worst_of(health: &[Health]) -> HashMap<TenantId, HealthState> {
    let mut worst = HashMap::new();
    for one in health {
        let known = worst.entry(one.tenant_id).or_insert(one.state);
        let is_worse = one.state == HealthState::Bad || *known == HealthState::Good;
        if is_worse {
            *known = one.state;
        }
    }
    worst
}

/// Suspended before all: then nothing else matters.
fn badge(signed_in: &SignedIn, summary: &TenantSummary, health: Option<HealthState>) -> Badge {
    let (tone, key) = if !summary.tenant.status.is_active() {
        (Tone::Neutral, "tenants.badge_suspended")
    } else if summary.live_connectors == 0 {
        (Tone::Info, "tenants.badge_not_live")
    } else {
        match health {
            None => (Tone::Neutral, "tenants.badge_unchecked"),
            Some(HealthState::Good) => (Tone::Good, "tenants.badge_good"),
            Some(HealthState::Uncertain) => (Tone::Warn, "tenants.badge_uncertain"),
            Some(HealthState::Bad) => (Tone::Bad, "tenants.badge_bad"),
        }
    };
    Badge {
        tone,
        text: signed_in.visitor.text(key),
    }
}

fn pager(asked: &Asked, filter: &TenantFilter, found: &[TenantSummary], has_more: bool) -> Pager {
    let url = |name: &str, code: &TenantCode| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &asked.q)
            .append_pair("status", &asked.status)
            .append_pair(name, code.as_str())
            .finish();
        format!("/admin/tenants?{query}")
    };
    let is_first = filter.after.is_none() && (filter.before.is_none() || !has_more);
    let is_last = filter.before.is_none() && !has_more;
    Pager {
        newer: found
            .first()
            .filter(|_| !is_first)
            .map(|row| url("before", &row.tenant.code)),
        older: found
            .last()
            .filter(|_| !is_last)
            .map(|row| url("after", &row.tenant.code)),
        note: String::new(),
    }
}
