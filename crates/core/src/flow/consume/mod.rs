//! What apps get of an account beside logins: its token and tickets, signatures for pages, profiles.
//!
//! Who asks is a client of the tenant, proved as at the token endpoint or by an access token that it has for itself
//! (RFC 6749, section 4.4) with the right as scope. It must be given the right, come from one of
//! its networks, and may use the connector. Tokens change hands often, so reads are counted, not audited; what an app
//! has done at the provider (a token replaced, a profile fetched) is an audit event before it is answered.

mod browser;
mod declined;
mod profile;
mod tokens;

use std::sync::Arc;

use super::{BasicCredentials, Engine, Presented, Visit};
use crate::clock::Timestamp;
use crate::ids::{ClientId, ConnectorId, EventId};
use crate::model::{Action, AuditEvent, Client, ClientKind, Connector, Outcome, Right, Tenant};
use crate::oidc::{Form, OAuthError};
use crate::provider::{Provider, ProviderError};
pub use browser::{PageAsked, host_of};
pub use declined::{Declined, DeclinedCode};

/// What an app asks with.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Of which tenant.
    pub tenant: &'a Tenant,
    /// Of which connector: the id, as it was written.
    pub connector: &'a str,
    /// User and password of the `Authorization` header.
    pub basic: Option<&'a BasicCredentials>,
    /// An access token that the client has for itself, instead of its credentials.
    pub token: Option<Presented<'a>>,
    /// The body's fields, which may hold `client_id` and `client_secret` instead. Never a query: URLs end up in logs.
    pub form: &'a Form,
    /// The request.
    pub visit: &'a Visit,
}

/// An app that may do what it asks for.
#[derive(Clone)]
pub struct Consumer {
    /// The app.
    pub client: Arc<Client>,
    /// The account.
    pub connector: Arc<Connector>,
    /// The account, opened.
    pub provider: Arc<dyn Provider>,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer")
            .field("client", &self.client.id)
            .field("connector", &self.connector.id)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Who asks, proved, when they may do what `right` names at this connector.
    ///
    /// # Errors
    /// [`DeclinedCode::InvalidClient`] and what else client authentication answers; then whichever rule refuses.
    pub async fn consumer(&self, asked: &Asked<'_>, right: Right) -> Result<Consumer, Declined> {
        let connector = self.connector_of(asked.tenant, asked.connector).await?;
        if let Some(presented) = &asked.token {
            let client = self.bearer(asked.tenant, presented, right).await?;
            return self.admit(client, connector, right, asked.visit);
        }
        let client = match self
            .authenticate(asked.tenant, asked.basic, asked.form, asked.visit)
            .await
        {
            Ok(client) => client,
            Err(error) => return Err(self.not_proved(asked, connector.as_deref(), error).await),
        };
        // Anybody can name a public client: nothing of an account is for it.
        if client.kind == ClientKind::Public {
            let declined = Declined::new(DeclinedCode::PublicClient);
            return Err(self.refuse_read(connector.as_deref(), client.id, declined));
        }
        self.admit(client, connector, right, asked.visit)
    }

    /// The client that has this token for itself, with the right as scope. A person's token is none: what belongs to the
    /// account is not theirs to give.
    async fn bearer(&self, tenant: &Tenant, presented: &Presented<'_>, right: Right) -> Result<Arc<Client>, Declined> {
        let (token, client) = self.accepted(tenant, presented).await?;
        if token.person.is_some() || !token.scopes.has(right.as_str()) {
            return Err(Declined::new(DeclinedCode::RightMissing(right)).debug("not in the token's scope"));
        }
        Ok(client)
    }

    /// The connector of an id that an app wrote.
    async fn connector_of(&self, tenant: &Tenant, id: &str) -> Result<Option<Arc<Connector>>, Declined> {
        let Ok(id) = id.parse::<ConnectorId>() else {
            return Ok(None);
        };
        Ok(self.parts.store.begin(tenant.id).lookup_connector(id).await?)
    }

    /// The rules that stand between a client and an account.
    pub(in crate::flow) fn admit(
        &self,
        client: Arc<Client>,
        connector: Option<Arc<Connector>>,
        right: Right,
        visit: &Visit,
    ) -> Result<Consumer, Declined> {
        let connector = connector.ok_or_else(|| Declined::new(DeclinedCode::ConnectorUnknown))?;
        let rights = &client.rights;
        let refusal = if !rights.has(right) {
            Some(DeclinedCode::RightMissing(right))
        } else if !rights.work_from(&visit.browser.ip) {
            Some(DeclinedCode::AddressRefused)
        } else if !client.may_use(connector.id) {
            Some(DeclinedCode::ConnectorRefused)
        } else if !connector.status.is_active() {
            Some(DeclinedCode::ConnectorDisabled)
        } else {
            None
        };
        if let Some(code) = refusal {
            let declined = Declined::new(code).debug(format!("from {}", visit.browser.ip));
            return Err(self.refuse_read(Some(&connector), client.id, declined));
        }
        let provider = self.parts.providers.open(&connector)?;
        Ok(Consumer {
            client,
            connector,
            provider,
        })
    }

    /// Who asks is not proved. When they named an app that exists, whoever looks after it can see it in the counts.
    async fn not_proved(&self, asked: &Asked<'_>, connector: Option<&Connector>, error: OAuthError) -> Declined {
        let declined = Declined::from(error);
        let posted = asked.form.get("client_id").ok().flatten();
        let named = asked.basic.map(|basic| basic.user.as_str()).or(posted);
        let Some(id) = named.and_then(|named| named.parse::<ClientId>().ok()) else {
            return declined;
        };
        let store = self.parts.store.begin(asked.tenant.id);
        match store.lookup_client(id).await {
            Ok(Some(_)) if declined.code == DeclinedCode::InvalidClient => self.refuse_read(connector, id, declined),
            _ => declined,
        }
    }

    /// Counts a refusal: one line of audit for each would be a flood that an app with an old configuration makes.
    fn refuse_read(&self, connector: Option<&Connector>, client: ClientId, declined: Declined) -> Declined {
        if let Some(connector) = connector {
            self.count_read(connector, &format!("refused:{}:{client}", declined.code.reason()));
        }
        declined
    }

    pub(in crate::flow) fn count_read(&self, connector: &Connector, name: &str) {
        let meter = &self.parts.providers.host().meter;
        meter.count(connector.tenant_id, connector.id, name);
    }

    /// An event about what an app had done at an account.
    fn consumer_event(&self, consumer: &Consumer, visit: &Visit, action: Action, outcome: Outcome) -> AuditEvent {
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, consumer.connector.tenant_id, self.now(), action, outcome);
        event.client_id = Some(consumer.client.id);
        event.connector_id = Some(consumer.connector.id);
        event.ip = Some(visit.browser.ip.clone());
        event.user_agent = Some(visit.browser.user_agent.clone());
        event.request_id = Some(visit.browser.request_id);
        event
    }

    /// Writes what a provider answered into an event: how long it took, and why it failed.
    fn with_answer<T>(&self, event: &mut AuditEvent, began: Timestamp, answer: &Result<T, ProviderError>) {
        event.upstream_ms = Some(self.now().millis_since(began));
        if let Err(error) = answer {
            event.error = Some(error.code.as_str().to_owned());
            event.errcode = error.errcode;
        }
    }
}
