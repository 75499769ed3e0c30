//! `POST /admin/account/second-factor`: takes the own second factor away; the next sign-in sets up a new one.

use axum::extract::State;

use super::show::{self, Wrong};
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, clear_session, flash_to};
use crate::ui::Tone;

pub(super) async fn post(State(console): State<Console>, signed_in: SignedIn, posted: Posted) -> Answer {
    let visitor = &signed_in.visitor;
    if posted.get("confirm") != signed_in.operator.login.as_str() {
        let wrong = Wrong {
            reset: Some(visitor.text("staff.not_typed")),
            ..Wrong::default()
        };
        return show::draw(&console, &signed_in, wrong).await;
    }
    signed_in.confirmed(&console)?;
    let by = signed_in.access.by();
    console
        .operators
        .reset_second_factor(&by, signed_in.operator.id)
        .await?;
    // All sessions ended with it, this one too.
    let text = visitor.text("account.reset_done");
    let mut response = flash_to(&console, Tone::Good, &text, "/admin/login");
    clear_session(&mut response, console.site.public_url.is_https());
    Ok(response)
}
