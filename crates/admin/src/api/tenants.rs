//! Tenants.

use axum::extract::Path;
use hufu_core::ids::AgencyId;
use hufu_core::manage::TenantEdit;
use hufu_core::model::{self, HostName, TenantCode};
use hufu_core::oidc::TenantUrls;
use hufu_core::store::{TenantFilter, TenantSummary};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Page, created, limit, ok, part};
use super::asked::{Asked, Body, wrong, wrong_parameter};
use super::caller::Caller;
use super::connectors::{Health, health};
use super::etag::{IfMatch, IfNoneMatch, of_version, tagged};
use super::names::{Locale, Status, Time, present};
use super::told::{told, told_of_version};
use crate::access::TenantAccess;
use crate::http::{Answer, Refusal};

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tenant {
    /// Identifier; seats and events name it.
    id: String,
    /// Short name in URLs.
    code: String,
    /// Name for people.
    name: String,
    /// Disabled: suspended.
    status: Status,
    /// Language of end-user pages when the browser names none.
    locale: Locale,
    /// Who looks after it; null: the platform.
    agency_id: Option<String>,
    /// How its end-user pages look.
    branding: Branding,
    /// Days that audit events are kept; null: for ever.
    audit_days: Option<u32>,
    /// When it was added.
    created_at: Time,
    /// Counts changes; the ETag.
    version: u32,
    /// Issuer of its OpenID Connect; discovery is below it.
    issuer: String,
    /// The login link.
    login_url: String,
    /// Its own host name; null: it has none.
    host: Option<String>,
    /// Its issuer at its own host, beside `issuer`.
    own_issuer: Option<String>,
    /// The login link there.
    own_login_url: Option<String>,
}

/// A tenant in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TenantListed {
    /// Identifier.
    id: String,
    /// Short name in URLs.
    code: String,
    /// Name for people.
    name: String,
    /// Disabled: suspended.
    status: Status,
    /// Who looks after it; null: the platform.
    agency_id: Option<String>,
    /// How many connectors it has.
    connectors: u64,
    /// How many of them are live.
    live_connectors: u64,
    /// When somebody last logged in.
    last_login_at: Option<Time>,
    /// When it was added.
    created_at: Time,
    /// Counts changes.
    version: u32,
}

/// How a tenant's end-user pages look.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Branding {
    /// Name on the pages; null: the tenant's name.
    #[serde(default)]
    name: Option<String>,
    /// Accent colour, `#rrggbb`.
    #[serde(default)]
    colour: Option<String>,
    /// Picture.
    #[serde(default)]
    logo: Option<Logo>,
}

/// A small picture: PNG, JPEG or WebP of at most 24 KiB.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Logo {
    /// `image/png`, `image/jpeg` or `image/webp`.
    media_type: String,
    /// Its bytes in base64.
    base64: String,
}

/// A tenant to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTenant {
    /// Short name in URLs: 1 to 40 characters of a-z, 0-9 and single hyphens inside. Never changes.
    code: String,
    /// Name for people.
    name: String,
    /// Language of end-user pages when the browser names none.
    #[serde(default = "chinese")]
    #[schema(required = false)]
    locale: Locale,
    /// Who looks after it; counts for a key of the platform, a key of an agency adds its own.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    agency_id: Option<AgencyId>,
}

/// What can be changed of a tenant, all of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantChange {
    /// Name for people.
    name: String,
    /// Language of end-user pages when the browser names none.
    locale: Locale,
    /// How its end-user pages look.
    branding: Branding,
    /// Days that audit events are kept, 30 to 3650; null: for ever.
    #[serde(deserialize_with = "present")]
    #[schema(required = true)]
    audit_days: Option<u32>,
}

/// The host name of a tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HostChange {
    /// Host at which the tenant is an issuer beside the one by path, such as `login.shop.example`; null: none.
    #[serde(deserialize_with = "present")]
    #[schema(required = true)]
    host: Option<String>,
}

/// What to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TenantsAsked {
    /// Words in code, name or a connector's settings, so an AppID finds its tenant.
    #[param(required = false)]
    q: String,
    /// Only this status: active or disabled.
    status: Option<Status>,
    /// Codes after this one.
    after: Option<String>,
    /// Codes before this one.
    before: Option<String>,
    /// How many at most: 1 to 200, else 50.
    limit: Option<u32>,
}

const fn chinese() -> Locale {
    Locale(hufu_core::text::Locale::ZhCn)
}

/// `both`: its URLs by path, and those at its own host.
fn shown(tenant: &model::Tenant, both: &(TenantUrls, Option<TenantUrls>)) -> Tenant {
    let (urls, own) = both;
    Tenant {
        id: tenant.id.to_string(),
        code: tenant.code.to_string(),
        name: tenant.name.clone(),
        status: tenant.status.into(),
        locale: tenant.locale.into(),
        agency_id: tenant.agency_id.map(|id| id.to_string()),
        branding: Branding {
            name: tenant.branding.name.clone(),
            colour: tenant.branding.colour.clone(),
            logo: tenant.branding.logo.as_ref().map(|logo| Logo {
                media_type: logo.media_type.clone(),
                base64: logo.base64.clone(),
            }),
        },
        audit_days: tenant.audit_days,
        created_at: tenant.created_at.into(),
        version: tenant.version,
        issuer: urls.issuer().to_owned(),
        login_url: urls.login(),
        host: tenant.host.as_ref().map(ToString::to_string),
        own_issuer: own.as_ref().map(|own| own.issuer().to_owned()),
        own_login_url: own.as_ref().map(TenantUrls::login),
    }
}

fn listed(summary: TenantSummary) -> TenantListed {
    TenantListed {
        id: summary.tenant.id.to_string(),
        code: summary.tenant.code.to_string(),
        name: summary.tenant.name,
        status: summary.tenant.status.into(),
        agency_id: summary.tenant.agency_id.map(|id| id.to_string()),
        connectors: summary.connectors,
        live_connectors: summary.live_connectors,
        last_login_at: summary.last_login_at.map(Time),
        created_at: summary.tenant.created_at.into(),
        version: summary.tenant.version,
    }
}

/// Lists tenants, by code
#[utoipa::path(get, path = "/tenants", tag = "tenants", params(TenantsAsked),
    responses((status = 200, description = "A part of the list.", body = Page<TenantListed>)))]
pub(super) async fn list_tenants(caller: Caller, Asked(asked): Asked<TenantsAsked>) -> Answer {
    let most = limit(asked.limit, 50, 200)?;
    let filter = filter_of(&asked)?;
    let mut found = caller.access.overview().tenants(&filter, most as u64 + 1).await?;
    let has_more = found.len() > most;
    let backwards = filter.before.is_some();
    if backwards && has_more {
        found.remove(0);
    }
    found.truncate(most);
    let words = |status: Status| serde_json::to_value(status).ok()?.as_str().map(str::to_owned);
    let kept = [
        ("q", asked.q.clone()),
        ("status", asked.status.and_then(words).unwrap_or_default()),
        ("limit", asked.limit.map(|limit| limit.to_string()).unwrap_or_default()),
    ];
    let to = |name, summary: &TenantSummary| part("/tenants", &kept, name, &summary.tenant.code);
    let has_previous = if backwards { has_more } else { filter.after.is_some() };
    let page = Page {
        next: found
            .last()
            .filter(|_| backwards || has_more)
            .map(|last| to("after", last)),
        previous: found.first().filter(|_| has_previous).map(|first| to("before", first)),
        items: found.into_iter().map(listed).collect(),
    };
    Ok(page.answer())
}

fn filter_of(asked: &TenantsAsked) -> Result<TenantFilter, Refusal> {
    let code = |name: &str, text: &Option<String>| {
        let parsed = text.as_deref().map(str::parse::<TenantCode>).transpose();
        parsed.map_err(|error| wrong_parameter(name, "不是租户代码", &error.to_string()))
    };
    if asked.after.is_some() && asked.before.is_some() {
        return Err(wrong_parameter(
            "before",
            "after 与 before 只能给一个",
            "give after or before, not both",
        ));
    }
    Ok(TenantFilter {
        text: asked.q.trim().to_owned(),
        status: asked.status.map(|status| status.0),
        after: code("after", &asked.after)?,
        before: code("before", &asked.before)?,
    })
}

/// Adds a tenant
#[utoipa::path(post, path = "/tenants", tag = "tenants", request_body = NewTenant,
    responses((status = 201, description = "The new tenant, with two signing keys.", body = Tenant, headers(("Location"), ("ETag")))))]
pub(super) async fn add_tenant(caller: Caller, Body(new): Body<NewTenant>) -> Answer {
    let onboarding = caller.access.onboarding()?;
    let code: TenantCode = new.code.parse().map_err(|error: model::CodeError| {
        let zh = "租户代码须为 1 至 40 个小写字母、数字，中间可有单个连字符";
        wrong("invalid_code", "/code", zh, &error.to_string())
    })?;
    if let (Some(agency), Ok(platform)) = (new.agency_id, caller.access.platform()) {
        let known = platform.agency(agency).await;
        known.map_err(at_agency)?;
    }
    let new = hufu_core::manage::NewTenant {
        code,
        name: new.name,
        locale: new.locale.0,
        agency_id: new.agency_id,
    };
    let added = onboarding.add_tenant(new).await.map_err(told)?;
    let tenant = caller.access.tenant(added.code.as_str()).await?;
    let answer = created(
        &format!("/tenants/{}", added.code),
        &shown(&added, &tenant.both_urls(&added)),
    );
    Ok(tagged(added.version, answer))
}

/// An agency named in a body that does not exist: the path of the call is right.
pub(super) fn at_agency(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::NotFound => wrong("not_found", "/agency_id", "没有这个代理商", "there is no such agency"),
        other => other,
    }
}

/// Reads a tenant
#[utoipa::path(get, path = "/tenants/{code}", tag = "tenants",
    responses((status = 200, description = "The tenant.", body = Tenant, headers(("ETag")))))]
pub(super) async fn get_tenant(caller: Caller, Path(code): Path<String>, known: IfNoneMatch) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let shown = shown(tenant.tenant(), &tenant.both_urls(tenant.tenant()));
    Ok(known.answer(shown.version, &shown))
}

/// Changes a tenant
#[utoipa::path(put, path = "/tenants/{code}", tag = "tenants", request_body = TenantChange,
    responses((status = 200, description = "The tenant as it is now.", body = Tenant, headers(("ETag")))))]
pub(super) async fn put_tenant(
    caller: Caller,
    Path(code): Path<String>,
    if_match: IfMatch,
    Body(change): Body<TenantChange>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let expected = if_match.over(tenant.tenant().version)?;
    let edit = TenantEdit {
        name: change.name,
        locale: change.locale.0,
        branding: model::Branding {
            name: change.branding.name,
            colour: change.branding.colour,
            logo: change.branding.logo.map(|logo| model::Logo {
                media_type: logo.media_type,
                base64: logo.base64,
            }),
        },
        audit_days: change.audit_days,
    };
    let changed = setup.change_tenant(edit, expected).await.map_err(told_of_version)?;
    Ok(of_version(
        changed.version,
        &shown(&changed, &tenant.both_urls(&changed)),
    ))
}

/// Gives a tenant a host name of its own, or takes it away
///
/// Takes effect within two seconds. DNS and the certificate are the proxy's; see the probe.
#[utoipa::path(put, path = "/tenants/{code}/host", tag = "tenants", request_body = HostChange,
    responses((status = 200, description = "The tenant as it is now.", body = Tenant, headers(("ETag")))))]
pub(super) async fn put_tenant_host(
    caller: Caller,
    Path(code): Path<String>,
    if_match: IfMatch,
    Body(change): Body<HostChange>,
) -> Answer {
    let tenant = caller.access.tenant(&code).await?;
    let hosting = tenant.hosting()?;
    let expected = if_match.over(tenant.tenant().version)?;
    let host = change.host.as_deref().map(HostName::typed).transpose();
    let host = host.map_err(|error| told(error.into()))?;
    let changed = hosting.set(host, expected).await.map_err(told_of_version)?;
    Ok(of_version(
        changed.version,
        &shown(&changed, &tenant.both_urls(&changed)),
    ))
}

/// Asks a tenant's own host for its discovery document, as apps do
#[utoipa::path(post, path = "/tenants/{code}/host/probe", tag = "tenants",
    responses((status = 200, description = "What was found.", body = Health)))]
pub(super) async fn probe_tenant_host(caller: Caller, Path(code): Path<String>) -> Answer {
    let setup = caller.access.tenant(&code).await?.setup()?;
    let found = setup.probe_host().await.map_err(told)?;
    Ok(ok(&health(Some(&found), caller.locale)))
}

/// Suspends a tenant: its logins stop at once
#[utoipa::path(post, path = "/tenants/{code}/suspend", tag = "tenants",
    responses((status = 200, description = "The tenant as it is now.", body = Tenant, headers(("ETag")))))]
pub(super) async fn suspend_tenant(caller: Caller, Path(code): Path<String>) -> Answer {
    switch(&caller.access.tenant(&code).await?, model::Status::Disabled).await
}

/// Resumes a suspended tenant
#[utoipa::path(post, path = "/tenants/{code}/resume", tag = "tenants",
    responses((status = 200, description = "The tenant as it is now.", body = Tenant, headers(("ETag")))))]
pub(super) async fn resume_tenant(caller: Caller, Path(code): Path<String>) -> Answer {
    switch(&caller.access.tenant(&code).await?, model::Status::Active).await
}

async fn switch(tenant: &TenantAccess, status: model::Status) -> Answer {
    let changed = tenant.switch()?.set_status(status).await.map_err(told)?;
    Ok(tagged(
        changed.version,
        ok(&shown(&changed, &tenant.both_urls(&changed))),
    ))
}
