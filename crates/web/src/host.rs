//! A tenant's own host name: an issuer beside the one by path.
//!
//! At such a host everything a tenant has stands at the root. No route is written for it: the path is put below
//! `/t/{code}` before routing, where the tenant's routes are; what is not there is looked for among the routes of the
//! root, by the path as it was asked ([`at_root`]). So another tenant's paths, and the console's, do not exist there.
//!
//! The request's host only selects among the hosts that tenants registered. URLs are built from the tenant's row.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, Uri, header};
use hufu_core::flow::Problem;
use hufu_core::ids::TenantId;
use hufu_core::model::{HostName, Tenant};
use hufu_core::oidc::TenantUrls;

use crate::Site;
use crate::error::json_problem;
use crate::headers::secure;

/// In the extensions of a request that came to a tenant's own host.
#[derive(Debug, Clone)]
pub struct OwnHost {
    host: HostName,
    tenant: Arc<Tenant>,
    asked: Uri,
}

impl OwnHost {
    /// That of a request; `None`: it came to the host of the public URL, or to one that is nobody's.
    #[must_use]
    pub fn of(parts: &Parts) -> Option<&Self> {
        parts.extensions.get()
    }

    /// Whose host it is; may be disabled.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    fn urls(&self, site: &Site) -> TenantUrls {
        site.public_url.tenant_at(&self.host)
    }
}

/// Where the world reaches a service that answers for these, whatever host it is asked at. Outermost, around all faces.
pub fn own_hosts(site: Site, faces: Router) -> Router {
    Router::new()
        .fallback_service(faces)
        .layer(from_fn_with_state(site.clone(), choose))
        // For what is refused before any face sees it.
        .layer(from_fn_with_state(site, secure))
}

/// Routes of the root, as the fallback of tenants' routes: they see the path that was asked.
pub fn at_root(routes: Router) -> Router {
    Router::new().fallback_service(routes).layer(from_fn(as_asked))
}

async fn choose(State(site): State<Site>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match site.look_for_own_host(&parts).await {
        Ok(None) => {}
        Ok(Some(own)) => {
            let Some(uri) = below(&parts.uri, &own.tenant) else {
                return StatusCode::URI_TOO_LONG.into_response();
            };
            parts.uri = uri;
            parts.extensions.insert(own);
        }
        // Whether the process lives is asked by address, at no host of anybody's.
        Err(_) if matches!(parts.uri.path(), "/healthz" | "/readyz") => {}
        Err(problem) => {
            tracing::warn!(detail = problem.debug, "whose host was asked could not be looked up");
            return json_problem(&problem);
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

async fn as_asked(mut request: Request, next: Next) -> Response {
    if let Some(own) = request.extensions().get::<OwnHost>() {
        *request.uri_mut() = own.asked.clone();
    }
    next.run(request).await
}

/// The path below the tenant's; `None`: it is too long for that.
fn below(asked: &Uri, tenant: &Tenant) -> Option<Uri> {
    let path = asked.path_and_query().map_or("/", |path| path.as_str());
    // `OPTIONS *` asks about no path.
    if !path.starts_with('/') {
        return Some(asked.clone());
    }
    let mut parts = asked.clone().into_parts();
    parts.path_and_query = Some(format!("/t/{}{path}", tenant.code).parse().ok()?);
    Uri::from_parts(parts).ok()
}

impl Site {
    async fn look_for_own_host(&self, parts: &Parts) -> Result<Option<OwnHost>, Problem> {
        let Some(asked) = self.asked_host(parts) else {
            return Ok(None);
        };
        let Some(host) = self.public_url.name_of(&asked) else {
            return Ok(None);
        };
        let tenant = self.engine.store().lookup_tenant_by_host(&host).await?;
        Ok(tenant.map(|tenant| OwnHost {
            host,
            tenant,
            asked: parts.uri.clone(),
        }))
    }

    /// The host that was asked for, maybe with a port, in lower case: as the nearest trusted proxy says, or else the
    /// request itself. Chooses among what is registered, and goes into no answer.
    #[must_use]
    pub fn asked_host(&self, parts: &Parts) -> Option<String> {
        let forwarded = parts.headers.get_all("x-forwarded-host").iter().next_back();
        let forwarded = forwarded.filter(|_| self.proxies.are_behind(parts));
        let forwarded = forwarded.and_then(|hosts| hosts.to_str().ok()?.rsplit(',').next().map(str::trim));
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let named = forwarded
            .or(host)
            .or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))?;
        Some(named.to_ascii_lowercase())
    }

    /// The tenant's URLs as the request's face has them.
    #[must_use]
    pub fn urls_of(&self, tenant: &Tenant, parts: &Parts) -> TenantUrls {
        match OwnHost::of(parts) {
            Some(own) if own.tenant.id == tenant.id => own.urls(self),
            _ => self.public_url.tenant(&tenant.code),
        }
    }

    /// The absolute URL of a request: built from the configuration or the tenant's row, with the path and query asked.
    #[must_use]
    pub fn asked_url(&self, parts: &Parts) -> String {
        let path = |uri: &Uri| uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        match OwnHost::of(parts) {
            Some(own) => format!("{}{}", own.urls(self).issuer(), path(&own.asked)),
            None => self.public_url.at(&path(&parts.uri)),
        }
    }

    /// The tenant that alone exists where the request came to; `None`: all do.
    #[must_use]
    pub fn tenant_of_host(&self, parts: &Parts) -> Option<TenantId> {
        OwnHost::of(parts).map(|own| own.tenant.id)
    }
}
