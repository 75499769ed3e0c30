//! Connectors: the accounts of a tenant.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use hufu_core::manage;
use hufu_core::model;
use hufu_core::oidc::TenantUrls;
use hufu_core::provider::FieldKind;
use hufu_core::secret::SecretString;
use hufu_core::text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Page, created, ok};
use super::asked::{Body, id};
use super::caller::Caller;
use super::etag::{IfMatch, IfNoneMatch, of_version, tagged};
use super::names::{Class, HealthState, Status, Time};
use super::told::{stale, told, told_of_form};
use crate::console::Console;
use crate::http::Answer;

/// A connector: one account of a provider.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Connector {
    /// Identifier.
    id: String,
    /// The kind, e.g. `wechat-official-account`.
    kind: String,
    /// Name for people.
    name: String,
    /// Whether it may be used.
    status: Status,
    /// Values of the kind's form that are no secret.
    settings: BTreeMap<String, String>,
    /// Which secrets it has, each with its last four characters; null when it is too short to show any.
    secrets: BTreeMap<String, Option<String>>,
    /// When a secret was last replaced.
    secrets_at: Time,
    /// Where the provider sends the browser back to.
    callback_url: String,
    /// When it was added.
    created_at: Time,
    /// Counts changes; the ETag.
    version: u32,
}

/// A connector to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConnector {
    /// The kind; see the list of kinds.
    kind: String,
    /// Name for people.
    name: String,
    /// Values of the kind's form that are no secret.
    settings: BTreeMap<String, String>,
    /// Secret values of the kind's form. Never answered again.
    #[schema(value_type = BTreeMap<String, String>)]
    secrets: BTreeMap<String, SecretString>,
    /// `draft` while it is being set up; else `active`.
    #[serde(default)]
    status: Option<Status>,
}

/// What can be changed of a connector.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectorChange {
    /// Name for people.
    name: String,
    /// Settings by name; those not named stay as they are.
    settings: BTreeMap<String, String>,
}

/// New secrets.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSecrets {
    /// Secrets by name; those not named stay as they are.
    #[schema(value_type = BTreeMap<String, String>)]
    secrets: BTreeMap<String, SecretString>,
}

/// How the last check went.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// null: not checked yet.
    state: Option<HealthState>,
    /// When.
    at: Option<Time>,
    /// Milliseconds it took.
    took_ms: Option<u32>,
    /// The single checks.
    checks: Vec<Check>,
}

/// One check. Texts are in the caller's language.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Check {
    /// Stable name.
    name: String,
    /// What was checked.
    title: String,
    /// Who can act; null: it went well.
    class: Option<Class>,
    /// Hufu's stable code of the failure.
    error: Option<String>,
    /// The provider's number.
    errcode: Option<i64>,
    /// What is wrong.
    message: Option<String>,
    /// What to do.
    remedy: Option<String>,
}

/// A kind of connector, with its form.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Kind {
    /// Stable name.
    kind: String,
    /// Its form.
    fields: Vec<KindField>,
}

/// One field of a kind's form. Texts are in the caller's language.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KindField {
    /// Name in `settings` or `secrets`.
    name: String,
    /// Whether it is one of the secrets.
    secret: bool,
    /// Label.
    label: String,
    /// What to enter and where to find it.
    hint: String,
    /// The values it takes, when there is a list.
    choices: Vec<String>,
    /// Value when none is given; null: one must be given.
    default: Option<String>,
}

fn shown(connector: &model::Connector, urls: &TenantUrls) -> Connector {
    let secret = |name: &String| (name.clone(), connector.fingerprint(name));
    Connector {
        id: connector.id.to_string(),
        kind: connector.kind.clone(),
        name: connector.name.clone(),
        status: connector.status.into(),
        settings: connector.settings.clone(),
        secrets: connector.secrets.keys().map(secret).collect(),
        secrets_at: connector.secrets_at.into(),
        callback_url: urls.callback(connector.id),
        created_at: connector.created_at.into(),
        version: connector.version,
    }
}

pub(super) fn health(health: Option<&model::Health>, locale: text::Locale) -> Health {
    let say = |text: &text::Text| text.get(locale).to_owned();
    let check = |note: &model::CheckNote| Check {
        name: note.name.clone(),
        title: say(&note.title),
        class: note.class.map(Class),
        error: note.error.clone(),
        errcode: note.errcode,
        message: note.message.as_ref().map(say),
        remedy: note.remedy.as_ref().map(say),
    };
    Health {
        state: health.map(|health| health.state.into()),
        at: health.map(|health| health.at.into()),
        took_ms: health.map(|health| health.took_ms),
        checks: health.iter().flat_map(|health| &health.checks).map(check).collect(),
    }
}

/// Lists the kinds of connectors and their forms
#[utoipa::path(get, path = "/connector-kinds", tag = "connectors",
    responses((status = 200, description = "All kinds.", body = Page<Kind>)))]
pub(super) async fn list_connector_kinds(State(console): State<Console>, caller: Caller) -> Answer {
    let say = |text: &text::Text| text.get(caller.locale).to_owned();
    let field = |field: &hufu_core::provider::Field| KindField {
        name: field.name.to_owned(),
        secret: matches!(field.kind, FieldKind::Secret { .. }),
        label: say(&field.label),
        hint: say(&field.hint),
        choices: match &field.kind {
            FieldKind::Choice { choices } => choices.iter().map(|choice| choice.value.to_owned()).collect(),
            _ => Vec::new(),
        },
        default: field.default.map(str::to_owned),
    };
    let kinds = console.manager.providers.kinds().map(|kind| Kind {
        kind: kind.kind().to_owned(),
        fields: kind.form().fields.iter().map(field).collect(),
    });
    Ok(Page::whole(kinds).answer())
}

/// Lists the connectors of a tenant
#[utoipa::path(get, path = "/tenants/{code}/connectors", tag = "connectors",
    responses((status = 200, description = "All connectors.", body = Page<Connector>)))]
pub(super) async fn list_connectors(caller: Caller, Path(code): Path<String>) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let (all, urls) = (tenant.connectors().await?, tenant.urls());
    Ok(Page::whole(all.iter().map(|connector| shown(connector, &urls))).answer())
}

/// Adds a connector
#[utoipa::path(post, path = "/tenants/{code}/connectors", tag = "connectors", request_body = NewConnector,
    responses((status = 201, description = "The new connector.", body = Connector, headers(("Location"), ("ETag")))))]
pub(super) async fn add_connector(
    State(console): State<Console>,
    caller: Caller,
    Path(code): Path<String>,
    Body(new): Body<NewConnector>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let kind = console.manager.providers.kind(&new.kind).cloned();
    let new = manage::NewConnector {
        kind: new.kind,
        name: new.name,
        settings: new.settings,
        secrets: new.secrets,
        status: new.status.map_or(model::Status::Active, |status| status.0),
    };
    let added = setup.add_connector(Caller::confirmed(), new).await;
    let added = added.map_err(|error| told_of_form(error, kind.as_deref()))?;
    let path = format!("/tenants/{code}/connectors/{}", added.id);
    Ok(tagged(added.version, created(&path, &shown(&added, &tenant.urls()))))
}

/// Reads a connector
#[utoipa::path(get, path = "/tenants/{code}/connectors/{id}", tag = "connectors",
    responses((status = 200, description = "The connector; never its secrets.", body = Connector, headers(("ETag")))))]
pub(super) async fn get_connector(
    caller: Caller,
    Path((code, connector)): Path<(String, String)>,
    known: IfNoneMatch,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let connector = tenant.connector(id(&connector)?).await?;
    Ok(known.answer(connector.version, &shown(&connector, &tenant.urls())))
}

/// Changes a connector's name and settings
#[utoipa::path(put, path = "/tenants/{code}/connectors/{id}", tag = "connectors", request_body = ConnectorChange,
    responses((status = 200, description = "The connector as it is now.", body = Connector, headers(("ETag")))))]
pub(super) async fn put_connector(
    State(console): State<Console>,
    caller: Caller,
    Path((code, connector)): Path<(String, String)>,
    if_match: IfMatch,
    Body(change): Body<ConnectorChange>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let before = tenant.connector(id(&connector)?).await?;
    let expected = if_match.over(before.version)?;
    let edit = manage::ConnectorEdit {
        name: change.name,
        settings: change.settings,
    };
    let kind = console.manager.providers.kind(&before.kind).map(AsRef::as_ref);
    let changed = setup.edit_connector(before.id, edit, expected).await;
    let changed = changed.map_err(|error| stale(told_of_form(error, kind)))?;
    Ok(of_version(changed.version, &shown(&changed, &tenant.urls())))
}

/// Enables a connector
#[utoipa::path(post, path = "/tenants/{code}/connectors/{id}/enable", tag = "connectors",
    responses((status = 200, description = "The connector as it is now.", body = Connector, headers(("ETag")))))]
pub(super) async fn enable_connector(caller: Caller, Path(path): Path<(String, String)>) -> Answer {
    set_status(&caller, path, model::Status::Active).await
}

/// Disables a connector
#[utoipa::path(post, path = "/tenants/{code}/connectors/{id}/disable", tag = "connectors",
    responses((status = 200, description = "The connector as it is now.", body = Connector, headers(("ETag")))))]
pub(super) async fn disable_connector(caller: Caller, Path(path): Path<(String, String)>) -> Answer {
    set_status(&caller, path, model::Status::Disabled).await
}

async fn set_status(caller: &Caller, (code, connector): (String, String), status: model::Status) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let changed = tenant.setup()?.set_connector_status(id(&connector)?, status).await;
    let changed = changed.map_err(told)?;
    Ok(of_version(changed.version, &shown(&changed, &tenant.urls())))
}

/// Replaces a connector's secrets: the provider tries them first, the old ones stay if it refuses
#[utoipa::path(put, path = "/tenants/{code}/connectors/{id}/secret", tag = "connectors", request_body = NewSecrets,
    responses((status = 200, description = "The connector as it is now.", body = Connector)))]
pub(super) async fn swap_connector_secret(
    State(console): State<Console>,
    caller: Caller,
    Path((code, connector)): Path<(String, String)>,
    Body(new): Body<NewSecrets>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let before = tenant.connector(id(&connector)?).await?;
    let kind = console.manager.providers.kind(&before.kind).map(AsRef::as_ref);
    let changed = setup.swap_secret(Caller::confirmed(), before.id, new.secrets).await;
    let changed = changed.map_err(|error| told_of_form(error, kind))?;
    Ok(of_version(changed.version, &shown(&changed, &tenant.urls())))
}

/// Checks a connector against the provider, now
#[utoipa::path(post, path = "/tenants/{code}/connectors/{id}/check", tag = "connectors",
    responses((status = 200, description = "How it went; kept as the connector's health.", body = Health)))]
pub(super) async fn check_connector(caller: Caller, Path((code, connector)): Path<(String, String)>) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let found = tenant.setup()?.check(id(&connector)?).await.map_err(told)?;
    Ok(ok(&health(Some(&found), caller.locale)))
}

/// Reads how a connector's last check went
#[utoipa::path(get, path = "/tenants/{code}/connectors/{id}/health", tag = "connectors",
    responses((status = 200, description = "The last check.", body = Health)))]
pub(super) async fn get_connector_health(caller: Caller, Path((code, connector)): Path<(String, String)>) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let connector = tenant.connector(id(&connector)?).await?;
    let found = tenant.connector_health(connector.id).await?;
    Ok(ok(&health(found.as_ref(), caller.locale)))
}
