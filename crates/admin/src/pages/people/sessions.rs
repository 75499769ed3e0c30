//! Where a person is signed in, and `POST /admin/tenants/{code}/people/{sub}/sessions/…`: the end of it.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::ids::{ClientId, ConnectorId, SubjectId};
use hufu_core::manage::ManageError;
use hufu_core::model::{BrowserSession, SessionLogin};
use hufu_web::browser;

use super::subject;
use crate::access::TenantAccess;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, Visitor, flash_to};
use crate::ui::{Tone, texts};

/// Of somebody with more, the newest are listed.
const LISTED: usize = 50;

/// A browser in which they are signed in.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) browser: String,
    pub(super) ip: String,
    pub(super) connector: String,
    /// Apps that they were signed in to, each once.
    pub(super) apps: Vec<String>,
    pub(super) begun: Timestamp,
    pub(super) last_login: Timestamp,
    pub(super) ends: Timestamp,
}

/// The newest, and how many there are.
pub(super) async fn rows(
    visitor: &Visitor,
    tenant: &TenantAccess,
    id: SubjectId,
) -> Result<(Vec<Row>, usize), Refusal> {
    let people = tenant.people()?;
    let sessions = people.sessions(id).await?;
    let all = sessions.len();
    if sessions.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let (connectors, clients) = (tenant.connectors().await?, tenant.clients().await?);
    let connector = |id: ConnectorId| {
        let found = connectors.iter().find(|one| one.id == id);
        found.map_or_else(|| id.to_string(), |one| one.name.clone())
    };
    let app = |id: &ClientId| {
        let found = clients.iter().find(|one| one.id == *id);
        found.map_or_else(|| id.to_string(), |one| one.name.clone())
    };
    let mut rows = Vec::new();
    for session in sessions.into_iter().take(LISTED) {
        let logins = people.session_logins(session.id).await?;
        rows.push(Row {
            browser: browser::words(&session.browser.user_agent)
                .unwrap_or_else(|| visitor.text("account.browser_unknown")),
            connector: connector(session.connector_id),
            apps: apps_of(&session, &logins).iter().map(app).collect(),
            begun: session.auth_time,
            last_login: last_login(&session, &logins),
            ends: session.expires_at,
            id: session.id.to_string(),
            ip: session.browser.ip,
        });
    }
    Ok((rows, all))
}

fn apps_of(session: &BrowserSession, logins: &[SessionLogin]) -> BTreeSet<ClientId> {
    let later = logins.iter().map(|login| login.client_id);
    later.chain([session.client_id]).collect()
}

/// A login is named when it begins.
fn last_login(session: &BrowserSession, logins: &[SessionLogin]) -> Timestamp {
    let later = logins.iter().map(|login| login.attempt_id.made_at());
    later.max().map_or(session.auth_time, |at| at.max(session.auth_time))
}

/// One of them.
pub(super) async fn end(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, sub, session)): Path<(String, String, String)>,
    _: Posted,
) -> Answer {
    let care = signed_in.access.tenant(&code).await?.care()?;
    let session = session.parse().map_err(|_| Refusal::NotFound)?;
    let (tone, key) = match care.end_session(subject(&sub)?, session).await {
        Ok(()) => (Tone::Good, "people.session_ended"),
        // Somebody was faster, or its time came.
        Err(ManageError::NotFound { what: "session" }) => (Tone::Info, "people.session_over"),
        Err(error) => return Err(error.into()),
    };
    let text = signed_in.visitor.text(key);
    Ok(flash_to(&console, tone, &text, &back(&code, &sub)))
}

/// All of them, those too that are not listed.
pub(super) async fn end_all(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, sub)): Path<(String, String)>,
    _: Posted,
) -> Answer {
    let care = signed_in.access.tenant(&code).await?.care()?;
    let ended = care.end_sessions(subject(&sub)?).await?.to_string();
    let locale = signed_in.visitor.locale;
    let text = texts::text_with(locale, "people.sessions_ended", &[("n", &ended)]);
    Ok(flash_to(&console, Tone::Good, &text, &back(&code, &sub)))
}

fn back(code: &str, sub: &str) -> String {
    format!("/admin/tenants/{code}/people/{sub}#sessions")
}
