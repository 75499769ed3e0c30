//! Logout: an app sends the browser to end its session (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Who brings an ID token of this very session has shown that they come from an app of it, and is logged out at once.
//! Everybody else is asked: a link of another site must not log people out. Where the browser goes afterwards is a URI
//! that the client registered, or a page of ours; a request that is in any way forged goes nowhere.

use std::sync::Arc;

use super::backchannel::ending;
use super::begin::malformed;
use super::step::LogoutAsk;
use super::{Engine, Problem, ProblemCode, Step, Visit, seen_by};
use crate::ids::{ClientId, EventId};
use crate::model::{Action, AuditEvent, BrowserSession, Client, Outcome, Tenant};
use crate::oidc::{Form, VerifiedJwt, is_registered, with_query};
use crate::secret::constant_time_eq;
use crate::store::{Change, TenantStore, UnitOfWork};

/// Parameters of a request, each at most once; those that are kept on the page that asks. `logout_hint` says nothing
/// that the session does not, and others are ignored (section 2).
const PARAMETERS: [&str; 5] = [
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
];

/// The page's own field: what proves that it asked in this browser.
const PROOF: &str = "confirm";

/// A request that is in order.
struct Asked {
    /// The app, when it is known.
    client: Option<Arc<Client>>,
    /// An ID token that this issuer gave that app.
    hint: Option<VerifiedJwt>,
    /// Where the browser goes: one of the client's own URIs, with its state.
    back: Option<String>,
}

/// What a person chose on the page.
enum Answer {
    Unasked,
    LogOut,
    Stay,
}

impl Engine {
    /// The end session endpoint.
    pub async fn logout(&self, tenant: &Tenant, form: &Form, visit: &Visit) -> Step {
        self.try_logout(tenant, form, visit).await.unwrap_or_else(Step::from)
    }

    /// Whether a form is the answer of the page that asks, and no app's request.
    #[must_use]
    pub fn is_logout_answer(form: &Form) -> bool {
        form.has(PROOF)
    }

    async fn try_logout(&self, tenant: &Tenant, form: &Form, visit: &Visit) -> Result<Step, Problem> {
        for name in PARAMETERS {
            form.get(name).map_err(|error| malformed(&error))?;
        }
        let store = self.parts.store.begin(tenant.id);
        let asked = self.read_logout(&*store, form, visit).await?;
        let session = self.session_here(&*store, visit).await?;
        let Some(session) = session else {
            return Ok(left(visit, asked.back));
        };
        let fits = match (&asked.client, &asked.hint) {
            (Some(client), Some(hint)) => self.is_of_session(tenant, client, hint, &session),
            _ => false,
        };
        match self.logout_answer(form, visit)? {
            Answer::Stay => return Ok(Step::LoggedOut { ended: false }),
            Answer::Unasked if !fits => return Ok(self.ask_logout(&asked, form, visit)),
            Answer::Unasked | Answer::LogOut => {}
        }
        self.end_here(tenant, &*store, &session, asked.client.as_deref(), visit)
            .await?;
        Ok(left(visit, asked.back))
    }

    async fn read_logout(&self, store: &dyn TenantStore, form: &Form, visit: &Visit) -> Result<Asked, Problem> {
        let get = |name| form.get(name).map_err(|error| malformed(&error));
        let hint = match get("id_token_hint")? {
            Some(token) => Some(self.read_logout_hint(store, token, visit).await?),
            None => None,
        };
        let named = get("client_id")?;
        if let (Some(named), Some(hint)) = (named, &hint)
            && !hint.is_for(named)
        {
            return Err(Problem::new(ProblemCode::LogoutHintInvalid).debug("client_id is not the token's audience"));
        }
        let id = named.or_else(|| {
            hint.as_ref()
                .and_then(|hint| hint.text("azp").or_else(|| hint.text("aud")))
        });
        let client = match id.map(str::parse::<ClientId>) {
            Some(Ok(id)) => store.lookup_client(id).await?,
            Some(Err(_)) | None => None,
        };
        if named.is_some() && client.is_none() {
            return Err(Problem::new(ProblemCode::ClientUnknown));
        }
        // One that is switched off gets nobody back, but nobody is kept from leaving.
        let client = client.filter(|client| client.status.is_active());
        let back = match (get("post_logout_redirect_uri")?, &client) {
            (Some(uri), Some(client)) if is_registered(&client.post_logout_redirect_uris, uri) => Some(uri),
            (Some(uri), Some(_)) => {
                return Err(Problem::new(ProblemCode::LogoutUriUnregistered).debug(format!("asked for {uri:?}")));
            }
            (Some(_) | None, _) => None,
        };
        let state = get("state")?;
        let back = back.map(|uri| match state {
            Some(state) => with_query(uri, &[("state", state)]),
            None => uri.to_owned(),
        });
        Ok(Asked { client, hint, back })
    }

    /// An ID token that this issuer gave somebody, however long ago (section 4: its time says nothing here).
    async fn read_logout_hint(
        &self,
        store: &dyn TenantStore,
        token: &str,
        visit: &Visit,
    ) -> Result<VerifiedJwt, Problem> {
        let hint = self.own_id_token(store, token, &visit.urls).await?;
        hint.ok_or_else(|| Problem::new(ProblemCode::LogoutHintInvalid).debug("no ID token of this issuer's"))
    }

    /// Whether a token was given in this session; one that names none, to its person.
    fn is_of_session(&self, tenant: &Tenant, client: &Client, hint: &VerifiedJwt, session: &BrowserSession) -> bool {
        if let Some(sid) = hint.text("sid") {
            return sid == session.id.to_string();
        }
        hint.text("sub")
            .is_some_and(|sub| self.is_of(tenant, client, session, sub))
    }

    /// What was answered on our page, in this browser: a form of another site brings no such proof.
    fn logout_answer(&self, form: &Form, visit: &Visit) -> Result<Answer, Problem> {
        let get = |name| form.get(name).map_err(|error| malformed(&error));
        let Some(proof) = get(PROOF)? else {
            return Ok(Answer::Unasked);
        };
        if !constant_time_eq(proof, &self.logout_proof(visit)) {
            return Ok(Answer::Unasked);
        }
        Ok(match get("answer")? {
            Some("logout") => Answer::LogOut,
            Some("stay") => Answer::Stay,
            _ => Answer::Unasked,
        })
    }

    fn logout_proof(&self, visit: &Visit) -> String {
        let session = visit.session.as_deref().unwrap_or_default();
        self.parts.settings.code_key.derive("logout page", session)
    }

    fn ask_logout(&self, asked: &Asked, form: &Form, visit: &Visit) -> Step {
        let kept = PARAMETERS.into_iter().filter_map(|name| {
            let value = form.get(name).ok().flatten()?;
            Some((name.to_owned(), value.to_owned()))
        });
        Step::LogoutAsk(Box::new(LogoutAsk {
            app: asked.client.as_ref().map(|client| client.name.clone()),
            action: visit.urls.logout(),
            fields: kept.chain([(PROOF.to_owned(), self.logout_proof(visit))]).collect(),
        }))
    }

    /// One unit: the session and the access tokens of its logins end, the apps are to be told, the event says so.
    async fn end_here(
        &self,
        tenant: &Tenant,
        store: &dyn TenantStore,
        session: &BrowserSession,
        client: Option<&Client>,
        visit: &Visit,
    ) -> Result<(), Problem> {
        let (clock, random) = (&*self.parts.clock, &*self.parts.random);
        let changes = ending(store, tenant, std::slice::from_ref(session), clock, random).await?;
        let mut event = self.session_ended(session, changes.len() - 1, visit);
        event.client_id = client.map(|client| client.id);
        let unit = changes.into_iter().fold(UnitOfWork::new(tenant.id), UnitOfWork::with);
        store.save(unit.with(Change::Event(Box::new(event)))).await?;
        self.forwarding.notify_one();
        Ok(())
    }
}

impl Engine {
    /// The event of a session that ends in its browser; so many apps are to be told.
    pub(super) fn session_ended(&self, session: &BrowserSession, apps: usize, visit: &Visit) -> AuditEvent {
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, session.tenant_id, self.now(), Action::Logout, Outcome::Succeeded);
        event.connector_id = Some(session.connector_id);
        event.subject_id = session.subject_id;
        event.external_id = Some(session.identity.external_id.clone());
        seen_by(&mut event, &visit.browser);
        for (name, value) in [("session", session.id.to_string().into()), ("apps_told", apps.into())] {
            event.detail.insert(name.to_owned(), value);
        }
        event
    }
}

/// Nobody is signed in here now: back to the app, or our page.
fn left(visit: &Visit, back: Option<String>) -> Step {
    let then = match back {
        Some(url) => Step::Client { url },
        None => Step::LoggedOut { ended: true },
    };
    if visit.session.is_none() {
        return then;
    }
    Step::SignedOut { then: Box::new(then) }
}
