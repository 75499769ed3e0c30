//! Invitations: links by which people become operators.

use axum::extract::{Path, State};
use hufu_core::ids::AgencyId;
use hufu_core::model::{self, Purpose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Page, done, made};
use super::asked::{Body, id};
use super::caller::Caller;
use super::links::{self, Link, LinkWithUrl, seconds};
use super::seats::{Seat, at_seat};
use super::told::told_of_staff;
use crate::console::Console;
use crate::http::Answer;

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Invitation {
    /// What whoever takes it may do, and where.
    seat: Option<Seat>,
    /// The agency they will belong to; null: the platform.
    agency_id: Option<String>,
    /// The link.
    #[serde(flatten)]
    link: Link,
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewInvitation {
    /// What they may do, and where.
    seat: Seat,
    /// The agency they will belong to; left out by an agency's own key.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    agency_id: Option<AgencyId>,
    /// Whom it is for, in your words.
    #[serde(default)]
    note: String,
    /// How long the link works: 60 to 2592000 (30 days).
    lifetime_seconds: u64,
}

/// Lists invitations, newest first
#[utoipa::path(get, path = "/invitations", tag = "operators",
    responses((status = 200, description = "All invitations, those that are over too.", body = Page<Invitation>)))]
pub(super) async fn list_invitations(caller: Caller) -> Answer {
    let now = caller.access.overview().now();
    let all = caller.access.staff()?.links().await?;
    let shown = |link: &model::Link| {
        let (seat, agency_id) = match &link.purpose {
            Purpose::Invitation { seat, agency_id } => (Some(Seat::from(seat)), agency_id.map(|id| id.to_string())),
            _ => (None, None),
        };
        Invitation {
            seat,
            agency_id,
            link: links::shown(link, now),
        }
    };
    Ok(Page::whole(all.iter().map(shown)).answer())
}

/// Invites somebody to the console
#[utoipa::path(post, path = "/invitations", tag = "operators", request_body = NewInvitation,
    responses((status = 201, description = "The link and its address, this once.", body = LinkWithUrl)))]
pub(super) async fn add_invitation(
    State(console): State<Console>,
    caller: Caller,
    Body(new): Body<NewInvitation>,
) -> Answer {
    let staff = caller.access.staff()?;
    let lifetime = seconds(new.lifetime_seconds);
    let seat = new.seat.checked()?;
    let invited = staff
        .invite(Caller::confirmed(), seat, new.agency_id, &new.note, lifetime)
        .await;
    let (link, token) = invited.map_err(at_seat)?.map_err(told_of_staff)?;
    Ok(made(&links::with_url(&console, "/admin/invitation", &link, &token)))
}

/// Takes an invitation back
#[utoipa::path(delete, path = "/invitations/{id}", tag = "operators",
    responses((status = 204, description = "It no longer works.")))]
pub(super) async fn revoke_invitation(caller: Caller, Path(link): Path<String>) -> Answer {
    caller.access.staff()?.revoke_link(id(&link)?).await?;
    Ok(done())
}
