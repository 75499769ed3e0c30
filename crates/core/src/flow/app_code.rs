//! An app brings the provider's own code to the token endpoint (RFC 6749, section 4.5): a mini program, which logs its
//! people in without any page.
//!
//! There is no browser to send anywhere, so the whole login happens in one request. It is an attempt like any other:
//! stored before the provider is asked, ended with one outcome event, redeemed at once. The person is known only when
//! that is stored, since the store decides who is who; so the tokens are a unit of their own.

use std::sync::Arc;

use tokio::time::Instant;

use super::begin::is_live;
use super::complete::Proof;
use super::ending::Ended;
use super::token::{Issue, TokenResponse};
use super::{Engine, ProblemCode, Visit};
use crate::clock::random_token;
use crate::error::{Class, StoreError};
use crate::ids::{ConnectorId, EventId};
use crate::model::{
    Action, Attempt, AttemptState, AuditEvent, AuthorizationRequest, Client, ClientKind, Connector, Face,
    IllegalTransition, Outcome, SnapshotPolicy, Tenant,
};
use crate::oidc::{APP_CODE_GRANT, Form, OAuthError, OAuthErrorCode, Scopes};
use crate::provider::{AppCode, Provider, ProviderError, ProviderErrorCode};
use crate::secret::Digest256;
use crate::store::{Change, TenantStore, UnitOfWork};

/// The longest signed data that is taken; WeChat's is under 1 KiB.
const LONGEST: usize = 8 * 1024;

/// What the app asked, checked.
struct Asked<'a> {
    code: &'a str,
    signed: Option<(&'a str, &'a str)>,
    request: AuthorizationRequest,
    connection: Option<&'a str>,
}

/// Who brings it.
struct Bringer<'a> {
    store: &'a dyn TenantStore,
    tenant: &'a Tenant,
    client: &'a Client,
    /// Thumbprint of the key that its DPoP proof shows.
    jkt: Option<&'a str>,
    visit: &'a Visit,
}

impl Engine {
    /// The grant of an app that brings the provider's code.
    pub(super) async fn log_in_by_code(
        &self,
        tenant: &Tenant,
        client: &Client,
        form: &Form,
        visit: &Visit,
        jkt: Option<&str>,
    ) -> Result<TokenResponse, OAuthError> {
        let store = self.parts.store.begin(tenant.id);
        let begun = match read(client, form) {
            Ok(asked) => {
                let opened = self.code_connector(&*store, client, asked.connection).await;
                opened.map(|(connector, provider)| (asked, connector, provider))
            }
            Err(error) => Err(error),
        };
        let (asked, connector, provider) = match begun {
            Ok(begun) => begun,
            Err(error) => return Err(self.refused_app(&*store, client, visit, error).await),
        };
        // Nobody ever brings this state or this cookie: the login is found by its id alone.
        let unknown = || Digest256::of(&random_token::<32>(&*self.parts.random));
        let attempt = self
            .started(tenant.id, connector.id, asked.request.clone(), visit)
            .sent(unknown(), unknown())
            .map_err(illegal)?;
        self.save(&*store, Change::Attempt(Box::new(attempt.clone()))).await?;
        let who = Bringer {
            store: &*store,
            tenant,
            client,
            jkt,
            visit,
        };
        self.ask(&who, attempt, &*provider, &asked).await
    }

    async fn ask(
        &self,
        who: &Bringer<'_>,
        attempt: Attempt,
        provider: &dyn Provider,
        asked: &Asked<'_>,
    ) -> Result<TokenResponse, OAuthError> {
        let (store, visit) = (who.store, who.visit);
        let login = provider.code_login().ok_or_else(not_offered)?;
        let app = AppCode {
            code: asked.code,
            signed: asked.signed,
        };
        let started = Instant::now();
        let answer = login.log_in(&app).await;
        let upstream_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let identity = match answer {
            Ok(identity) => identity,
            Err(error) => {
                let failed = Ended::Failed {
                    error: &error,
                    upstream_ms,
                };
                self.end_app(store, &attempt, visit, failed).await?;
                return Err(told(&error));
            }
        };
        if identity.transient && who.client.snapshot_policy == SnapshotPolicy::Refuse {
            self.end_app(store, &attempt, visit, Ended::Snapshot { upstream_ms })
                .await?;
            return Err(OAuthError::new(OAuthErrorCode::AccessDenied, "a stand-in is no person"));
        }
        let proof = Proof {
            identity,
            grant: None,
            union_group: provider.union_group().map(str::to_owned),
            upstream_ms,
        };
        self.grant(who, attempt, proof).await
    }

    /// Two units: the login, which tells who the person is, and the tokens.
    async fn grant(&self, who: &Bringer<'_>, attempt: Attempt, proof: Proof) -> Result<TokenResponse, OAuthError> {
        let (store, visit) = (who.store, who.visit);
        let (external_id, upstream_ms) = (proof.identity.external_id.clone(), proof.upstream_ms);
        let before = attempt.clone();
        // The code is given to nobody and redeemed below.
        let succeeded = self
            .succeeded(attempt, proof, Digest256::of(""), visit)
            .map_err(illegal)?;
        let attempt = succeeded.attempt.clone();
        let saved = match store.save(succeeded.unit()).await {
            Ok(saved) => saved,
            Err(StoreError::Blocked) => {
                let blocked = Ended::Blocked {
                    external_id: &external_id,
                    upstream_ms,
                };
                self.end_app(store, &before, visit, blocked).await?;
                return Err(OAuthError::new(OAuthErrorCode::AccessDenied, "the person is disabled")
                    .with_debug(ProblemCode::PersonBlocked.as_str()));
            }
            Err(error) => return Err(OAuthError::unavailable(error)),
        };
        let (AttemptState::Authenticated(proof), Some(subject)) = (&attempt.state, saved.subject_id) else {
            return Err(OAuthError::new(OAuthErrorCode::ServerError, "internal error").with_debug("no subject"));
        };
        let issue = Issue {
            store,
            tenant: who.tenant,
            client: who.client,
            attempt: &attempt,
            proof,
            subject,
            grant: Some(APP_CODE_GRANT),
            jkt: who.jkt,
            more: Vec::new(),
            visit,
        };
        self.issue(issue).await
    }

    /// The connector that takes codes: the one named, or the only one.
    async fn code_connector(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        connection: Option<&str>,
    ) -> Result<(Arc<Connector>, Arc<dyn Provider>), OAuthError> {
        let wanted = connection.map(str::parse::<ConnectorId>).transpose();
        let wanted = wanted.map_err(|_| OAuthError::invalid_request("connection is no id of a connector"))?;
        let connectors = store.list_connectors().await.map_err(OAuthError::unavailable)?;
        let mut usable = Vec::new();
        for connector in connectors.iter().filter(|connector| may_bring_codes(client, connector)) {
            if wanted.is_some_and(|wanted| connector.id != wanted) {
                continue;
            }
            match self.parts.providers.open(connector) {
                Ok(provider) if provider.code_login().is_some() => usable.push((Arc::clone(connector), provider)),
                Ok(_) => {}
                Err(error) if wanted.is_some() => return Err(told(&error)),
                Err(error) => tracing::debug!(connector = %connector.id, %error, "a connector does not open"),
            }
        }
        if usable.len() > 1 {
            return Err(OAuthError::invalid_request(
                "there are several connectors: say which by connection",
            ));
        }
        usable.pop().ok_or_else(not_offered)
    }

    /// Ends the attempt with its one outcome event.
    async fn end_app(
        &self,
        store: &dyn TenantStore,
        attempt: &Attempt,
        visit: &Visit,
        ended: Ended<'_>,
    ) -> Result<(), OAuthError> {
        let (ended, event) = self.ended(attempt, Some(visit), ended).map_err(illegal)?;
        let unit = UnitOfWork::new(attempt.tenant_id)
            .with(Change::Attempt(Box::new(ended)))
            .with(Change::Event(Box::new(event)));
        store.save(unit).await.map(drop).map_err(OAuthError::unavailable)
    }

    /// A request that begins no login stands in the log too. Gives the error back, or that of an outage.
    async fn refused_app(
        &self,
        store: &dyn TenantStore,
        client: &Client,
        visit: &Visit,
        error: OAuthError,
    ) -> OAuthError {
        if matches!(error.code, OAuthErrorCode::TemporarilyUnavailable) {
            return error;
        }
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, client.tenant_id, self.now(), Action::Login, Outcome::Rejected);
        event.client_id = Some(client.id);
        event.error = Some(error.code.as_str().to_owned());
        event.ip = Some(visit.browser.ip.clone());
        event.user_agent = Some(visit.browser.user_agent.clone());
        event.request_id = Some(visit.browser.request_id);
        let description = error.description.clone();
        event.detail.insert("description".to_owned(), description.into());
        match self.save(store, Change::Event(Box::new(event))).await {
            Ok(()) => error,
            Err(outage) => outage,
        }
    }

    async fn save(&self, store: &dyn TenantStore, change: Change) -> Result<(), OAuthError> {
        let unit = UnitOfWork::new(store.tenant_id()).with(change);
        store.save(unit).await.map(drop).map_err(OAuthError::unavailable)
    }
}

/// A public client cannot prove who it is: it may bring codes only to connectors that were named for it.
fn may_bring_codes(client: &Client, connector: &Connector) -> bool {
    let named = match client.kind {
        ClientKind::Confidential => client.may_use(connector.id),
        ClientKind::Public => client.connectors.contains(&connector.id),
    };
    named && is_live(connector) && connector.status.is_active()
}

fn read<'a>(client: &Client, form: &'a Form) -> Result<Asked<'a>, OAuthError> {
    let get = |name| {
        form.get(name)
            .map_err(|error| OAuthError::invalid_request(error.to_string()))
    };
    let code = get("code")?.ok_or_else(|| OAuthError::invalid_request("code is missing"))?;
    let signed = match (get("raw_data")?, get("signature")?) {
        (Some(data), Some(_)) if data.len() > LONGEST => {
            return Err(OAuthError::invalid_request("raw_data is too long"));
        }
        (Some(data), Some(signature)) => Some((data, signature)),
        (None, None) => None,
        _ => return Err(OAuthError::invalid_request("raw_data and signature go together")),
    };
    let scopes = match get("scope")? {
        Some(scope) => Scopes::parse(scope).within(&client.scopes),
        None => client.scopes.clone(),
    };
    if scopes.is_empty() {
        let what = "scope names nothing this client may have; openid is the least";
        return Err(OAuthError::new(OAuthErrorCode::InvalidScope, what));
    }
    let request = AuthorizationRequest {
        nonce: get("nonce")?.map(str::to_owned),
        // Nobody is sent anywhere.
        ..AuthorizationRequest::new(client.id, String::new(), scopes, Face::Oidc)
    };
    Ok(Asked {
        code,
        signed,
        request,
        connection: get("connection")?,
    })
}

fn not_offered() -> OAuthError {
    OAuthError::new(
        OAuthErrorCode::UnauthorizedClient,
        "this client may bring no codes: it needs an active connector that takes them",
    )
}

fn illegal(error: IllegalTransition) -> OAuthError {
    OAuthError::new(OAuthErrorCode::ServerError, "internal error").with_debug(error.to_string())
}

/// What the app is told of a provider's failure.
fn told(error: &ProviderError) -> OAuthError {
    let (code, what) = match (error.code, error.class) {
        (ProviderErrorCode::CodeInvalid, _) => (
            OAuthErrorCode::InvalidGrant,
            "the code is wrong, expired or another account's",
        ),
        (ProviderErrorCode::CodeUsed, _) => (OAuthErrorCode::InvalidGrant, "the code was used before"),
        (ProviderErrorCode::SignatureInvalid, _) => {
            (OAuthErrorCode::InvalidGrant, "the signature does not fit raw_data")
        }
        (ProviderErrorCode::PersonBlocked, _) => (OAuthErrorCode::AccessDenied, "the provider refuses this person"),
        (_, Class::Retry) => (
            OAuthErrorCode::TemporarilyUnavailable,
            "the provider is busy; try again later with a new code",
        ),
        _ => (
            OAuthErrorCode::ServerError,
            "the provider refuses this account's settings",
        ),
    };
    OAuthError::new(code, what).with_debug(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn error(code: ProviderErrorCode, class: Class) -> OAuthErrorCode {
        told(&ProviderError {
            class,
            code,
            errcode: None,
            message: Text::new("", ""),
            remedy: None,
            debug: String::new(),
        })
        .code
    }

    #[test]
    fn an_app_hears_what_it_can_act_on() {
        use OAuthErrorCode::{AccessDenied, InvalidGrant, ServerError, TemporarilyUnavailable};
        use ProviderErrorCode as Code;
        for (code, class, expected) in [
            (Code::CodeInvalid, Class::StartAgain, InvalidGrant),
            (Code::CodeUsed, Class::StartAgain, InvalidGrant),
            (Code::SignatureInvalid, Class::Developer, InvalidGrant),
            (Code::PersonBlocked, Class::StartAgain, AccessDenied),
            (Code::QuotaExceeded, Class::Retry, TemporarilyUnavailable),
            (Code::Busy, Class::Retry, TemporarilyUnavailable),
            (Code::Unreachable, Class::Retry, TemporarilyUnavailable),
            (Code::Misconfigured, Class::TenantAdmin, ServerError),
        ] {
            assert_eq!(error(code, class), expected, "{code:?}");
        }
    }
}
