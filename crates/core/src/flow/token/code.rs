//! The authorization code grant (RFC 6749, section 4.1.3; OpenID Connect Core, section 3.1.3).

use super::{Issue, TokenResponse, field, invalid_grant, required};
use crate::flow::{Engine, Visit};
use crate::ids::SubjectId;
use crate::model::{
    Action, Attempt, AttemptState, Authenticated, Browser, Client, Face, Outcome, RefreshGrant, Tenant,
};
use crate::oidc::{CodeChallenge, DEVICE_CODE_GRANT, Form, OAuthError};
use crate::secret::{Digest256, constant_time_eq};
use crate::store::{Change, TenantStore, UnitOfWork};

/// What the client sends with its code.
struct Brought<'a> {
    redirect_uri: Option<&'a str>,
    verifier: Option<&'a str>,
    /// Thumbprint of the key that its DPoP proof shows.
    jkt: Option<&'a str>,
}

impl Engine {
    /// The client brings its code.
    pub(super) async fn redeem_code(
        &self,
        tenant: &Tenant,
        client: &Client,
        form: &Form,
        visit: &Visit,
        jkt: Option<&str>,
    ) -> Result<TokenResponse, OAuthError> {
        let code = required(form, "code")?;
        let brought = Brought {
            redirect_uri: field(form, "redirect_uri")?,
            verifier: field(form, "code_verifier")?,
            jkt,
        };
        let store = self.parts.store.begin(tenant.id);
        let attempt = store
            .lookup_attempt_by_code(&Digest256::of(code))
            .await
            .map_err(OAuthError::unavailable)?;
        let attempt = attempt.ok_or_else(|| invalid_grant(SAYS_NOTHING))?;
        match self.check_grant(client, &attempt, &brought, visit) {
            Ok((proof, subject)) => {
                let issue = Issue {
                    store: &*store,
                    tenant,
                    client,
                    attempt: &attempt,
                    proof,
                    subject,
                    grant: None,
                    jkt,
                    more: Vec::new(),
                    visit,
                };
                self.issue(issue).await
            }
            Err(refusal) => self.refuse(&*store, &attempt, refusal, visit).await,
        }
    }

    /// All that must hold between the code and who brings it.
    fn check_grant<'a>(
        &self,
        client: &Client,
        attempt: &'a Attempt,
        brought: &Brought<'_>,
        visit: &Visit,
    ) -> Result<(&'a Authenticated, SubjectId), Refusal> {
        let (proof, subject) = self.check_code(client, attempt, Face::Oidc)?;
        if !attempt.request.was_asked_at(&visit.urls) {
            return Err(Refusal::new(
                "issuer_mismatch",
                "the code was given by another issuer of this tenant: redeem it at the one that was asked",
            ));
        }
        if brought.redirect_uri != Some(attempt.request.redirect_uri.as_str()) {
            return Err(Refusal::new(
                "redirect_uri_mismatch",
                "redirect_uri is not the one of the authorization request",
            ));
        }
        if let Err(error) = CodeChallenge::verify(attempt.request.challenge.as_ref(), brought.verifier) {
            return Err(Refusal::new("pkce_mismatch", &error.to_string()));
        }
        // RFC 9449, section 10: a stolen code is of no use to another key.
        if let Some(bound) = &attempt.request.dpop_jkt
            && !brought.jkt.is_some_and(|jkt| constant_time_eq(jkt, bound))
        {
            return Err(Refusal::new(
                "dpop_key_mismatch",
                "the code is bound to a key, and the DPoP proof does not show that key",
            ));
        }
        Ok((proof, subject))
    }

    /// What must hold for a code at every face: it is this client's, given through this face, unused and in time.
    pub(in crate::flow) fn check_code<'a>(
        &self,
        client: &Client,
        attempt: &'a Attempt,
        face: Face,
    ) -> Result<(&'a Authenticated, SubjectId), Refusal> {
        if attempt.request.client_id != client.id {
            return Err(Refusal::new("client_mismatch", SAYS_NOTHING));
        }
        if attempt.request.face != face {
            return Err(Refusal::new("face_mismatch", SAYS_NOTHING));
        }
        let proof = match &attempt.state {
            AttemptState::Authenticated(proof) => proof,
            AttemptState::Consumed => return Err(Refusal::replay()),
            _ => return Err(Refusal::new("code_expired", SAYS_NOTHING)),
        };
        if proof.awaits_consent {
            return Err(Refusal::new("consent_missing", SAYS_NOTHING));
        }
        if self.now() >= proof.code_expires_at {
            return Err(Refusal::new("code_expired", SAYS_NOTHING));
        }
        let subject = proof
            .subject_id
            .ok_or_else(|| Refusal::new("subject_unknown", "the person is no longer known"))?;
        Ok((proof, subject))
    }

    /// Refuses with an event; a replay also revokes what the first use gave (RFC 6749, 4.1.2; RFC 9700, 4.5).
    pub(in crate::flow) async fn refuse(
        &self,
        store: &dyn TenantStore,
        attempt: &Attempt,
        refusal: Refusal,
        visit: &Visit,
    ) -> Result<TokenResponse, OAuthError> {
        let mut unit = self.refused_code(attempt, &refusal, &visit.browser);
        if refusal.revokes {
            unit = unit.with(Change::delete_record::<RefreshGrant>(attempt.id.to_string()));
        }
        store.save(unit).await.map_err(OAuthError::unavailable)?;
        Err(invalid_grant(&refusal.description).with_debug(refusal.code))
    }

    /// What is written when a code is refused.
    pub(in crate::flow) fn refused_code(&self, attempt: &Attempt, refusal: &Refusal, browser: &Browser) -> UnitOfWork {
        let mut event = self.event_seen_by(attempt, Some(browser), Action::Token, Outcome::Rejected);
        event.error = Some(refusal.code.to_owned());
        if attempt.request.face == Face::Device {
            event.detail.insert("grant".to_owned(), DEVICE_CODE_GRANT.into());
        }
        let unit = UnitOfWork::new(attempt.tenant_id).with(Change::Event(Box::new(event)));
        if refusal.revokes {
            unit.with(Change::RevokeAccessTokens(attempt.id))
        } else {
            unit
        }
    }
}

/// The same for every code that is of no use: nothing helps guessing.
const SAYS_NOTHING: &str = "the code is unknown, expired or was redeemed";

/// Why a code is not redeemed.
pub(in crate::flow) struct Refusal {
    /// Stable code, for the log.
    pub(in crate::flow) code: &'static str,
    description: String,
    /// Whether it was redeemed before, and what that gave is revoked.
    pub(in crate::flow) revokes: bool,
}

impl Refusal {
    pub(in crate::flow) fn new(code: &'static str, description: &str) -> Self {
        Self {
            code,
            description: description.to_owned(),
            revokes: false,
        }
    }

    pub(in crate::flow) fn replay() -> Self {
        Self {
            revokes: true,
            ..Self::new("code_replayed", SAYS_NOTHING)
        }
    }
}
