//! Agencies: whom tenants and operators belong to.

use axum::extract::Path;
use hufu_core::ids::AgencyId;
use hufu_core::model;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Page, created, limit, part};
use super::asked::{Asked, Body, id};
use super::caller::Caller;
use super::etag::{IfMatch, IfNoneMatch, of_version, tagged};
use super::names::{Status, Time};
use super::told::{placed, stale};
use crate::http::Answer;

/// Who looks after tenants.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Agency {
    /// Identifier.
    id: String,
    /// Name for people.
    name: String,
    /// Disabled: its operators and keys are out; its tenants' logins go on.
    status: Status,
    /// When it was added.
    created_at: Time,
    /// Counts changes; the ETag.
    version: u32,
}

/// An agency to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAgency {
    /// Name for people.
    name: String,
}

/// What can be changed of an agency, all of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AgencyChange {
    /// Name for people.
    name: String,
    /// `active` or `disabled`.
    status: Status,
}

/// Which part of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AgenciesAsked {
    /// Agencies younger than this one.
    #[param(value_type = Option<String>)]
    after: Option<AgencyId>,
    /// How many at most: 1 to 200, else 50.
    limit: Option<u32>,
}

fn shown(agency: &model::Agency) -> Agency {
    Agency {
        id: agency.id.to_string(),
        name: agency.name.clone(),
        status: agency.status.into(),
        created_at: agency.created_at.into(),
        version: agency.version,
    }
}

/// Lists agencies, oldest first
#[utoipa::path(get, path = "/agencies", tag = "agencies", params(AgenciesAsked),
    responses((status = 200, description = "A part of the list.", body = Page<Agency>)))]
pub(super) async fn list_agencies(caller: Caller, Asked(asked): Asked<AgenciesAsked>) -> Answer {
    let platform = caller.access.platform()?;
    let most = limit(asked.limit, 50, 200)?;
    let mut found = platform.agencies(asked.after, most as u64 + 1).await?;
    let has_more = found.len() > most;
    found.truncate(most);
    let kept = [("limit", asked.limit.map(|limit| limit.to_string()).unwrap_or_default())];
    let last = found.last().filter(|_| has_more);
    Ok(Page {
        next: last.map(|last| part("/agencies", &kept, "after", &last.id)),
        ..Page::whole(found.iter().map(shown))
    }
    .answer())
}

/// Adds an agency
#[utoipa::path(post, path = "/agencies", tag = "agencies", request_body = NewAgency,
    responses((status = 201, description = "The new agency.", body = Agency, headers(("Location"), ("ETag")))))]
pub(super) async fn add_agency(caller: Caller, Body(new): Body<NewAgency>) -> Answer {
    let agency = caller.access.platform()?.add_agency(&new.name).await.map_err(placed)?;
    let answer = created(&format!("/agencies/{}", agency.id), &shown(&agency));
    Ok(tagged(agency.version, answer))
}

/// Reads an agency
#[utoipa::path(get, path = "/agencies/{id}", tag = "agencies",
    responses((status = 200, description = "The agency.", body = Agency, headers(("ETag")))))]
pub(super) async fn get_agency(caller: Caller, Path(agency): Path<String>, known: IfNoneMatch) -> Answer {
    let agency = caller.access.platform()?.agency(id(&agency)?).await?;
    Ok(known.answer(agency.version, &shown(&agency)))
}

/// Changes an agency
#[utoipa::path(put, path = "/agencies/{id}", tag = "agencies", request_body = AgencyChange,
    responses((status = 200, description = "The agency as it is now.", body = Agency, headers(("ETag")))))]
pub(super) async fn put_agency(
    caller: Caller,
    Path(agency): Path<String>,
    if_match: IfMatch,
    Body(change): Body<AgencyChange>,
) -> Answer {
    let platform = caller.access.platform()?;
    let before = platform.agency(id(&agency)?).await?;
    let expected = if_match.over(before.version)?;
    let status = change.status.settled()?;
    let changed = platform.change_agency(before.id, &change.name, status, expected).await;
    let changed = changed.map_err(|refusal| stale(placed(refusal)))?;
    Ok(of_version(changed.version, &shown(&changed)))
}
