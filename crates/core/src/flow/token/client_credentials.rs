//! A client speaks for itself (RFC 6749, section 4.4), with what it may do beside logging people in as scopes.

use super::issue::{Mint, Minted};
use super::{TokenResponse, field};
use crate::flow::{Engine, Visit, seen_by};
use crate::ids::{AttemptId, EventId};
use crate::model::{Action, AuditEvent, Client, ClientKind, Outcome, Right, Tenant};
use crate::oidc::{Form, OAuthError, OAuthErrorCode, Scopes};
use crate::store::{Change, UnitOfWork};

impl Engine {
    /// A token without a person. There is no refresh token (section 4.4.3): the client can always ask again.
    pub(super) async fn speak_for_itself(
        &self,
        tenant: &Tenant,
        client: &Client,
        form: &Form,
        visit: &Visit,
        jkt: Option<&str>,
    ) -> Result<TokenResponse, OAuthError> {
        if client.kind != ClientKind::Confidential || !client.protocol.client_credentials {
            return Err(OAuthError::new(
                OAuthErrorCode::UnauthorizedClient,
                "this client may not have tokens for itself",
            ));
        }
        let scopes = scopes(client, field(form, "scope")?)?;
        let store = self.parts.store.begin(tenant.id);
        let mint = Mint {
            store: &*store,
            tenant,
            client,
            attempt_id: AttemptId::generate(&*self.parts.clock, &*self.parts.random),
            person: None,
            by_session: false,
            nonce: None,
            scopes: &scopes,
            claims: None,
            jkt,
            visit,
        };
        let Minted { kept, answer } = self.mint(&mint).await?;
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, tenant.id, self.now(), Action::Token, Outcome::Succeeded);
        event.client_id = Some(client.id);
        event.scope = Some(scopes.to_string());
        event.detail.insert("grant".to_owned(), "client_credentials".into());
        seen_by(&mut event, &visit.browser);
        let unit = UnitOfWork::new(tenant.id)
            .with(Change::AccessToken(Box::new(kept)))
            .with(Change::Event(Box::new(event)));
        store.save(unit).await.map_err(OAuthError::unavailable)?;
        Ok(answer)
    }
}

/// What it asks for, when it may have all of it; all it may have, when it does not say.
fn scopes(client: &Client, asked: Option<&str>) -> Result<Scopes, OAuthError> {
    let granted: Vec<_> = client.rights.granted.iter().map(|right| right.as_str()).collect();
    let scopes = Scopes::parse(asked.unwrap_or(&granted.join(" ")));
    let may_have = |scope: &str| Right::of(scope).is_some_and(|right| client.rights.has(right));
    if scopes.is_empty() || !scopes.iter().all(may_have) {
        return Err(OAuthError::new(
            OAuthErrorCode::InvalidScope,
            "scope must name rights that this client has; there is no person to have openid for",
        ));
    }
    Ok(scopes)
}
