//! Hand-over links: an account's owner enters its secrets, and nobody else sees them.

use axum::extract::{Path, State};
use hufu_core::ids::ConnectorId;
use hufu_core::model::{self, Purpose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Page, done, made};
use super::asked::{Body, id, wrong};
use super::caller::Caller;
use super::links::{self, Link, LinkWithUrl, seconds};
use super::told::told_of_staff;
use crate::console::Console;
use crate::http::{Answer, Refusal};

/// A link by which an account's owner enters its secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HandOverLink {
    /// The connector whose secrets are entered; null: one that is still being set up.
    connector_id: Option<String>,
    /// The link.
    #[serde(flatten)]
    link: Link,
}

/// A link to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHandOverLink {
    /// The connector whose secrets are to be entered.
    #[schema(value_type = String)]
    connector_id: ConnectorId,
    /// Whom it is for, in your words.
    #[serde(default)]
    note: String,
    /// How long it works: 60 to 2592000 (30 days).
    lifetime_seconds: u64,
}

/// Lists the hand-over links of a tenant, newest first
#[utoipa::path(get, path = "/tenants/{code}/hand-over-links", tag = "connectors",
    responses((status = 200, description = "All links, those that are over too.", body = Page<HandOverLink>)))]
pub(super) async fn list_hand_over_links(caller: Caller, Path(code): Path<String>) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let now = tenant.overview().now();
    let all = tenant.setup()?.hand_over_links().await.map_err(told_of_staff)?;
    let shown = |link: &model::Link| HandOverLink {
        connector_id: match &link.purpose {
            Purpose::HandOver { connector_id, .. } => connector_id.map(|id| id.to_string()),
            _ => None,
        },
        link: links::shown(link, now),
    };
    Ok(Page::whole(all.iter().map(shown)).answer())
}

/// Makes a link by which the owner of an account enters its secrets
#[utoipa::path(post, path = "/tenants/{code}/hand-over-links", tag = "connectors", request_body = NewHandOverLink,
    responses((status = 201, description = "The link and its address, this once.", body = LinkWithUrl)))]
pub(super) async fn add_hand_over_link(
    State(console): State<Console>,
    caller: Caller,
    Path(code): Path<String>,
    Body(new): Body<NewHandOverLink>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let connector = tenant.connector(new.connector_id).await.map_err(at_connector)?;
    let lifetime = seconds(new.lifetime_seconds);
    let added = setup.hand_over(Some(connector.id), None, &new.note, lifetime).await;
    let (link, token) = added.map_err(told_of_staff)?;
    Ok(made(&links::with_url(&console, "/admin/hand-over", &link, &token)))
}

/// Takes a hand-over link back
#[utoipa::path(delete, path = "/tenants/{code}/hand-over-links/{id}", tag = "connectors",
    responses((status = 204, description = "It no longer works.")))]
pub(super) async fn revoke_hand_over_link(caller: Caller, Path((code, link)): Path<(String, String)>) -> Answer {
    let setup = caller.access.tenant(&code).await?.setup()?;
    setup.revoke_hand_over(id(&link)?).await?;
    Ok(done())
}

/// The connector is named in the body: the path of the call is right.
fn at_connector(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::NotFound => {
            let (zh, en) = ("没有这个连接", "there is no such connector in this tenant");
            wrong("not_found", "/connector_id", zh, en)
        }
        other => other,
    }
}
