//! The URLs of one tenant, all built from its issuer, which comes from configuration and never from a request.

use crate::ids::ConnectorId;

/// A tenant's issuer and the URLs under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantUrls {
    issuer: String,
}

impl TenantUrls {
    /// From the issuer: no trailing slash, no query.
    #[must_use]
    pub fn new(issuer: String) -> Self {
        Self { issuer }
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

    /// Where the provider sends the browser back to.
    #[must_use]
    pub fn callback(&self, connector: ConnectorId) -> String {
        format!("{}/callback/{connector}", self.issuer)
    }
}
