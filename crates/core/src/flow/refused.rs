//! A login that is refused before it begins. There is no attempt, but the page that the person sees has a request id,
//! and whoever is asked why finds it in the log.

use super::{Engine, Problem, ProblemCode, Visit};
use crate::ids::{ClientId, EventId};
use crate::model::{Action, AuditEvent, Outcome, Tenant};
use crate::oidc::{Form, OAuthError, OAuthErrorCode};
use crate::store::{Change, UnitOfWork};

/// Characters of what was asked for that the log keeps.
const KEPT: usize = 300;

impl Engine {
    /// Records a page, unless there is nothing to record it with, or nobody's app sent the browser.
    pub(super) async fn record_page(&self, tenant: &Tenant, form: &Form, visit: &Visit, problem: &Problem) -> Recorded {
        let code = match (problem.code, &problem.upstream) {
            (ProblemCode::Unavailable, _) => return Ok(()),
            (_, Some(upstream)) => upstream.code.as_str(),
            (code, None) => code.as_str(),
        };
        let outcome = match problem.code {
            ProblemCode::Upstream | ProblemCode::Internal | ProblemCode::ConnectorMissing => Outcome::Failed,
            _ => Outcome::Rejected,
        };
        let Some(mut event) = self.refusal(tenant, form, visit, outcome, code) else {
            return Ok(());
        };
        match problem.code {
            // No app of ours: the id is what somebody wrote.
            ProblemCode::ClientUnknown => keep(&mut event, form, "client_id"),
            ProblemCode::RedirectUriUnregistered => keep(&mut event, form, "redirect_uri"),
            _ => {}
        }
        self.record(tenant, event).await
    }

    /// Records an error that goes to the app. That somebody would have to sign in is no error: apps ask that silently.
    pub(super) async fn record_error(
        &self,
        tenant: &Tenant,
        form: &Form,
        visit: &Visit,
        error: &OAuthError,
    ) -> Recorded {
        if matches!(error.code, OAuthErrorCode::LoginRequired) {
            return Ok(());
        }
        let outcome = match error.code {
            OAuthErrorCode::ServerError | OAuthErrorCode::TemporarilyUnavailable => Outcome::Failed,
            _ => Outcome::Rejected,
        };
        match self.refusal(tenant, form, visit, outcome, error.code.as_str()) {
            Some(mut event) => {
                event
                    .detail
                    .insert("description".to_owned(), error.description.clone().into());
                self.record(tenant, event).await
            }
            None => Ok(()),
        }
    }

    /// None without the id of an app: what scanners send is no login.
    fn refusal(&self, tenant: &Tenant, form: &Form, visit: &Visit, outcome: Outcome, code: &str) -> Option<AuditEvent> {
        let client: ClientId = form.get("client_id").ok()??.parse().ok()?;
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, tenant.id, self.now(), Action::Login, outcome);
        event.client_id = (code != ProblemCode::ClientUnknown.as_str()).then_some(client);
        event.error = Some(code.to_owned());
        event.ip = Some(visit.browser.ip.clone());
        event.user_agent = Some(visit.browser.user_agent.clone());
        event.request_id = Some(visit.browser.request_id);
        Some(event)
    }

    async fn record(&self, tenant: &Tenant, event: AuditEvent) -> Recorded {
        let unit = UnitOfWork::new(tenant.id).with(Change::Event(Box::new(event)));
        self.parts.store.begin(tenant.id).save(unit).await?;
        Ok(())
    }
}

/// What could not be recorded is not answered either.
type Recorded = Result<(), Problem>;

/// What was asked for, without its query: apps put into it what is nobody else's business.
fn keep(event: &mut AuditEvent, form: &Form, name: &'static str) {
    if let Ok(Some(asked)) = form.get(name) {
        let plain = asked.split(['?', '#']).next().unwrap_or_default();
        let kept: String = plain.chars().take(KEPT).collect();
        event.detail.insert(name.to_owned(), kept.into());
    }
}
