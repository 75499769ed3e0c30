//! The account's server tokens and tickets.

use super::{Asked, Consumer, Declined, DeclinedCode};
use crate::flow::Engine;
use crate::model::{Action, Outcome, Right};
use crate::provider::{HeldToken, ServerToken};
use crate::secret::{ExposeSecret as _, SecretString, constant_time_eq};
use crate::store::{Change, UnitOfWork};

/// The token of the name, when the account has such.
fn tokens<'a>(consumer: &'a Consumer, name: &str) -> Result<&'a dyn ServerToken, Declined> {
    let tokens = consumer.provider.server_token();
    tokens
        .filter(|tokens| tokens.names().contains(&name))
        .ok_or_else(|| Declined::new(DeclinedCode::NotOffered).debug(format!("no token named {name}")))
}

impl Engine {
    /// The account's token of one of its names, for an app that makes the provider's calls itself.
    ///
    /// # Errors
    /// See [`Engine::consumer`]; the provider's when there is no living token.
    pub async fn server_token(&self, asked: &Asked<'_>, name: &str) -> Result<HeldToken, Declined> {
        let consumer = self.consumer(asked, Right::Token).await?;
        self.read(&consumer, tokens(&consumer, name)?, name).await
    }

    /// Another token than `dead`, which the provider refused. The one that is held is compared first: a report that
    /// comes late, or of something that never was the token, is a read and has nothing replaced.
    ///
    /// # Errors
    /// See [`Engine::server_token`]. No token is answered whose replacement is not in the audit log.
    pub async fn replace_token(
        &self,
        asked: &Asked<'_>,
        name: &str,
        dead: &SecretString,
    ) -> Result<HeldToken, Declined> {
        let consumer = self.consumer(asked, Right::Token).await?;
        let tokens = tokens(&consumer, name)?;
        let is_dead = |held: &HeldToken| constant_time_eq(held.value.expose_secret(), dead.expose_secret());
        if !tokens.peek(name).await?.as_ref().is_some_and(is_dead) {
            return self.read(&consumer, tokens, name).await;
        }
        let began = self.now();
        let answer = tokens.replace(name, dead).await;
        let outcome = if answer.is_ok() {
            Outcome::Succeeded
        } else {
            Outcome::Failed
        };
        let mut event = self.consumer_event(&consumer, asked.visit, Action::TokenForce, outcome);
        self.with_answer(&mut event, began, &answer);
        event.detail.insert("token".to_owned(), name.into());
        let unit = UnitOfWork::new(event.tenant_id).with(Change::Event(Box::new(event)));
        self.parts.store.begin(asked.tenant.id).save(unit).await?;
        let token = answer?;
        self.count_read(&consumer.connector, &format!("read:{name}:{}", consumer.client.id));
        Ok(token)
    }

    async fn read(&self, consumer: &Consumer, tokens: &dyn ServerToken, name: &str) -> Result<HeldToken, Declined> {
        let token = tokens.current(name).await?;
        self.count_read(&consumer.connector, &format!("read:{name}:{}", consumer.client.id));
        Ok(token)
    }
}
