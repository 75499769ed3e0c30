//! `/cgi-bin/ticket/getticket`: tickets for the JS-SDK and for cards.

use serde::Serialize;

use super::answer::{Failure, json};
use super::caller::Call;
use crate::account::AccountKind;
use crate::js_ticket::TicketKind;

#[derive(Serialize)]
struct Ticket {
    errcode: i64,
    errmsg: &'static str,
    ticket: String,
    expires_in: i64,
}

pub(super) fn answer(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.token_account()?;
    if matches!(account.kind, AccountKind::WebsiteApp | AccountKind::MiniProgram) {
        return Err(Failure::new(48001, "api unauthorized"));
    }
    let kind = call.params.get("type").and_then(TicketKind::parse);
    let kind = kind.ok_or(Failure::new(40097, "invalid args"))?;
    call.take_daily_quota(&account, "/cgi-bin/ticket/getticket")?;
    let new = || call.inner.random.js_ticket();
    let mut world = call.inner.world();
    let (ticket, expires_in) = world.js_tickets.take(call.now, &account.app_id, kind, new);
    Ok(json(&Ticket {
        errcode: 0,
        errmsg: "ok",
        ticket,
        expires_in,
    }))
}
