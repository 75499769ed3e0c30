//! `POST /admin/account/recovery-codes`: new ones, shown this once; the old ones work no longer.

use axum::extract::State;

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn};
use crate::pages::enter::codes_page;

pub(super) async fn post(State(console): State<Console>, signed_in: SignedIn, _: Posted) -> Answer {
    signed_in.confirmed(&console)?;
    let by = signed_in.access.by();
    let codes = console.operators.new_recovery_codes(&by, signed_in.operator.id).await?;
    Ok(codes_page(&console, &signed_in.visitor, &codes, "/admin/account"))
}
