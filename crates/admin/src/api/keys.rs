//! Signing keys of a tenant.

use axum::extract::{Path, State};
use hufu_core::manage::{RotationPolicy, key_due_at};
use hufu_core::model;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::{Page, done, made};
use super::asked::{Body, id};
use super::caller::Caller;
use super::names::{Algorithm, KeyState, Time};
use super::told::told;
use crate::console::Console;
use crate::http::Answer;

/// A key that signs a tenant's ID tokens; never its private half.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SigningKey {
    /// The `kid`.
    id: String,
    /// Algorithm.
    algorithm: Algorithm,
    /// Stage.
    state: KeyState,
    /// The public half, as the JWKS serves it.
    #[schema(value_type = Object)]
    public_jwk: Value,
    /// When it was made.
    created_at: Time,
    /// Since when it is in its stage.
    changed_at: Time,
    /// When it moves on by itself: a pending key signs, the next of an active one is made, a retired one is deleted;
    /// null: it does not.
    due_at: Option<Time>,
}

/// A key to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSigningKey {
    /// Algorithm.
    algorithm: Algorithm,
}

fn shown(key: &model::SigningKey, keys: &[model::SigningKey], policy: &RotationPolicy) -> SigningKey {
    SigningKey {
        id: key.id.to_string(),
        algorithm: key.private.algorithm.into(),
        state: key.state.into(),
        public_jwk: key.public_jwk.clone(),
        created_at: key.created_at.into(),
        changed_at: key.changed_at.into(),
        due_at: key_due_at(key, keys, policy).map(Time),
    }
}

/// Lists the signing keys of a tenant, oldest first
#[utoipa::path(get, path = "/tenants/{code}/keys", tag = "keys",
    responses((status = 200, description = "All keys.", body = Page<SigningKey>)))]
pub(super) async fn list_keys(State(console): State<Console>, caller: Caller, Path(code): Path<String>) -> Answer {
    let all = caller.access.tenant(&code).await?.keys().await?;
    Ok(Page::whole(all.iter().map(|key| shown(key, &all, &console.rotation))).answer())
}

/// Adds the next signing key: it is published, and signs once it is activated
#[utoipa::path(post, path = "/tenants/{code}/keys", tag = "keys", request_body = NewSigningKey,
    responses((status = 201, description = "The new key, pending.", body = SigningKey)))]
pub(super) async fn add_key(
    State(console): State<Console>,
    caller: Caller,
    Path(code): Path<String>,
    Body(new): Body<NewSigningKey>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let key = tenant.setup()?.add_key(new.algorithm.0).await.map_err(told)?;
    Ok(made(&shown(&key, &tenant.keys().await?, &console.rotation)))
}

/// Lets a pending signing key sign; the one before it retires
#[utoipa::path(post, path = "/tenants/{code}/keys/{id}/activate", tag = "keys",
    responses((status = 204, description = "It signs from now on.")))]
pub(super) async fn activate_key(caller: Caller, Path((code, key)): Path<(String, String)>) -> Answer {
    let setup = caller.access.tenant(&code).await?.setup()?;
    setup.activate_key(id(&key)?).await.map_err(told)?;
    Ok(done())
}

/// Replaces a signing key that leaked: every token that the old ones of this algorithm signed is worthless at once
#[utoipa::path(post, path = "/tenants/{code}/keys/replace", tag = "keys", request_body = NewSigningKey,
    responses((status = 201, description = "The new key, active.", body = SigningKey)))]
pub(super) async fn replace_key(
    State(console): State<Console>,
    caller: Caller,
    Path(code): Path<String>,
    Body(new): Body<NewSigningKey>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let key = setup
        .replace_key(Caller::confirmed(), new.algorithm.0)
        .await
        .map_err(told)?;
    Ok(made(&shown(&key, &tenant.keys().await?, &console.rotation)))
}

/// Deletes a signing key that no longer signs
#[utoipa::path(delete, path = "/tenants/{code}/keys/{id}", tag = "keys",
    responses((status = 204, description = "It is no longer published.")))]
pub(super) async fn delete_key(caller: Caller, Path((code, key)): Path<(String, String)>) -> Answer {
    let setup = caller.access.tenant(&code).await?.setup()?;
    setup.delete_key(id(&key)?).await.map_err(told)?;
    Ok(done())
}
