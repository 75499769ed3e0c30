//! `POST /admin/tenants/{code}/connectors/{id}/secret`: a new secret, tried before the old one goes.

use axum::extract::{Path, State};
use hufu_core::manage::ManageError;
use hufu_core::model::CheckNote;

use super::checks::Check;
use super::schema;
use super::show::{Trouble, again_secret};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, id)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let confirmed = signed_in.confirmed(&console)?;
    let connector = tenant.connector(super::id(&id)?).await?;
    let kind = tenant.kind(&connector.kind).ok_or(Refusal::NotFound)?;
    let secrets = schema::secrets(&kind.form(), &posted);
    let visitor = &signed_in.visitor;
    let swapped = if secrets.is_empty() {
        Err(ManageError::Fields(schema::all_missing(&kind.form())))
    } else {
        setup.swap_secret(confirmed, connector.id, secrets).await
    };
    let mut trouble = Trouble::default();
    match swapped.map_err(super::shown) {
        Ok(_) => {
            // The badge is to speak of the new secret.
            setup.check(connector.id).await?;
            let url = super::url(&tenant.tenant().code, connector.id);
            let text = visitor.text("connectors.swapped");
            return Ok(flash_to(&console, Tone::Good, &text, &url));
        }
        Err(error) => match error? {
            ManageError::Fields(problems) => trouble.problems = problems,
            ManageError::Checks(checks) => {
                let notes: Vec<_> = checks.iter().map(CheckNote::from).collect();
                trouble.refused = Check::all(visitor, &notes);
            }
            other => trouble.text = visitor.say(&other.text()),
        },
    }
    if trouble.text.is_empty() {
        trouble.text = visitor.text("connectors.not_swapped");
    }
    again_secret(&console, &signed_in, &tenant, connector.id, trouble).await
}
