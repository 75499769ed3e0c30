//! Clients: the apps of a tenant.

use std::time::Duration;

use axum::extract::Path;
use hufu_core::clock::Timestamp;
use hufu_core::ids::ConnectorId;
use hufu_core::manage::{self, ClientEdit, ClientExtras, ManageError};
use hufu_core::model;
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::secret::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Page, created, done, made};
use super::asked::{Body, id, wrong};
use super::caller::Caller;
use super::etag::{IfMatch, IfNoneMatch, of_version, tagged};
use super::names::{Algorithm, ClientKind, Right, SnapshotPolicy, Status, Time, present};
use super::protocol::ClientProtocol;
use super::told::{stale, told};
use crate::http::{Answer, Refusal};

/// Old and new secret work together for 30 days at most.
const LONGEST_OVERLAP: u64 = 30 * 86_400;

/// An app that sends its users to a tenant's login.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Client {
    /// The `client_id`.
    id: String,
    /// Name for people.
    name: String,
    /// Whether it may be used.
    status: Status,
    /// Whether it can keep a secret.
    kind: ClientKind,
    /// Exact redirect URIs; the first is the login link's default.
    redirect_uris: Vec<String>,
    /// Exact URIs for after a logout.
    post_logout_redirect_uris: Vec<String>,
    /// Scopes it may ask for.
    scopes: Vec<String>,
    /// Ids of the connectors it may use; empty: all.
    connectors: Vec<String>,
    /// Algorithm of its ID tokens.
    id_token_alg: Algorithm,
    /// What happens to snapshot visitors.
    snapshot_policy: SnapshotPolicy,
    /// Life of its tokens in seconds; null: the installation's.
    token_seconds: Option<u32>,
    /// What it may do beside logging people in.
    rights: ClientRights,
    /// What it is allowed of the protocol.
    protocol: ClientProtocol,
    /// Its secrets: only what tells them apart.
    secrets: Vec<ClientSecret>,
    /// When it was added.
    created_at: Time,
    /// Counts changes; the ETag.
    version: u32,
}

/// What a client may do beside logging people in, and from where.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ClientRights {
    /// Which; none by default, and none for a public client.
    granted: Vec<Right>,
    /// Addresses or networks such as `10.0.0.0/8` from which they work; empty: any.
    networks: Vec<String>,
    /// Calls that may be relayed, each `METHOD /path`; a path that ends in `/*` stands for all below it.
    calls: Vec<String>,
    /// Whether the WeChat-shaped endpoints answer this client as `application/json` instead of WeChat's `text/plain`.
    json_answers: bool,
}

impl From<&model::Rights> for ClientRights {
    fn from(rights: &model::Rights) -> Self {
        Self {
            granted: rights.granted.iter().copied().map(Right).collect(),
            networks: rights.networks.clone(),
            calls: rights.calls.clone(),
            json_answers: rights.json_answers,
        }
    }
}

impl From<ClientRights> for model::Rights {
    fn from(rights: ClientRights) -> Self {
        Self {
            granted: rights.granted.into_iter().map(|right| right.0).collect(),
            networks: rights.networks,
            calls: rights.calls,
            json_answers: rights.json_answers,
        }
    }
}

/// One of a client's secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientSecret {
    /// When it was made; names it in its path.
    created_at: Time,
    /// From then on it is refused; null: no end.
    expires_at: Option<Time>,
    /// Its last four characters.
    hint: String,
}

/// A client and its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClientWithSecret {
    /// The client.
    client: Client,
    /// The secret, answered this once; null for a public client.
    secret: Option<String>,
}

/// A client to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewClient {
    /// Name for people.
    name: String,
    /// Whether it can keep a secret.
    kind: ClientKind,
    /// Exact redirect URIs, at least one.
    redirect_uris: Vec<String>,
    /// Exact URIs for after a logout.
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    /// Scopes it may ask for; empty: all but `offline_access`.
    #[serde(default)]
    scopes: Vec<String>,
    /// Ids of the connectors it may use; empty: all.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    connectors: Vec<ConnectorId>,
    /// Algorithm of its ID tokens; else RS256.
    #[serde(default)]
    id_token_alg: Option<Algorithm>,
    /// What happens to snapshot visitors; else they are refused.
    #[serde(default)]
    snapshot_policy: Option<SnapshotPolicy>,
    /// Life of its tokens in seconds, 60 to 86400; else the installation's.
    #[serde(default)]
    token_seconds: Option<u32>,
    /// What it may do beside logging people in; else nothing. A developer may not grant.
    #[serde(default)]
    rights: Option<ClientRights>,
    /// What it is allowed of the protocol; else what every client can live with.
    #[serde(default)]
    protocol: Option<ClientProtocol>,
}

/// What can be changed of a client, all of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientChange {
    /// Name for people.
    name: String,
    /// Exact redirect URIs, at least one.
    redirect_uris: Vec<String>,
    /// Exact URIs for after a logout.
    post_logout_redirect_uris: Vec<String>,
    /// Scopes it may ask for; empty: all but `offline_access`.
    scopes: Vec<String>,
    /// Ids of the connectors it may use; empty: all.
    #[schema(value_type = Vec<String>)]
    connectors: Vec<ConnectorId>,
    /// Algorithm of its ID tokens.
    id_token_alg: Algorithm,
    /// What happens to snapshot visitors.
    snapshot_policy: SnapshotPolicy,
    /// Life of its tokens in seconds, 60 to 86400; null: the installation's.
    #[serde(deserialize_with = "present")]
    #[schema(required = true)]
    token_seconds: Option<u32>,
    /// What it may do beside logging people in; left out: as it is. A developer may not grant.
    #[serde(default)]
    rights: Option<ClientRights>,
    /// What it is allowed of the protocol; left out: as it is.
    #[serde(default)]
    protocol: Option<ClientProtocol>,
}

/// How a new secret takes over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewClientSecret {
    /// How long the old ones work on beside the new one: 0 to 2592000.
    overlap_seconds: u64,
}

fn shown(client: &model::Client) -> Client {
    let secret = |secret: &model::ClientSecret| ClientSecret {
        created_at: secret.created_at.into(),
        expires_at: secret.expires_at.map(Time),
        hint: secret.hint.clone(),
    };
    Client {
        id: client.id.to_string(),
        name: client.name.clone(),
        status: client.status.into(),
        kind: client.kind.into(),
        redirect_uris: client.redirect_uris.clone(),
        post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
        scopes: client.scopes.iter().map(str::to_owned).collect(),
        connectors: client.connectors.iter().map(ToString::to_string).collect(),
        id_token_alg: client.id_token_alg.into(),
        snapshot_policy: client.snapshot_policy.into(),
        token_seconds: client.token_seconds,
        rights: (&client.rights).into(),
        protocol: (&client.protocol).into(),
        secrets: client.secrets.iter().map(secret).collect(),
        created_at: client.created_at.into(),
        version: client.version,
    }
}

fn with_secret(client: &model::Client, secret: Option<&SecretString>) -> ClientWithSecret {
    ClientWithSecret {
        client: shown(client),
        secret: secret.map(|secret| secret.expose_secret().to_owned()),
    }
}

/// A connector named in the body that does not exist: the path of the call is right.
fn at_body(error: ManageError) -> Refusal {
    match error {
        ManageError::NotFound { what: "connector" } => {
            let (zh, en) = ("没有这个连接", "there is no such connector in this tenant");
            wrong("not_found", "/connectors", zh, en)
        }
        other => told(other),
    }
}

/// Lists the clients of a tenant
#[utoipa::path(get, path = "/tenants/{code}/clients", tag = "clients",
    responses((status = 200, description = "All clients.", body = Page<Client>)))]
pub(super) async fn list_clients(caller: Caller, Path(code): Path<String>) -> Answer {
    let all = caller.access.tenant(&code).await?.clients().await?;
    Ok(Page::whole(all.iter().map(shown)).answer())
}

/// Adds a client
#[utoipa::path(post, path = "/tenants/{code}/clients", tag = "clients", request_body = NewClient,
    responses((status = 201, description = "The new client and its secret, this once.", body = ClientWithSecret, headers(("Location"), ("ETag")))))]
pub(super) async fn add_client(caller: Caller, Path(code): Path<String>, Body(new): Body<NewClient>) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let clients = tenant.change_clients()?;
    let extras = ClientExtras {
        token_seconds: new.token_seconds,
        rights: new.rights.map(Into::into).unwrap_or_default(),
        protocol: new.protocol.map(Into::into).unwrap_or_default(),
    };
    if extras.rights != model::Rights::default() || extras.protocol.resource_server {
        tenant.grant_rights()?;
    }
    let new = manage::NewClient {
        name: new.name,
        kind: new.kind.0,
        redirect_uris: new.redirect_uris,
        post_logout_redirect_uris: new.post_logout_redirect_uris,
        scopes: new.scopes,
        connectors: new.connectors,
        id_token_alg: new.id_token_alg.map_or_else(SigningAlgorithm::default, |name| name.0),
        snapshot_policy: new.snapshot_policy.map(|name| name.0).unwrap_or_default(),
    };
    let (client, secret) = clients.add_with(new, extras).await.map_err(at_body)?;
    let path = format!("/tenants/{code}/clients/{}", client.id);
    let answer = created(&path, &with_secret(&client, secret.as_ref()));
    Ok(tagged(client.version, answer))
}

/// Reads a client
#[utoipa::path(get, path = "/tenants/{code}/clients/{id}", tag = "clients",
    responses((status = 200, description = "The client; never its secrets.", body = Client, headers(("ETag")))))]
pub(super) async fn get_client(
    caller: Caller,
    Path((code, client)): Path<(String, String)>,
    known: IfNoneMatch,
) -> Answer {
    let client = caller.access.tenant(&code).await?.client(id(&client)?).await?;
    Ok(known.answer(client.version, &shown(&client)))
}

/// Changes a client
#[utoipa::path(put, path = "/tenants/{code}/clients/{id}", tag = "clients", request_body = ClientChange,
    responses((status = 200, description = "The client as it is now.", body = Client, headers(("ETag")))))]
pub(super) async fn put_client(
    caller: Caller,
    Path((code, client)): Path<(String, String)>,
    if_match: IfMatch,
    Body(change): Body<ClientChange>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let clients = tenant.change_clients()?;
    let before = tenant.client(id(&client)?).await?;
    let expected = if_match.over(before.version)?;
    let rights = change.rights.map_or_else(|| before.rights.clone(), Into::into);
    let protocol: model::ClientProtocol = change.protocol.map_or_else(|| before.protocol.clone(), Into::into);
    if rights != before.rights || protocol.resource_server != before.protocol.resource_server {
        tenant.grant_rights()?;
    }
    let edit = ClientEdit {
        rights,
        protocol,
        name: change.name,
        redirect_uris: change.redirect_uris,
        post_logout_redirect_uris: change.post_logout_redirect_uris,
        scopes: change.scopes,
        connectors: change.connectors,
        id_token_alg: change.id_token_alg.0,
        snapshot_policy: change.snapshot_policy.0,
        token_seconds: change.token_seconds,
    };
    let changed = clients
        .change_credentials(Caller::confirmed(), before.id, edit, expected)
        .await;
    let changed = changed.map_err(|error| stale(at_body(error)))?;
    Ok(of_version(changed.version, &shown(&changed)))
}

/// Enables a client
#[utoipa::path(post, path = "/tenants/{code}/clients/{id}/enable", tag = "clients",
    responses((status = 200, description = "The client as it is now.", body = Client, headers(("ETag")))))]
pub(super) async fn enable_client(caller: Caller, Path(path): Path<(String, String)>) -> Answer {
    set_status(&caller, path, model::Status::Active).await
}

/// Disables a client
#[utoipa::path(post, path = "/tenants/{code}/clients/{id}/disable", tag = "clients",
    responses((status = 200, description = "The client as it is now.", body = Client, headers(("ETag")))))]
pub(super) async fn disable_client(caller: Caller, Path(path): Path<(String, String)>) -> Answer {
    set_status(&caller, path, model::Status::Disabled).await
}

async fn set_status(caller: &Caller, (code, client): (String, String), status: model::Status) -> Answer {
    let clients = caller.access.tenant(&code).await?.change_clients()?;
    let changed = clients.set_status(id(&client)?, status).await.map_err(told)?;
    Ok(of_version(changed.version, &shown(&changed)))
}

/// Gives a client a new secret
#[utoipa::path(post, path = "/tenants/{code}/clients/{id}/secrets", tag = "clients", request_body = NewClientSecret,
    responses((status = 201, description = "The client and its new secret, this once.", body = ClientWithSecret)))]
pub(super) async fn add_client_secret(
    caller: Caller,
    Path((code, client)): Path<(String, String)>,
    Body(new): Body<NewClientSecret>,
) -> Answer {
    let clients = caller.access.tenant(&code).await?.change_clients()?;
    if new.overlap_seconds > LONGEST_OVERLAP {
        let (zh, en) = (
            "须为 0 至 2592000 秒（30 天）",
            "must be 0 to 2592000 seconds (30 days)",
        );
        return Err(wrong("invalid_overlap", "/overlap_seconds", zh, en));
    }
    let overlap = Duration::from_secs(new.overlap_seconds);
    let rotated = clients
        .rotate_secret(Caller::confirmed(), id(&client)?, overlap, None)
        .await;
    let (client, secret) = rotated.map_err(told)?;
    Ok(made(&with_secret(&client, Some(&secret))))
}

/// Ends one of a client's secrets at once
#[utoipa::path(delete, path = "/tenants/{code}/clients/{id}/secrets/{made}", tag = "clients",
    responses((status = 204, description = "It is refused from now on.")))]
pub(super) async fn end_client_secret(
    caller: Caller,
    Path((code, client, made)): Path<(String, String, String)>,
) -> Answer {
    let clients = caller.access.tenant(&code).await?.change_clients()?;
    let made = Timestamp::parse(&made).map_err(|_| Refusal::NotFound)?;
    let ended = clients.end_secret(Caller::confirmed(), id(&client)?, made).await;
    ended.map_err(told)?;
    Ok(done())
}
