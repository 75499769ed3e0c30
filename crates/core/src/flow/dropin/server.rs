//! The account's server token and tickets, and calls in its name, for programs that ask as they would ask WeChat.
//!
//! WeChat's own calls name nobody: they carry the account's token and nothing else. So a client that may have calls
//! relayed is given a token of Hufu's in its place, which says who asks; it works here alone. A client that may only
//! read the account's token gets the real one, with which it goes to WeChat itself.

use std::sync::Arc;
use std::time::Duration;

use super::grant::get;
use super::{DropInError, DropInRefused, values};
use crate::clock::Timestamp;
use crate::error::Class;
use crate::flow::consume::{Asked, Consumer, Declined, DeclinedCode};
use crate::flow::{Engine, Visit};
use crate::model::{Client, Connector, Right, Tenant};
use crate::oidc::Form;
use crate::provider::{HeldToken, Provider, RelayedAnswer, RelayedCall};
use crate::secret::SecretString;

/// WeChat's name of its server token.
const ACCESS_TOKEN: &str = "access_token";
/// WeChat's name of the ticket for its script.
const JSAPI_TICKET: &str = "jsapi_ticket";
/// What forced replacements are counted as.
const FORCED: &str = "forced:access_token";

/// Tokens for relayed calls end with the next hour but one, so that all who ask in one hour get the same.
const SLOT: i64 = 3600;

/// Between two forced replacements (Tencent's documentation, 获取稳定版接口调用凭据).
const FORCE_PAUSE: Duration = Duration::from_secs(30);
/// Forced replacements a day (the same page).
const FORCE_A_DAY: u64 = 20;

/// A token or ticket.
#[derive(Debug, Clone)]
pub struct DropInServerToken {
    /// The token.
    pub value: SecretString,
    /// Seconds.
    pub expires_in: i64,
}

/// The tenant of the client that a request names, and the visit; `None`: it names no client that is known.
pub type Named<'a> = Option<(&'a Tenant, &'a Visit)>;

impl Engine {
    /// `/cgi-bin/token`, and with `stable` `/cgi-bin/stable_token`, where `force` asks for another token.
    ///
    /// # Errors
    /// See [`DropInError`]; checked in WeChat's order.
    pub async fn dropin_server_token(
        &self,
        named: Named<'_>,
        form: &Form,
        force: bool,
    ) -> Result<DropInServerToken, DropInRefused> {
        if get(form, "grant_type")? != Some("client_credential") {
            return Err(DropInError::GrantType.into());
        }
        let app_id = get(form, "appid")?.ok_or(DropInError::ClientMissing)?;
        let (tenant, visit) = named.ok_or(DropInError::ClientUnknown)?;
        let (_, client) = self.dropin_client(app_id, None).await?;
        let secret = get(form, "secret")?.ok_or(DropInError::SecretMissing)?;
        if !client.has_secret(secret, self.now()) {
            return Err(DropInError::SecretWrong.into());
        }
        let is_relayed = client.rights.has(Right::Relay);
        let right = if is_relayed { Right::Relay } else { Right::Token };
        if !client.rights.has(right) {
            return Err(DropInRefused::from(DropInError::NotAllowed).debug("no right to the account's token"));
        }
        let connector = self.account_of(tenant, &client, right).await?;
        let proof = Form::from_pairs(vec![
            ("client_id".to_owned(), app_id.to_owned()),
            ("client_secret".to_owned(), secret.to_owned()),
        ]);
        let asked = Asked {
            tenant,
            connector: &connector.id.to_string(),
            basic: None,
            token: None,
            form: &proof,
            visit,
        };
        if is_relayed {
            self.consumer(&asked, right).await?;
            return Ok(self.relay_token(&client, secret));
        }
        let held = self.server_token(&asked, ACCESS_TOKEN).await?;
        if force && self.may_force(tenant, &connector, &held).await? {
            let replaced = self.replace_token(&asked, ACCESS_TOKEN, &held.value).await?;
            let meter = &self.parts.providers.host().meter;
            meter.count(tenant.id, connector.id, FORCED);
            return Ok(self.left(&replaced));
        }
        Ok(self.left(&held))
    }

    /// `/cgi-bin/ticket/getticket` with a token that [`Engine::dropin_server_token`] gave.
    ///
    /// # Errors
    /// See [`DropInError`].
    pub async fn dropin_ticket(&self, named: Named<'_>, form: &Form) -> Result<DropInServerToken, DropInRefused> {
        let (tenant, visit, client) = self.relaying(named, form).await?;
        if get(form, "type")?.is_some_and(|kind| kind != "jsapi") {
            return Err(DropInRefused::from(DropInError::NotAllowed).debug("a ticket that Hufu does not hold"));
        }
        let consumer = self.admitted(tenant, client, Right::Token, visit).await?;
        let tokens = consumer.provider.server_token();
        let tokens = tokens.filter(|tokens| tokens.names().contains(&JSAPI_TICKET));
        let tokens = tokens.ok_or_else(|| Declined::new(DeclinedCode::NotOffered))?;
        let held = tokens.current(JSAPI_TICKET).await.map_err(Declined::from)?;
        self.count_read(
            &consumer.connector,
            &format!("read:{JSAPI_TICKET}:{}", consumer.client.id),
        );
        Ok(self.left(&held))
    }

    /// Any other call, made in the account's name with its own token.
    ///
    /// # Errors
    /// [`DropInError::NotAllowed`] unless the client's list has the call.
    pub async fn dropin_relay(
        &self,
        named: Named<'_>,
        form: &Form,
        call: &RelayedCall<'_>,
    ) -> Result<RelayedAnswer, DropInRefused> {
        let (tenant, visit, client) = self.relaying(named, form).await?;
        if !client.rights.may_call(call.method, call.path) {
            return Err(DropInRefused::from(DropInError::NotAllowed).debug("not on the client's list of calls"));
        }
        let consumer = self.admitted(tenant, client, Right::Relay, visit).await?;
        let relay = consumer.provider.relay();
        let relay = relay.ok_or_else(|| Declined::new(DeclinedCode::NotOffered))?;
        self.count_read(&consumer.connector, &format!("relay:{}", consumer.client.id));
        Ok(relay.relay(call).await.map_err(Declined::from)?)
    }

    /// Which client an `access_token` of ours names, whatever it is worth: so the face finds the tenant.
    #[must_use]
    pub fn client_of_relay_token(form: &Form) -> Option<&str> {
        values::client_of_relay_token(form.get("access_token").ok()??)
    }

    fn relay_token(&self, client: &Client, secret: &str) -> DropInServerToken {
        let now = self.now().as_secs();
        let ends = (now.div_euclid(SLOT) + 2) * SLOT;
        let secret = crate::secret::Digest256::of(secret);
        DropInServerToken {
            value: values::relay_token(&self.parts.settings.code_key, client.id, ends, &secret).into(),
            expires_in: ends - now,
        }
    }

    /// The client whose token for relayed calls this is.
    async fn relaying<'a>(
        &self,
        named: Named<'a>,
        form: &Form,
    ) -> Result<(&'a Tenant, &'a Visit, Arc<Client>), DropInRefused> {
        let text = get(form, "access_token")?.ok_or(DropInError::TokenMissing)?;
        let invalid = |debug: &str| DropInRefused::from(DropInError::TokenInvalid).debug(debug);
        let id = values::client_of_relay_token(text).ok_or_else(|| invalid("not a token for relayed calls"))?;
        let (tenant, visit) = named.ok_or_else(|| invalid("of an unknown client"))?;
        let (_, client) = self
            .dropin_client(id, None)
            .await
            .map_err(|refused| match refused.error {
                DropInError::ClientUnknown => invalid("the client is gone or disabled"),
                _ => refused,
            })?;
        let now = self.now();
        let valid = client
            .secrets
            .iter()
            .filter(|s| s.expires_at.is_none_or(|end| now < end));
        let ends = valid
            .filter_map(|s| values::end_of_relay_token(&self.parts.settings.code_key, text, &s.digest))
            .next();
        let ends = ends.ok_or_else(|| invalid("forged, or given for a secret that has ended"))?;
        if now >= Timestamp::from_millis(ends * 1000) {
            return Err(DropInError::TokenExpired.into());
        }
        Ok((tenant, visit, client))
    }

    async fn admitted(
        &self,
        tenant: &Tenant,
        client: Arc<Client>,
        right: Right,
        visit: &Visit,
    ) -> Result<Consumer, DropInRefused> {
        let connector = self.account_of(tenant, &client, right).await?;
        Ok(self.admit(client, Some(connector), right, visit)?)
    }

    /// The account whose token a client means: the oldest in use that it may use and that can do it.
    async fn account_of(
        &self,
        tenant: &Tenant,
        client: &Client,
        right: Right,
    ) -> Result<Arc<Connector>, DropInRefused> {
        let can = |provider: &dyn Provider| match right {
            Right::Relay => provider.relay().is_some(),
            _ => provider.server_token().is_some(),
        };
        let connectors = self.parts.store.begin(tenant.id).list_connectors().await?;
        let mut usable = connectors
            .iter()
            .filter(|connector| client.may_use(connector.id) && connector.status.is_active());
        let found = usable.find(|connector| self.parts.providers.open(connector).is_ok_and(|open| can(&*open)));
        let none = || DropInRefused::from(DropInError::NotAllowed).debug("no account of the client can do this");
        found.cloned().ok_or_else(none)
    }

    /// WeChat answers a forced refresh that comes too soon or too often with the same token.
    async fn may_force(&self, tenant: &Tenant, connector: &Connector, held: &HeldToken) -> Result<bool, DropInRefused> {
        if self.now() < held.fetched_at.plus(FORCE_PAUSE) {
            return Ok(false);
        }
        let store = self.parts.store.begin(tenant.id);
        let counted = store.list_counters(connector.id, self.now().china_day()).await?;
        let forced: u64 = counted.iter().filter(|c| c.name == FORCED).map(|c| c.more).sum();
        Ok(forced < FORCE_A_DAY)
    }

    fn left(&self, held: &HeldToken) -> DropInServerToken {
        DropInServerToken {
            value: held.value.clone(),
            expires_in: (held.expires_at.as_secs() - self.now().as_secs()).max(0),
        }
    }
}

impl From<Declined> for DropInRefused {
    fn from(declined: Declined) -> Self {
        let error = match declined.code {
            DeclinedCode::RequestInvalid => DropInError::Malformed,
            DeclinedCode::InvalidClient | DeclinedCode::PublicClient => DropInError::SecretWrong,
            DeclinedCode::AddressRefused => DropInError::AddressRefused,
            DeclinedCode::Unavailable => DropInError::Unavailable,
            DeclinedCode::Internal => DropInError::Internal,
            DeclinedCode::Upstream => match declined.upstream.as_ref().map(|upstream| upstream.class) {
                Some(Class::TenantAdmin) => DropInError::NotAllowed,
                _ => DropInError::Unavailable,
            },
            _ => DropInError::NotAllowed,
        };
        let upstream = declined.upstream.as_ref().map(ToString::to_string).unwrap_or_default();
        Self::from(error).debug(format!("{} {} {upstream}", declined.error(), declined.debug))
    }
}
