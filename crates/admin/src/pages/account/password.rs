//! `POST /admin/account/password`: the old one, the new one twice.

use axum::extract::State;
use hufu_core::manage::OperatorError;
use hufu_core::secret::ExposeSecret as _;

use super::show::{self, Wrong};
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::enter::Faults;
use crate::ui::Tone;

pub(super) async fn post(State(console): State<Console>, signed_in: SignedIn, posted: Posted) -> Answer {
    let visitor = &signed_in.visitor;
    let (old, new) = (posted.password("old"), posted.password("password"));
    if new.expose_secret() != posted.password("again").expose_secret() {
        let faults = Faults::at("again", visitor.text("enter.not_alike"));
        return again(&console, &signed_in, faults).await;
    }
    let changed = console
        .operators
        .change_password(&signed_in.session, old, new, &visitor.from);
    match changed.await {
        Ok(()) => {
            let text = visitor.text("account.password_changed");
            Ok(flash_to(&console, Tone::Good, &text, "/admin/account"))
        }
        Err(OperatorError::Refused) => {
            let faults = Faults::at("old", visitor.text("enter.password_wrong"));
            again(&console, &signed_in, faults).await
        }
        Err(error) => {
            let faults = Faults::of_error(visitor, error)?;
            again(&console, &signed_in, faults).await
        }
    }
}

async fn again(console: &Console, signed_in: &SignedIn, password: Faults) -> Answer {
    let wrong = Wrong {
        password,
        ..Wrong::default()
    };
    show::draw(console, signed_in, wrong).await
}
