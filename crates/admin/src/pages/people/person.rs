//! `GET /admin/tenants/{code}/people/{sub}`.

use askama::Template;
use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::store::PersonIdentity;

use super::{sessions, subject};
use crate::http::{Answer, SignedIn};
use crate::pages::home::figures;
use crate::pages::tenant;
use crate::ui::{Crumb, Frame, Tab};

struct Row {
    /// Unique on the page.
    id: String,
    connector: String,
    connector_url: String,
    external_id: String,
    union_id: Option<String>,
    name: Option<String>,
    /// Shown as text: a picture from outside would tell its host who is looked at.
    picture: Option<String>,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

#[derive(Template)]
#[template(path = "pages/people/person.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    code: String,
    sub: String,
    is_active: bool,
    created_at: Timestamp,
    logins: String,
    /// The subject that they turned out to be.
    merged_into: Option<String>,
    rows: Vec<Row>,
    /// Where they are signed in: the newest, and how many there are.
    sessions: Vec<sessions::Row>,
    sessions_all: usize,
    may_care: bool,
    now: Timestamp,
}

pub(super) async fn get(signed_in: SignedIn, Path((code, sub)): Path<(String, String)>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let person = tenant.people()?.person(subject(&sub)?).await?;
    let (sessions, sessions_all) = sessions::rows(&signed_in.visitor, &tenant, person.id).await?;
    let connectors = tenant.connectors().await?;
    let row = |(at, known): (usize, &PersonIdentity)| {
        let connector = connectors.iter().find(|connector| connector.id == known.connector_id);
        let profile = known.identity.profile.clone().unwrap_or_default();
        Row {
            id: format!("identity{at}"),
            connector: connector.map_or_else(|| known.connector_id.to_string(), |connector| connector.name.clone()),
            connector_url: format!("/admin/tenants/{code}/connectors/{}", known.connector_id),
            external_id: known.identity.external_id.clone(),
            union_id: known.identity.union_id.clone(),
            name: profile.name.filter(|name| !name.trim().is_empty()),
            picture: profile.picture.filter(|picture| !picture.is_empty()),
            first_seen: known.first_seen,
            last_seen: known.last_seen,
        }
    };
    let rows: Vec<Row> = person.identities.iter().enumerate().map(row).collect();
    let crumb = Crumb {
        label: signed_in.visitor.text("tenant.tab_people"),
        url: Some(format!("/admin/tenants/{code}/people")),
    };
    let mut frame = tenant::frame(&signed_in, &tenant, "people.person", vec![crumb]);
    if let Some(name) = rows.iter().find_map(|row| row.name.clone()) {
        if let Some(last) = frame.crumbs.last_mut() {
            last.label.clone_from(&name);
        }
        frame.title = name;
    }
    Ok(signed_in.page(&Page {
        frame,
        tabs: tenant::tabs(&signed_in, &tenant, "people"),
        is_active: person.status.is_active(),
        created_at: person.created_at,
        logins: figures::logins(Some(&tenant.tenant().code), &[("subject", &sub)]),
        merged_into: person.merged_into.map(|id| id.to_string()),
        rows,
        sessions,
        sessions_all,
        may_care: tenant.care().is_ok(),
        now: tenant.overview().now(),
        code,
        sub,
    }))
}
