//! Keys of this API.

use axum::extract::Path;
use hufu_core::ids::AgencyId;
use hufu_core::model;
use hufu_core::secret::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Page, done, made};
use super::asked::{Body, id};
use super::caller::Caller;
use super::links::seconds;
use super::names::Time;
use super::seats::{Seat, at_seat};
use super::told::told_of_staff;
use crate::http::Answer;

/// A key of this API, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApiKey {
    /// Identifier.
    id: String,
    /// Its name; in the audit log as `api-key:{name}`.
    name: String,
    /// Its last four characters.
    hint: String,
    /// What it may do, and where.
    seat: Seat,
    /// The agency it belongs to; null: the platform.
    agency_id: Option<String>,
    /// Whether it may only read.
    read_only: bool,
    /// Who made it, as the audit log names them.
    created_by: String,
    /// When it was made.
    created_at: Time,
    /// Until when it works.
    expires_at: Time,
    /// When it was last used, to the minute.
    last_used_at: Option<Time>,
    /// When it was revoked.
    revoked_at: Option<Time>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApiKeyWithText {
    /// The key.
    api_key: ApiKey,
    /// Its text, answered this once.
    text: String,
}

/// A key to make. Its seat reaches no further than that of the key that makes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewApiKey {
    /// Its name, for people and the audit log.
    name: String,
    /// What it may do, and where.
    seat: Seat,
    /// The agency it belongs to; left out by an agency's own key.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    agency_id: Option<AgencyId>,
    /// Whether it may only read.
    read_only: bool,
    /// How long it works: 60 to 31622400 (366 days).
    lifetime_seconds: u64,
}

fn shown(key: &model::ApiKey) -> ApiKey {
    ApiKey {
        id: key.id.to_string(),
        name: key.name.clone(),
        hint: key.hint.clone(),
        seat: Seat::from(&key.seat),
        agency_id: key.agency_id.map(|id| id.to_string()),
        read_only: key.read_only,
        created_by: key.created_by.clone(),
        created_at: key.created_at.into(),
        expires_at: key.expires_at.into(),
        last_used_at: key.last_used_at.map(Time),
        revoked_at: key.revoked_at.map(Time),
    }
}

/// Lists keys of this API, oldest first
#[utoipa::path(get, path = "/api-keys", tag = "api-keys",
    responses((status = 200, description = "All keys, those that are over too.", body = Page<ApiKey>)))]
pub(super) async fn list_api_keys(caller: Caller) -> Answer {
    let all = caller.access.staff()?.keys().await?;
    Ok(Page::whole(all.iter().map(shown)).answer())
}

/// Makes a key of this API
#[utoipa::path(post, path = "/api-keys", tag = "api-keys", request_body = NewApiKey,
    responses((status = 201, description = "The key and its text, this once.", body = ApiKeyWithText)))]
pub(super) async fn add_api_key(caller: Caller, Body(new): Body<NewApiKey>) -> Answer {
    let staff = caller.access.staff()?;
    let (seat, lifetime) = (new.seat.checked()?, seconds(new.lifetime_seconds));
    let added = staff.add_key(
        Caller::confirmed(),
        &new.name,
        seat,
        new.agency_id,
        new.read_only,
        lifetime,
    );
    let (key, text) = added.await.map_err(at_seat)?.map_err(told_of_staff)?;
    Ok(made(&ApiKeyWithText {
        api_key: shown(&key),
        text: text.expose_secret().to_owned(),
    }))
}

/// Revokes a key of this API, at once; again is no error
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "api-keys",
    responses((status = 204, description = "It no longer works.")))]
pub(super) async fn revoke_api_key(caller: Caller, Path(key): Path<String>) -> Answer {
    caller.access.staff()?.revoke_key(id(&key)?).await?;
    Ok(done())
}
