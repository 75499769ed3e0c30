//! The key itself.

use hufu_core::model::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::ok;
use super::caller::Caller;
use super::names::Time;
use super::seats::Seat;
use crate::http::Answer;

/// The key that asks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// Identifier.
    id: String,
    /// Its name; in the audit log as `api-key:{name}`.
    name: String,
    /// What it may do, and where.
    seat: Seat,
    /// The agency it belongs to; null: the platform.
    agency_id: Option<String>,
    /// Whether it may only read.
    read_only: bool,
    /// Until when it works.
    expires_at: Time,
}

fn shown(key: &ApiKey) -> Me {
    Me {
        id: key.id.to_string(),
        name: key.name.clone(),
        seat: Seat::from(&key.seat),
        agency_id: key.agency_id.map(|id| id.to_string()),
        read_only: key.read_only,
        expires_at: key.expires_at.into(),
    }
}

/// Says what the key may do
#[utoipa::path(get, path = "/me", tag = "about",
    responses((status = 200, description = "The key that asks.", body = Me)))]
pub(super) async fn get_me(caller: Caller) -> Answer {
    Ok(ok(&shown(&caller.key)))
}
