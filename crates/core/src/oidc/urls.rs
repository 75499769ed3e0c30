//! The URLs of one tenant, all built from its issuer, which comes from configuration and never from a request.

use crate::ids::{AttemptId, ConnectorId};

/// A tenant's issuer and the URLs under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantUrls {
    issuer: String,
    at_own_host: bool,
}

impl TenantUrls {
    /// From the issuer: no trailing slash, no query.
    #[must_use]
    pub fn new(issuer: String) -> Self {
        Self {
            issuer,
            at_own_host: false,
        }
    }

    /// At a host of the tenant's own, which is an issuer beside the usual one: `https://host`, no trailing slash.
    #[must_use]
    pub fn at_own_host(origin: String) -> Self {
        Self {
            issuer: origin,
            at_own_host: true,
        }
    }

    /// The issuer when it is a host of the tenant's own; `None`: the usual one.
    #[must_use]
    pub fn own_issuer(&self) -> Option<&str> {
        self.at_own_host.then_some(&*self.issuer)
    }

    /// The issuer identifier, byte for byte as in discovery and ID tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Authorization endpoint.
    #[must_use]
    pub fn authorize(&self) -> String {
        format!("{}/oauth2/authorize", self.issuer)
    }

    /// Token endpoint.
    #[must_use]
    pub fn token(&self) -> String {
        format!("{}/oauth2/token", self.issuer)
    }

    /// Userinfo endpoint.
    #[must_use]
    pub fn userinfo(&self) -> String {
        format!("{}/oauth2/userinfo", self.issuer)
    }

    /// The tenant's public keys.
    #[must_use]
    pub fn jwks(&self) -> String {
        format!("{}/oauth2/jwks", self.issuer)
    }

    /// Revocation endpoint (RFC 7009).
    #[must_use]
    pub fn revoke(&self) -> String {
        format!("{}/oauth2/revoke", self.issuer)
    }

    /// What an app reads of an account beside logins: `access_token`, `jsapi_ticket`, …; `connector` as it was written.
    #[must_use]
    pub fn wechat(&self, connector: &str, what: &str) -> String {
        format!("{}/wechat/{connector}/{what}", self.issuer)
    }

    /// Introspection endpoint (RFC 7662).
    #[must_use]
    pub fn introspect(&self) -> String {
        format!("{}/oauth2/introspect", self.issuer)
    }

    /// Pushed authorization request endpoint (RFC 9126).
    #[must_use]
    pub fn pushed_authorization_request(&self) -> String {
        format!("{}/oauth2/par", self.issuer)
    }

    /// Device authorization endpoint (RFC 8628).
    #[must_use]
    pub fn device_authorization(&self) -> String {
        format!("{}/oauth2/device_authorization", self.issuer)
    }

    /// Where a person types the code that a device shows.
    #[must_use]
    pub fn device(&self) -> String {
        format!("{}/device", self.issuer)
    }

    /// End session endpoint (OpenID Connect RP-Initiated Logout).
    #[must_use]
    pub fn logout(&self) -> String {
        format!("{}/oauth2/logout", self.issuer)
    }

    /// Where a person allows an app what it asks for.
    #[must_use]
    pub fn consent(&self, attempt: AttemptId) -> String {
        format!("{}/consent/{attempt}", self.issuer)
    }

    /// The login link: the authorize endpoint with a client's defaults filled in.
    #[must_use]
    pub fn login(&self) -> String {
        format!("{}/login", self.issuer)
    }

    /// Scheme, host and port: where WeChat's own paths stand, since SDKs with a fixed host know no other.
    #[must_use]
    pub fn origin(&self) -> &str {
        let host = self.issuer.find("://").map_or(0, |at| at + 3);
        let end = self.issuer[host..].find('/').map_or(self.issuer.len(), |at| host + at);
        &self.issuer[..end]
    }

    /// What the QR code of a test login opens.
    #[must_use]
    pub fn trial(&self, ticket: &str) -> String {
        format!("{}/trial/{ticket}", self.issuer)
    }

    /// What a phone opens that has scanned the QR code of a login.
    #[must_use]
    pub fn scan_confirm(&self, token: &str) -> String {
        format!("{}/scan/confirm/{token}", self.issuer)
    }

    /// Where a browser that waits for a scan goes when it was confirmed.
    #[must_use]
    pub fn scan_finish(&self, attempt: AttemptId) -> String {
        format!("{}/scan/{attempt}/finish", self.issuer)
    }

    /// Where it hears of the scan as server-sent events.
    #[must_use]
    pub fn scan_events(&self, attempt: AttemptId) -> String {
        format!("{}/scan/{attempt}/events", self.issuer)
    }

    /// Where it asks how the scan stands.
    #[must_use]
    pub fn scan_status(&self, attempt: AttemptId) -> String {
        format!("{}/scan/{attempt}/status", self.issuer)
    }

    /// Where the provider sends the browser back to.
    #[must_use]
    pub fn callback(&self, connector: ConnectorId) -> String {
        format!("{}/callback/{connector}", self.issuer)
    }

    /// Where the provider pushes what happens at an account.
    #[must_use]
    pub fn webhook(&self, connector: ConnectorId) -> String {
        format!("{}/webhook/{connector}", self.issuer)
    }
}
