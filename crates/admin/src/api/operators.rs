//! Operators: the people of the console. Programs give nobody a new password: a key that leaked must not become a
//! person.

use axum::extract::Path;
use hufu_core::ids::OperatorId;
use hufu_core::manage::OperatorEdit;
use hufu_core::model;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Page, limit, part};
use super::asked::{Asked, Body, id};
use super::caller::Caller;
use super::etag::{IfMatch, IfNoneMatch, of_version};
use super::names::{Status, Time};
use super::seats::{Seat, at_seat};
use super::told::{placed, stale};
use crate::http::Answer;

/// A person of the console.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Operator {
    /// Identifier.
    id: String,
    /// By which they sign in.
    login: String,
    /// Name for people.
    name: String,
    /// What they may do, and where.
    seat: Seat,
    /// The agency they belong to; null: the platform.
    agency_id: Option<String>,
    /// Whether they may sign in.
    status: Status,
    /// Whether they have a second factor.
    second_factor: bool,
    /// When they were added.
    created_at: Time,
    /// When they last signed in.
    last_login_at: Option<Time>,
    /// Counts changes; the ETag.
    version: u32,
}

/// What can be changed of an operator, all of it. Who is disabled or gets another seat is signed out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OperatorChange {
    /// Name for people.
    name: String,
    /// What they may do, and where.
    seat: Seat,
    /// `active` or `disabled`.
    status: Status,
}

/// Which part of a list that is read forwards, oldest first.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OperatorsAsked {
    /// Operators younger than this one.
    #[param(value_type = Option<String>)]
    after: Option<OperatorId>,
    /// How many at most: 1 to 200, else 50.
    limit: Option<u32>,
}

fn shown(operator: &model::Operator) -> Operator {
    Operator {
        id: operator.id.to_string(),
        login: operator.login.to_string(),
        name: operator.name.clone(),
        seat: Seat::from(&operator.seat),
        agency_id: operator.agency_id.map(|id| id.to_string()),
        status: operator.status.into(),
        second_factor: operator.totp.is_some(),
        created_at: operator.created_at.into(),
        last_login_at: operator.last_login_at.map(Time),
        version: operator.version,
    }
}

/// Lists operators, oldest first
#[utoipa::path(get, path = "/operators", tag = "operators", params(OperatorsAsked),
    responses((status = 200, description = "A part of the list.", body = Page<Operator>)))]
pub(super) async fn list_operators(caller: Caller, Asked(asked): Asked<OperatorsAsked>) -> Answer {
    let staff = caller.access.staff()?;
    let most = limit(asked.limit, 50, 200)?;
    let mut found = staff.operators(asked.after, most as u64 + 1).await?;
    let has_more = found.len() > most;
    found.truncate(most);
    let kept = [("limit", asked.limit.map(|limit| limit.to_string()).unwrap_or_default())];
    let last = found.last().filter(|_| has_more);
    Ok(Page {
        next: last.map(|last| part("/operators", &kept, "after", &last.id)),
        ..Page::whole(found.iter().map(shown))
    }
    .answer())
}

/// Reads an operator
#[utoipa::path(get, path = "/operators/{id}", tag = "operators",
    responses((status = 200, description = "The operator.", body = Operator, headers(("ETag")))))]
pub(super) async fn get_operator(caller: Caller, Path(operator): Path<String>, known: IfNoneMatch) -> Answer {
    let operator = caller.access.staff()?.operator(id(&operator)?).await?;
    Ok(known.answer(operator.version, &shown(&operator)))
}

/// Changes an operator
#[utoipa::path(put, path = "/operators/{id}", tag = "operators", request_body = OperatorChange,
    responses((status = 200, description = "The operator as they are now.", body = Operator, headers(("ETag")))))]
pub(super) async fn put_operator(
    caller: Caller,
    Path(operator): Path<String>,
    if_match: IfMatch,
    Body(change): Body<OperatorChange>,
) -> Answer {
    let staff = caller.access.staff()?;
    let before = staff.operator(id(&operator)?).await?;
    let expected = if_match.over(before.version)?;
    let edit = OperatorEdit {
        name: change.name,
        seat: change.seat.checked()?,
        status: change.status.settled()?,
    };
    let changed = staff.change(Caller::confirmed(), before.id, edit, expected).await;
    let changed = changed.map_err(|refusal| stale(placed(at_seat(refusal))))?;
    Ok(of_version(changed.version, &shown(&changed)))
}
