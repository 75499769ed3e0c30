//! The tenant of a request, from its path (see [`crate::host`] for its own host), or, where WeChat's own addresses name none, from the client that it names.

use std::sync::Arc;

use axum::extract::{FromRequestParts as _, RawPathParams};
use http::request::Parts;
use http::{HeaderMap, header};
use hufu_core::flow::{Problem, ProblemCode, Visit};
use hufu_core::ids::RequestId;
use hufu_core::model::{Browser, Tenant, TenantCode};

use crate::Site;
use crate::cookies::{BrowserCookie, SessionCookie};

/// A request that belongs to a tenant.
#[derive(Debug, Clone)]
pub struct Hosted {
    /// The tenant; may be disabled.
    pub tenant: Arc<Tenant>,
    /// What the engine is told of the request.
    pub visit: Visit,
}

/// Characters of a `User-Agent` that are kept: the rest is of no use to anybody who reads the audit log.
const USER_AGENT_LIMIT: usize = 300;

impl Site {
    /// The tenant that `{tenant}` in the route names, and the visit.
    ///
    /// # Errors
    /// [`ProblemCode::TenantUnknown`], or what the store answers in an outage.
    pub async fn hosted(&self, parts: &mut Parts) -> Result<Hosted, Problem> {
        let unknown = || Problem::new(ProblemCode::TenantUnknown);
        let code = code_of(parts).await.ok_or_else(unknown)?;
        let tenant = self.engine.store().lookup_tenant(&code).await?.ok_or_else(unknown)?;
        if !self.stands_here(&tenant, parts) {
            return Err(unknown());
        }
        Ok(self.visited(tenant, parts))
    }

    /// The tenant of a client, for addresses that name no tenant, and the visit.
    ///
    /// # Errors
    /// [`ProblemCode::ClientUnknown`], or what the store answers in an outage.
    pub async fn hosted_by_client(&self, client: &str, parts: &Parts) -> Result<Hosted, Problem> {
        let unknown = || Problem::new(ProblemCode::ClientUnknown);
        let id = client.parse().map_err(|_| unknown())?;
        let tenant = self.engine.store().lookup_tenant_of_client(id).await?;
        let tenant = tenant.filter(|tenant| self.stands_here(tenant, parts));
        Ok(self.visited(tenant.ok_or_else(unknown)?, parts))
    }

    /// At a tenant's own host there is no other tenant.
    fn stands_here(&self, tenant: &Tenant, parts: &Parts) -> bool {
        self.tenant_of_host(parts).is_none_or(|only| only == tenant.id)
    }

    fn visited(&self, tenant: Arc<Tenant>, parts: &Parts) -> Hosted {
        let visit = Visit {
            browser: self.browser(parts),
            cookie: BrowserCookie::new(self.public_url.is_https()).read(&parts.headers),
            session: SessionCookie::new(self.public_url.is_https(), &tenant.code).read(&parts.headers),
            urls: self.urls_of(&tenant, parts),
        };
        Hosted { tenant, visit }
    }

    /// Who makes the request, as the audit log names them.
    #[must_use]
    pub fn browser(&self, parts: &Parts) -> Browser {
        Browser {
            ip: self.proxies.client_of(parts).to_string(),
            user_agent: user_agent(&parts.headers),
            request_id: self.request_id(parts),
        }
    }

    /// The id that [`crate::request_log::log`] gave the request.
    #[must_use]
    pub fn request_id(&self, parts: &Parts) -> RequestId {
        parts
            .extensions
            .get()
            .copied()
            .unwrap_or_else(|| self.engine.request_id())
    }
}

/// The code in the path when it has the form of one.
pub async fn code_of(parts: &mut Parts) -> Option<TenantCode> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    let (_, code) = parameters.iter().find(|(name, _)| *name == "tenant")?;
    code.parse().ok()
}

/// The `User-Agent` as logs keep it. What is not UTF-8 is replaced rather than refused: some phones put their name in
/// there.
#[must_use]
pub fn user_agent(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    agent.unwrap_or_default().chars().take(USER_AGENT_LIMIT).collect()
}
