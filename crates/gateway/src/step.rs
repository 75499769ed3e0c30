//! The one place that turns a [`Step`] into a redirect or a page.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use hufu_core::error::Class;
use hufu_core::flow::{Problem, ProblemCode, Step};
use hufu_web::cookies::{BrowserCookie, SessionCookie};
use hufu_web::error::{RETRY_AFTER, caused};

use crate::arrival::Scene;
use crate::{Gateway, pages};

/// The answer that carries the step out.
pub(crate) fn respond(gateway: &Gateway, scene: &Scene, step: Step) -> Response {
    match step {
        Step::Upstream { url, cookie } => {
            let response = see_other(&url, scene, gateway);
            if response.status() == StatusCode::SEE_OTHER {
                bound(response, gateway, &cookie)
            } else {
                response
            }
        }
        Step::AskConsent { url, cookie } => {
            let response = see_other(&url, scene, gateway);
            bound(response, gateway, &cookie)
        }
        Step::Consent(asked) => pages::consent::respond(scene, &asked),
        Step::In { locale, then } => respond(gateway, &scene.speaking(locale), *then),
        Step::Post { action, fields } => pages::form_post::respond(scene, &action, &fields),
        Step::SignedIn { cookie, life, then } => {
            let cookie = scene
                .session
                .as_ref()
                .and_then(|code| SessionCookie::new(gateway.site.public_url.is_https(), code).set(&cookie, life));
            with_cookie(respond(gateway, scene, *then), cookie)
        }
        Step::SignedOut { then } => {
            let cookie = scene
                .session
                .as_ref()
                .and_then(|code| SessionCookie::new(gateway.site.public_url.is_https(), code).clear());
            with_cookie(respond(gateway, scene, *then), cookie)
        }
        Step::LogoutAsk(asked) => pages::logout::ask(scene, &asked),
        Step::LoggedOut { ended } => pages::logout::done(scene, ended),
        Step::DeviceEnter { fault, typed } => pages::device::enter(scene, fault, &typed),
        Step::DeviceAsk { page, cookie } => {
            let at = gateway.site.engine.now();
            bound(pages::device::ask(scene, &page, at), gateway, &cookie)
        }
        Step::DeviceAnswered { allowed } => pages::device::answered(scene, allowed),
        Step::Choose { choices } => pages::choose::respond(scene, &choices),
        Step::Scan { page, cookie } => bound(pages::scan::code(scene, &page), gateway, &cookie),
        Step::ScanAsk(asked) => pages::scan::ask(scene, &asked, gateway.site.engine.now()),
        Step::ScanAnswered { confirmed, app } => pages::scan::answered(scene, confirmed, &app),
        Step::Client { url } => see_other(&url, scene, gateway),
        Step::Elsewhere { how, account } => pages::elsewhere::respond(scene, &how, &account),
        Step::Trial { account, result } => {
            let at = gateway.site.engine.now();
            let response = pages::trial::respond(scene, &account, &result, at);
            match result.problem.and_then(|problem| problem.error) {
                Some(error) => caused(response, &error, ""),
                None => response,
            }
        }
        Step::Page(problem) => page(gateway, scene, &problem),
    }
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// With the cookie that binds the login to the browser.
fn bound(response: Response, gateway: &Gateway, cookie: &str) -> Response {
    with_cookie(
        response,
        BrowserCookie::new(gateway.site.public_url.is_https()).set(cookie),
    )
}

/// 303, never 307: that would send a form again (RFC 9700, 4.12).
fn see_other(url: &str, scene: &Scene, gateway: &Gateway) -> Response {
    match HeaderValue::from_str(url) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(error) => page(
            gateway,
            scene,
            &Problem::new(ProblemCode::Internal).debug(error.to_string()),
        ),
    }
}

/// The problem's page.
pub(crate) fn page(gateway: &Gateway, scene: &Scene, problem: &Problem) -> Response {
    let scene = &problem
        .locale
        .map_or_else(|| scene.clone(), |locale| scene.speaking(locale));
    let status = status(problem);
    let mut response = pages::problem::respond(scene, problem, status, gateway.site.engine.now());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    let code = problem
        .upstream
        .as_ref()
        .map_or(problem.code.as_str(), |error| error.code.as_str());
    caused(response, code, &problem.debug)
}

fn status(problem: &Problem) -> StatusCode {
    match problem.code {
        ProblemCode::TenantUnknown | ProblemCode::ClientUnknown | ProblemCode::AttemptUnknown => StatusCode::NOT_FOUND,
        ProblemCode::RequestMalformed
        | ProblemCode::ClientMissing
        | ProblemCode::ScopeMissing
        | ProblemCode::ScopeRefused
        | ProblemCode::RedirectUriMissing
        | ProblemCode::RedirectUriUnregistered
        | ProblemCode::RequestUriInvalid
        | ProblemCode::LogoutHintInvalid
        | ProblemCode::LogoutUriUnregistered
        | ProblemCode::CallbackIncomplete => StatusCode::BAD_REQUEST,
        ProblemCode::TenantDisabled
        | ProblemCode::ClientDisabled
        | ProblemCode::ConnectorMissing
        | ProblemCode::ConnectorDisabled
        | ProblemCode::ForeignBrowser
        | ProblemCode::SnapshotVisitor
        | ProblemCode::ChoiceMissing
        | ProblemCode::PersonBlocked => StatusCode::FORBIDDEN,
        ProblemCode::AttemptExpired
        | ProblemCode::AlreadyFinished
        | ProblemCode::AlreadyEnded
        | ProblemCode::TrialUsed
        | ProblemCode::TrialExpired
        | ProblemCode::ScanExpired
        | ProblemCode::DeviceOver
        | ProblemCode::ScanRefused => StatusCode::GONE,
        ProblemCode::Upstream => match problem.class {
            // An operator's matter is an outage too for whoever stands before it: it says so, and when to retry.
            Class::Retry | Class::Operator => StatusCode::SERVICE_UNAVAILABLE,
            Class::StartAgain => StatusCode::GONE,
            Class::Developer => StatusCode::BAD_REQUEST,
            Class::TenantAdmin => StatusCode::FORBIDDEN,
        },
        ProblemCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        ProblemCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::provider::wrong_secret;
    use crate::testing::store::named;
    use crate::testing::{Host, html};
    use crate::texts::text;
    use hufu_core::provider::ProviderError;
    use hufu_core::text::Locale;
    use hufu_web::error::Cause;

    fn scene(host: &Host, locale: Locale) -> Scene {
        Scene {
            locale,
            request_id: host.gateway.site().engine.request_id(),
            url: "https://login.example.com/t/acme/oauth2/authorize?x=1&y=\"".to_owned(),
            brand: Some(named("云上花店 <& Co>")),
            session: None,
            number: |_| None,
        }
    }

    fn full(code: ProblemCode) -> Problem {
        let mut problem = Problem::new(code).debug("inner detail");
        problem.again = Some("https://login.example.com/t/acme/login?client_id=x&y=\"><script>".to_owned());
        problem.back = Some("com.example.app:/cb?error=access_denied&state='".to_owned());
        problem
    }

    #[tokio::test]
    async fn every_problem_has_a_page_in_both_languages() {
        let host = Host::new();
        for locale in [Locale::ZhCn, Locale::En] {
            for code in ProblemCode::ALL {
                let (scene, problem) = (scene(&host, locale), full(code));
                let response = page(&host.gateway, &scene, &problem);
                assert!(response.status().as_u16() >= 400);
                let cause = response.extensions().get::<Cause>().unwrap();
                assert_eq!(
                    (cause.code.as_str(), cause.debug.as_str()),
                    (code.as_str(), "inner detail")
                );
                let page = html(response).await;
                let must = [
                    format!("<html lang=\"{}\">", locale.tag()),
                    scene.request_id.to_string(),
                    "云上花店 &#60;&#38; Co&#62;".to_owned(),
                    "href=\"https://login.example.com/t/acme/login?client_id=x&#38;y=&#34;&#62;&#60;script&#62;\""
                        .to_owned(),
                    "href=\"com.example.app:/cb?error=access_denied&#38;state=&#39;\"".to_owned(),
                    "name=\"viewport\"".to_owned(),
                ];
                for must in must {
                    assert!(page.contains(&must), "{code:?} lacks {must}: {page}");
                }
                for never in [
                    "inner detail",
                    "problem.",
                    "who.",
                    "page.again",
                    "<style",
                    " style=",
                    "onclick",
                ] {
                    assert!(!page.contains(never), "{code:?} shows {never}");
                }
                assert_eq!(page.matches("<script").count(), 1);
            }
        }
    }

    #[tokio::test]
    async fn a_failure_of_the_provider_says_who_can_act_and_how() {
        let host = Host::new();
        let classes = [
            (Class::Retry, 503),
            (Class::StartAgain, 410),
            (Class::Developer, 400),
            (Class::TenantAdmin, 403),
            (Class::Operator, 503),
        ];
        for (class, status) in classes {
            let error = ProviderError {
                class,
                ..wrong_secret()
            };
            let scene = scene(&host, Locale::En);
            let response = respond(&host.gateway, &scene, Problem::from(error).into());
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().contains_key("retry-after"), status == 503);
            let page = html(response).await;
            for must in ["The AppSecret is &#60;wrong&#62;", "Enter it again", "(40125)"] {
                assert!(page.contains(must), "{class:?} lacks {must}");
            }
            assert!(!page.contains("rid: 1") && !page.contains("Misconfigured"));
            // Without a way on, whoever may retry is offered the same address.
            assert_eq!(page.contains(&text(Locale::En, "page.reload")), class == Class::Retry);
        }
    }

    #[test]
    fn a_url_that_is_no_header_is_a_page_not_a_panic() {
        let host = Host::new();
        let step = Step::Client {
            url: "https://app.example/\r\nset-cookie: a=b".to_owned(),
        };
        assert_eq!(respond(&host.gateway, &scene(&host, Locale::En), step).status(), 500);
        let step = Step::Upstream {
            url: "https://provider.example/".to_owned(),
            cookie: "a\r\nb".to_owned(),
        };
        let response = respond(&host.gateway, &scene(&host, Locale::En), step);
        assert_eq!(response.status(), 303);
        assert!(!response.headers().contains_key("set-cookie"));
    }
}
