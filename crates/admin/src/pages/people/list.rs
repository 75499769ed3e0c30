//! `GET /admin/tenants/{code}/people`: search as you type, newest first.

use askama::Template;
use axum::extract::{Path, Query};
use hufu_core::clock::Timestamp;
use hufu_core::store::{Person, PersonFilter};
use serde::Deserialize;

use crate::http::{Answer, SignedIn};
use crate::pages::tenant;
use crate::ui::{Frame, Pager, Tab};

const PAGE: usize = 50;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    /// The last subject of the page before.
    before: String,
}

struct Row {
    sub: String,
    /// By which people know them; the subject when they showed no name.
    name: Option<String>,
    is_active: bool,
    identities: usize,
    last_seen: Option<Timestamp>,
    created_at: Timestamp,
}

#[derive(Template)]
#[template(path = "pages/people/list.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    code: String,
    asked: Asked,
    rows: Vec<Row>,
    /// Of how many pairs somebody must say whether they are one person.
    doubtful: usize,
    pager: Pager,
    now: Timestamp,
}

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let people = tenant.people()?;
    let filter = PersonFilter {
        text: asked.q.trim().to_owned(),
        before: asked.before.parse().ok(),
    };
    let mut found = people.list(&filter, PAGE as u64 + 1).await?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    Ok(signed_in.page(&Page {
        frame: tenant::frame(&signed_in, &tenant, "tenant.tab_people", Vec::new()),
        tabs: tenant::tabs(&signed_in, &tenant, "people"),
        pager: pager(&code, &asked, &filter, &found, has_more),
        rows: found.iter().map(row).collect(),
        doubtful: people.conflicts().await?.len(),
        now: tenant.overview().now(),
        asked,
        code,
    }))
}

/// Backwards it begins anew: pages are keyed by who comes after.
fn pager(code: &str, asked: &Asked, filter: &PersonFilter, found: &[Person], has_more: bool) -> Pager {
    let url = |before: Option<String>| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &asked.q);
        query.extend_pairs(before.map(|before| ("before", before)));
        format!("/admin/tenants/{code}/people?{}", query.finish())
    };
    Pager {
        newer: filter.before.map(|_| url(None)),
        older: found
            .last()
            .filter(|_| has_more)
            .map(|last| url(Some(last.id.to_string()))),
        note: String::new(),
    }
}

fn row(person: &Person) -> Row {
    let profiles = person
        .identities
        .iter()
        .filter_map(|known| known.identity.profile.as_ref());
    Row {
        sub: person.id.to_string(),
        name: profiles
            .filter_map(|profile| profile.name.clone())
            .find(|name| !name.trim().is_empty()),
        is_active: person.status.is_active(),
        identities: person.identities.len(),
        last_seen: person.identities.iter().map(|known| known.last_seen).max(),
        created_at: person.created_at,
    }
}
