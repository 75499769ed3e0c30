//! The account's tokens, for who may have them.

use async_trait::async_trait;
use hufu_core::provider::{HeldToken, ProviderError, ServerToken};
use hufu_core::secret::SecretString;

use super::OfficialAccount;
use crate::server_tokens::NAMES;

#[async_trait]
impl ServerToken for OfficialAccount {
    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    async fn current(&self, name: &str) -> Result<HeldToken, ProviderError> {
        self.tokens.current(name).await
    }

    async fn replace(&self, name: &str, failing: &SecretString) -> Result<HeldToken, ProviderError> {
        self.tokens.replace(name, failing).await
    }

    async fn peek(&self, name: &str) -> Result<Option<HeldToken>, ProviderError> {
        self.tokens.peek(name).await
    }
}
