//! A client with what its developer needs: on its page, right after it was made, and at the end of the wizard.

use hufu_core::model::{Client, ClientKind};
use hufu_core::secret::{ExposeSecret as _, SecretString};

use crate::access::TenantAccess;
use crate::snippets::{App, Snippet, snippets};

/// A client with what its developer needs.
pub(in crate::pages) struct Shown {
    pub(in crate::pages) name: String,
    pub(in crate::pages) id: String,
    pub(in crate::pages) is_public: bool,
    pub(in crate::pages) url: String,
    pub(in crate::pages) redirect_uris: Vec<String>,
    /// Right after it was made, and never again.
    pub(in crate::pages) secret: Option<String>,
    pub(in crate::pages) issuer: String,
    pub(in crate::pages) discovery: String,
    pub(in crate::pages) login: String,
    pub(in crate::pages) snippets: Vec<Snippet>,
}

impl Shown {
    pub(in crate::pages) fn of(tenant: &TenantAccess, client: &Client, secret: Option<&SecretString>) -> Self {
        let urls = tenant.urls();
        let id = client.id.to_string();
        let secret = secret.map(|secret| secret.expose_secret().to_owned());
        let app = App {
            issuer: urls.issuer().to_owned(),
            client_id: id.clone(),
            secret: match client.kind {
                ClientKind::Public => None,
                ClientKind::Confidential => Some(secret.clone().unwrap_or_else(|| App::PLACEHOLDER.to_owned())),
            },
            redirect_uri: client.redirect_uris.first().cloned().unwrap_or_default(),
            scope: client.scopes.to_string(),
            algorithm: client.id_token_alg.as_str(),
        };
        Self {
            name: client.name.clone(),
            is_public: client.kind == ClientKind::Public,
            url: super::url(&tenant.tenant().code, client.id),
            redirect_uris: client.redirect_uris.clone(),
            issuer: app.issuer.clone(),
            discovery: app.discovery(),
            login: format!("{}?client_id={id}", urls.login()),
            snippets: snippets(&app),
            secret,
            id,
        }
    }
}
