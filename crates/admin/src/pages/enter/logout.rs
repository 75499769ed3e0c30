//! `POST /admin/logout`: ends the session, also one that is only half signed in.

use axum::extract::State;

use crate::console::Console;
use crate::http::{Answer, HalfSignedIn, Posted, Refusal, Visitor, clear_session, flash_to};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    visitor: Visitor,
    half: Result<HalfSignedIn, Refusal>,
    _: Posted,
) -> Answer {
    match half {
        Ok(half) => console.operators.sign_out(&half.session, &visitor.from).await?,
        // It is over already: what is left is the cookie.
        Err(Refusal::SignIn) => {}
        Err(other) => return Err(other),
    }
    let mut response = flash_to(&console, Tone::Good, &visitor.text("enter.signed_out"), "/admin/login");
    clear_session(&mut response, console.site.public_url.is_https());
    Ok(response)
}
