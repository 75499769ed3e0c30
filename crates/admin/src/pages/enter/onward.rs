//! What follows each step of a sign-in.

use axum::response::{IntoResponse as _, Redirect, Response};
use hufu_core::manage::SignedIn;
use hufu_core::model::Stage;
use hufu_core::secret::ExposeSecret as _;

use super::back::Back;
use crate::console::Console;
use crate::http::set_session;

/// The page for a session of this stage.
pub(super) fn page_of(stage: Stage, back: &Back) -> String {
    match stage {
        Stage::SecondFactor => back.on("/admin/second-factor"),
        Stage::Enrol => back.on("/admin/enrol"),
        Stage::Full => back.path().to_owned(),
    }
}

/// 303 to the next page, with the session's cookie.
pub(super) fn go_on(console: &Console, signed_in: &SignedIn, back: &Back) -> Response {
    let mut response = Redirect::to(&page_of(signed_in.session.stage, back)).into_response();
    enter(&mut response, console, signed_in);
    response
}

/// Gives the browser the session.
pub(super) fn enter(response: &mut Response, console: &Console, signed_in: &SignedIn) {
    let https = console.site.public_url.is_https();
    set_session(response, https, signed_in.token.expose_secret());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_has_its_page() {
        let back = Back::default();
        assert_eq!(page_of(Stage::SecondFactor, &back), "/admin/second-factor");
        assert_eq!(page_of(Stage::Enrol, &back), "/admin/enrol");
        assert_eq!(page_of(Stage::Full, &back), "/admin");
    }
}
