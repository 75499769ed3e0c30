//! `POST /admin/account/second-factor/set-up`: where a second factor is optional, who has none sets one up.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect};

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn};

pub(super) async fn post(State(console): State<Console>, signed_in: SignedIn, _posted: Posted) -> Answer {
    signed_in.confirmed(&console)?;
    console.operators.step_back_to_enrol(&signed_in.session).await?;
    Ok(Redirect::to("/admin/enrol?back=/admin/account").into_response())
}
