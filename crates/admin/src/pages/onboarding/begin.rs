//! `POST /admin/onboarding/{code}/begin`: another account for a tenant that exists.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};

use crate::http::{Answer, Posted, SignedIn};

pub(super) async fn post(signed_in: SignedIn, Path(code): Path<String>, _: Posted) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let begun = tenant.setup()?.begin_onboarding().await?;
    let url = format!("/admin/onboarding/{}/{}/account", tenant.tenant().code, begun.id);
    Ok(Redirect::to(&url).into_response())
}
