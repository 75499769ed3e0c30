//! `GET /admin/tenants/{code}/same-people`: subjects that may be one person, and `POST …/{pair}`: what somebody says
//! of two of them.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::manage::SamePerson;

use super::subject;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::pages::tenant;
use crate::ui::{Crumb, Frame, Tab, Tone};

struct Row {
    /// Both subjects, as the address has them.
    pair: String,
    one: String,
    other: String,
    connector: String,
    external_id: String,
    union_id: String,
    at: Timestamp,
    version: u32,
}

#[derive(Template)]
#[template(path = "pages/people/same.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    code: String,
    rows: Vec<Row>,
    may_care: bool,
    now: Timestamp,
}

pub(super) async fn get(signed_in: SignedIn, Path(code): Path<String>) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let conflicts = tenant.people()?.conflicts().await?;
    let connectors = tenant.connectors().await?;
    let rows = conflicts.into_iter().map(|conflict| {
        let connector = connectors
            .iter()
            .find(|connector| connector.id == conflict.connector_id);
        Row {
            pair: format!("{}.{}", conflict.subject_id, conflict.other_id),
            one: conflict.subject_id.to_string(),
            other: conflict.other_id.to_string(),
            connector: connector.map_or_else(|| conflict.connector_id.to_string(), |known| known.name.clone()),
            external_id: conflict.external_id,
            union_id: conflict.union_id,
            at: conflict.at,
            version: conflict.version,
        }
    });
    let rows = rows.collect();
    let crumb = Crumb {
        label: signed_in.visitor.text("tenant.tab_people"),
        url: Some(format!("/admin/tenants/{code}/people")),
    };
    Ok(signed_in.page(&Page {
        frame: tenant::frame(&signed_in, &tenant, "people.same_title", vec![crumb]),
        tabs: tenant::tabs(&signed_in, &tenant, "people"),
        rows,
        may_care: tenant.care().is_ok(),
        now: tenant.overview().now(),
        code,
    }))
}

/// Field `keep`: the subject that stays, or `both`.
pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, pair)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let care = tenant.care()?;
    let (one, other) = pair.split_once('.').ok_or(Refusal::NotFound)?;
    let pair = (subject(one)?, subject(other)?);
    let (decision, text) = match posted.get("keep") {
        "both" => (SamePerson::Apart, "people.same_kept"),
        keep => (SamePerson::Into(subject(keep)?), "people.same_merged"),
    };
    care.settle(pair, decision, posted.version()).await?;
    let url = format!("/admin/tenants/{code}/same-people");
    Ok(flash_to(&console, Tone::Good, &signed_in.visitor.text(text), &url))
}
