//! `GET /admin/onboarding/{code}/{id}`: goes on where something is missing.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};

use super::wizard::Wizard;
use crate::http::{Answer, SignedIn};

pub(super) async fn get(signed_in: SignedIn, Path((code, id)): Path<(String, String)>) -> Answer {
    let wizard = Wizard::open(&signed_in, &code, &id).await?;
    Ok(Redirect::to(&wizard.url(wizard.facts.resume())).into_response())
}
