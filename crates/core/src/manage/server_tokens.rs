//! Server tokens of accounts, as operators see them: when, never what.

use serde_json::json;

use super::{ManageError, Manager, Result};
use crate::clock::Timestamp;
use crate::ids::ConnectorId;
use crate::model::{Action, Connector, Outcome, TenantCode};
use crate::provider::{CheckResult, HeldToken, ProviderError, ServerToken};
use crate::text::Text;

/// What may be known of a token that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenTimes {
    /// When the provider gave it.
    pub fetched_at: Timestamp,
    /// End of its life.
    pub expires_at: Timestamp,
}

impl From<&HeldToken> for TokenTimes {
    fn from(held: &HeldToken) -> Self {
        Self {
            fetched_at: held.fetched_at,
            expires_at: held.expires_at,
        }
    }
}

impl Manager {
    /// The tokens that an account has, by name, each with its times when it is held; `None`: the account has no such
    /// thing, or cannot be opened. Causes no call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn server_tokens(
        &self,
        connector: &Connector,
    ) -> Result<Option<Vec<(&'static str, Option<TokenTimes>)>>> {
        let Ok(provider) = self.providers.open(connector) else {
            return Ok(None);
        };
        let Some(tokens) = provider.server_token() else {
            return Ok(None);
        };
        let mut held = Vec::new();
        for name in tokens.names() {
            let token = tokens.peek(name).await.map_err(refused)?;
            held.push((*name, token.as_ref().map(TokenTimes::from)));
        }
        Ok(Some(held))
    }

    /// Has the provider give another token in place of the one that is held: whoever holds the old one must read
    /// again. Without one the account gets its first.
    ///
    /// # Errors
    /// [`ManageError::NotFound`]; [`ManageError::Checks`] with what the provider said.
    pub async fn replace_server_token(&self, code: &TenantCode, id: ConnectorId, name: &str) -> Result<TokenTimes> {
        let connector = self.connector(code, id).await?;
        let provider = self.providers.open(&connector).map_err(refused)?;
        let tokens = provider
            .server_token()
            .filter(|tokens| tokens.names().contains(&name))
            .ok_or(ManageError::NotFound { what: "server_token" })?;
        let answer = another(tokens, name).await;
        let mut event = self.event(connector.tenant_id, Action::TokenForce);
        event.connector_id = Some(connector.id);
        event.detail.insert("token".to_owned(), json!(name));
        if let Err(error) = &answer {
            event.outcome = Outcome::Failed;
            event.error = Some(error.code.as_str().to_owned());
            event.errcode = error.errcode;
        }
        self.save(event, Vec::new()).await?;
        answer.map(|held| TokenTimes::from(&held)).map_err(refused)
    }
}

async fn another(tokens: &dyn ServerToken, name: &str) -> std::result::Result<HeldToken, ProviderError> {
    match tokens.peek(name).await? {
        Some(held) => tokens.replace(name, &held.value).await,
        None => tokens.current(name).await,
    }
}

fn refused(problem: ProviderError) -> ManageError {
    ManageError::Checks(vec![CheckResult {
        name: "token",
        title: Text::new("公众号令牌", "The account's token"),
        problem: Some(problem),
    }])
}
