//! Sessions: as rows of a table, and the end of them.

use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::ids::SessionId;
use hufu_core::model::{Session, Stage};
use hufu_web::browser;

use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, Visitor, clear_session, flash_to};
use crate::ui::Tone;

/// A signed-in browser.
pub(in crate::pages) struct Row {
    pub(in crate::pages) id: SessionId,
    pub(in crate::pages) browser: String,
    pub(in crate::pages) ip: String,
    pub(in crate::pages) since: Timestamp,
    pub(in crate::pages) seen: Timestamp,
    /// The one that looks.
    pub(in crate::pages) is_current: bool,
    /// The password was given, the second factor was not.
    pub(in crate::pages) is_half: bool,
}

/// Rows, the current one first, then the last used.
pub(in crate::pages) fn rows(visitor: &Visitor, sessions: &[Session], current: SessionId) -> Vec<Row> {
    let row = |session: &Session| Row {
        id: session.id,
        browser: browser::words(&session.user_agent).unwrap_or_else(|| visitor.text("account.browser_unknown")),
        ip: session.ip.clone(),
        since: session.created_at,
        seen: session.seen_at,
        is_current: session.id == current,
        is_half: session.stage != Stage::Full,
    };
    let mut rows: Vec<_> = sessions.iter().map(row).collect();
    rows.sort_by_key(|row| (!row.is_current, std::cmp::Reverse(row.seen)));
    rows
}

/// `POST /admin/account/sessions/{id}/end`: one of one's own; the current one is a sign-out.
pub(super) async fn end(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    _: Posted,
) -> Answer {
    let id: SessionId = id.parse().map_err(|_| Refusal::NotFound)?;
    let operators = &console.operators;
    let visitor = &signed_in.visitor;
    let own = operators.sessions_of(signed_in.operator.id).await?;
    if !own.iter().any(|session| session.id == id) {
        return Err(Refusal::NotFound);
    }
    if id == signed_in.session.id {
        operators.sign_out(&signed_in.session, &visitor.from).await?;
        let mut response = flash_to(&console, Tone::Good, &visitor.text("enter.signed_out"), "/admin/login");
        clear_session(&mut response, console.site.public_url.is_https());
        return Ok(response);
    }
    operators.revoke_session(&signed_in.access.by(), id).await?;
    let text = visitor.text("account.session_ended");
    Ok(flash_to(&console, Tone::Good, &text, "/admin/account"))
}

/// `POST /admin/account/sessions/end`: all but the current one.
pub(super) async fn end_others(State(console): State<Console>, signed_in: SignedIn, _: Posted) -> Answer {
    let by = signed_in.access.by();
    let ended = console
        .operators
        .revoke_sessions_of(&by, signed_in.operator.id, Some(signed_in.session.id));
    ended.await?;
    let text = signed_in.visitor.text("account.sessions_ended");
    Ok(flash_to(&console, Tone::Good, &text, "/admin/account"))
}
