//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): the clients of a session are told that it is over.
//!
//! That they are to be told is written in the unit that ends the session, so that nobody is forgotten; the token that
//! says so is made and signed at each try, since it lives for two minutes only.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Engine;
use super::deliveries::{Tried, UrlsOf};
use crate::clock::{Clock, Random, random_token};
use crate::deliverer::{Deliverer, Parcel, Posted};
use crate::error::StoreError;
use crate::ids::{ClientId, DeliveryId, EventId};
use crate::model::{
    Action, AuditEvent, BrowserSession, Client, Delivery, DeliveryState, LogoutNotice, Message, Outcome, Tenant,
    TenantCode,
};
use crate::oidc::{JwtType, with_query};
use crate::store::{Change, TenantStore};

/// Name of the event, in the token (section 2.4) and of deliveries.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Name of these deliveries.
const DELIVERY: &str = "logout";
/// Seconds that a logout token lives; "preferably at most two minutes" (section 2.4).
const LIFETIME: i64 = 120;
/// The answer of a client that could not log the person out (section 2.8): asking again changes nothing.
const REFUSED: Posted = Posted::Status(400);

/// Claims of a logout token (section 2.4). There is no `nonce`: so it is never taken for an ID token.
#[derive(Serialize)]
struct LogoutToken<'a> {
    iss: &'a str,
    sub: String,
    sid: String,
    aud: String,
    iat: i64,
    exp: i64,
    jti: String,
    events: Map<String, Value>,
}

/// What ends these sessions and tells their clients: the access tokens of their logins go with them, refresh tokens
/// stay, as section 2.7 has it for `offline_access`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn ending(
    store: &dyn TenantStore,
    tenant: &Tenant,
    sessions: &[BrowserSession],
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Vec<Change>, StoreError> {
    let now = clock.now();
    let mut changes = Vec::with_capacity(2 * sessions.len());
    for session in sessions {
        changes.push(Change::EndSession(session.id));
        let Some(subject_id) = session.subject_id else {
            continue;
        };
        for client_id in clients_of(store, session).await? {
            let client = store.lookup_client(client_id).await?;
            if client.is_none_or(|client| client.protocol.backchannel_logout_uri.is_none()) {
                continue;
            }
            let notice = Message::Logout(LogoutNotice {
                client_id,
                subject_id,
                session_id: session.id,
            });
            let id = DeliveryId::generate(clock, random);
            let of = (tenant.id, tenant.code.to_string());
            changes.push(Change::record(&Delivery::new(
                id,
                of,
                DELIVERY.to_owned(),
                notice,
                now,
            ))?);
        }
    }
    Ok(changes)
}

/// Each client that somebody was logged in to in this session, once.
async fn clients_of(store: &dyn TenantStore, session: &BrowserSession) -> Result<Vec<ClientId>, StoreError> {
    let mut clients = vec![session.client_id];
    for login in store.list_session_logins(session.id).await? {
        if !clients.contains(&login.client_id) {
            clients.push(login.client_id);
        }
    }
    Ok(clients)
}

impl Engine {
    /// Tells a client once.
    pub(super) async fn deliver_logout(
        &self,
        deliverer: &dyn Deliverer,
        urls: &UrlsOf,
        delivery: &Delivery,
        notice: LogoutNotice,
    ) -> Result<Tried, StoreError> {
        let tenant = match delivery.tenant.parse::<TenantCode>() {
            Ok(code) => self.parts.store.lookup_tenant(&code).await?,
            Err(_) => None,
        };
        let Some(tenant) = tenant.filter(|tenant| tenant.id == delivery.tenant_id) else {
            return Ok(Tried::GivenUp("tenant_removed"));
        };
        let store = self.parts.store.begin(tenant.id);
        let client = store.lookup_client(notice.client_id).await?;
        let Some(client) = client.filter(|client| client.status.is_active()) else {
            return Ok(Tried::GivenUp("client_disabled"));
        };
        let Some(url) = client.protocol.backchannel_logout_uri.clone() else {
            return Ok(Tried::GivenUp("receiver_removed"));
        };
        let issuer = urls(&tenant);
        let Some(token) = self
            .logout_token(&*store, &tenant, &client, issuer.issuer(), notice)
            .await?
        else {
            return Ok(Tried::Failed("no_signing_key".to_owned()));
        };
        // A form of one field (section 2.5).
        let body = with_query("", &[("logout_token", &token)]);
        let parcel = Parcel {
            url,
            headers: vec![("Hufu-Delivery", delivery.id.to_string())],
            content_type: "application/x-www-form-urlencoded",
            body: body.trim_start_matches('?').to_owned(),
        };
        let posted = deliverer.post(&parcel).await;
        Ok(if posted.is_taken() || posted == REFUSED {
            Tried::Taken(posted.to_string())
        } else {
            Tried::Failed(posted.to_string())
        })
    }

    /// `None`: the tenant has no key to sign it with.
    async fn logout_token(
        &self,
        store: &dyn TenantStore,
        tenant: &Tenant,
        client: &Client,
        issuer: &str,
        notice: LogoutNotice,
    ) -> Result<Option<String>, StoreError> {
        let keys = store.lookup_keys().await?;
        let now = self.now().as_secs();
        let claims = LogoutToken {
            iss: issuer,
            sub: self.subject_for(tenant, client, notice.subject_id),
            sid: notice.session_id.to_string(),
            aud: client.id.to_string(),
            iat: now,
            exp: now + LIFETIME,
            jti: random_token::<16>(&*self.parts.random),
            events: Map::from_iter([(EVENT.to_owned(), json!({}))]),
        };
        let signer = keys.signer(client.id_token_alg);
        Ok(signer.and_then(|signer| signer.sign_as(JwtType::Logout, &claims).ok()))
    }

    /// The event of a client that was told, or could not be; `None`: it is no such delivery, or not over.
    pub(super) fn backchannel_told(&self, delivery: &Delivery) -> Option<AuditEvent> {
        let Message::Logout(notice) = &delivery.message else {
            return None;
        };
        let is_refused = delivery.last == Some(REFUSED.to_string());
        let (outcome, error) = match delivery.state {
            DeliveryState::Pending => return None,
            DeliveryState::Done if is_refused => (Outcome::Rejected, Some("logout_refused")),
            DeliveryState::Done => (Outcome::Succeeded, None),
            DeliveryState::Dead => (Outcome::Failed, Some("logout_undelivered")),
        };
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, delivery.tenant_id, self.now(), Action::BackchannelLogout, outcome);
        event.client_id = Some(notice.client_id);
        event.subject_id = Some(notice.subject_id);
        event.error = error.map(str::to_owned);
        for (name, value) in [
            ("session", json!(notice.session_id)),
            ("delivery", json!(delivery.id)),
            ("tries", json!(delivery.tries)),
            ("last", json!(delivery.last)),
        ] {
            event.detail.insert(name.to_owned(), value);
        }
        Some(event)
    }
}
