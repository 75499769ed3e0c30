//! The authorization endpoint (RFC 6749, 3.1; OpenID Connect Core, 3.1.2.1).

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use hufu_core::flow::{Problem, ProblemCode, Step};
use hufu_core::oidc::{Form, TenantUrls};
use hufu_web::body::{malformed, read_form, read_query};
use hufu_web::tenant::Hosted;

use crate::arrival::Arrival;
use crate::{Gateway, step};

/// Bytes of a URL that proxies in front of Hufu take by default.
const URL_LIMIT: usize = 8000;

pub(crate) async fn get(State(gateway): State<Gateway>, RawQuery(query): RawQuery, arrival: Arrival) -> Response {
    let Arrival { hosted, scene } = arrival;
    let step = begin(&gateway, hosted, query.as_deref()).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn begin(gateway: &Gateway, hosted: Result<Hosted, Problem>, query: Option<&str>) -> Result<Step, Problem> {
    let hosted = hosted?;
    let form = read_query(query)?;
    Ok(gateway.site.engine.begin(&hosted.tenant, &form, &hosted.visit).await)
}

/// A form of another site comes without our Lax cookie, and a login begun without it would be bound to a new one. So
/// the browser is sent to ask the same by GET, where the cookie travels.
pub(crate) async fn post(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
    arrival: Arrival,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Arrival { hosted, scene } = arrival;
    match as_get(hosted, query.as_deref(), &headers, body).await {
        Ok(url) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
        Err(problem) => step::page(&gateway, &scene, &problem),
    }
}

async fn as_get(
    hosted: Result<Hosted, Problem>,
    query: Option<&str>,
    headers: &HeaderMap,
    body: Body,
) -> Result<String, Problem> {
    let urls = hosted?.visit.urls;
    let mut form = read_query(query)?;
    for (name, value) in read_form(headers, body)
        .await
        .map_err(|error| malformed(&error))?
        .pairs()
    {
        form.push(name, value);
    }
    redirect(&urls, &form)
}

fn redirect(urls: &TenantUrls, form: &Form) -> Result<String, Problem> {
    let query = serde_urlencoded::to_string(form.pairs()).map_err(|error| malformed(&error))?;
    let url = format!("{}?{query}", urls.authorize());
    if url.len() > URL_LIMIT {
        return Err(Problem::new(ProblemCode::RequestMalformed).debug("a POST too long to be asked again by GET"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use proptest::prelude::*;

    use crate::testing::{CLIENT, Host, html};

    const CALLBACK: &str = "https%3A%2F%2Fapp.example%2Fcb";

    fn request() -> String {
        format!("/t/acme/oauth2/authorize?client_id={CLIENT}&redirect_uri={CALLBACK}&response_type=code&scope=openid")
    }

    #[tokio::test]
    async fn to_the_provider_with_a_cookie() {
        let host = Host::new();
        let response = host.get(&request()).await;
        assert_eq!(response.status(), 303);
        assert!(
            response.headers()["location"]
                .to_str()
                .unwrap()
                .starts_with("https://provider.example/?state=")
        );
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("__Host-hufu_browser="), "{cookie}");
        assert!(
            cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=86400"),
            "{cookie}"
        );
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }

    #[tokio::test]
    async fn on_plain_http_the_cookie_has_no_prefix() {
        let response = Host::at("http://127.0.0.1:8080").get(&request()).await;
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        assert!(
            cookie.starts_with("hufu_browser=") && !cookie.contains("Secure"),
            "{cookie}"
        );
        assert!(!response.headers().contains_key("strict-transport-security"));
    }

    #[tokio::test]
    async fn an_error_goes_to_the_client() {
        let response = Host::new().get(&request().replace("=code", "=token")).await;
        assert_eq!(response.status(), 303);
        let location = response.headers()["location"].to_str().unwrap();
        assert!(
            location.starts_with("https://app.example/cb?error=unsupported_response_type"),
            "{location}"
        );
        assert!(
            location.ends_with("&iss=https%3A%2F%2Flogin.example.com%2Ft%2Facme"),
            "{location}"
        );
    }

    #[tokio::test]
    async fn a_post_is_asked_again_by_get() {
        let host = Host::new();
        let post = |body: String| host.form("/t/acme/oauth2/authorize", body);
        let response = post("client_id=x&state=a%0D%0Ab+%22&%0D%0Aname=1".to_owned()).await;
        assert_eq!(response.status(), 303);
        assert_eq!(
            response.headers()["location"],
            "https://login.example.com/t/acme/oauth2/authorize?client_id=x&state=a%0D%0Ab+%22&%0D%0Aname=1"
        );
        assert!(!response.headers().contains_key("set-cookie"));
        assert_eq!(post(format!("state={}", "a".repeat(9000))).await.status(), 400);
        assert_eq!(post(format!("state={}", "a".repeat(99_000))).await.status(), 400);
        assert_eq!(
            host.form("/t/nobody/oauth2/authorize", String::new()).await.status(),
            404
        );
    }

    #[tokio::test]
    async fn a_query_longer_than_any_honest_one_is_a_page() {
        let response = Host::new()
            .get(&format!("{}&state={}", request(), "a".repeat(17_000)))
            .await;
        assert_eq!(response.status(), 400);
        assert!(html(response).await.contains("<html lang=\"zh-CN\">"));
    }

    #[tokio::test]
    async fn a_head_begins_nothing() {
        let host = Host::new();
        let response = host.send(Method::HEAD, &request()).await;
        assert_eq!(response.status(), 200);
        assert!(!response.headers().contains_key("set-cookie"));
        assert_eq!(host.saves(), 0);
        host.get(&request()).await;
        assert_eq!(host.saves(), 1);
    }

    /// A parameter of the endpoint, or none.
    fn name() -> impl Strategy<Value = String> {
        let known = "(client_id|redirect_uri|response_type|response_mode|scope|state|nonce|display|prompt|max_age|ui_locales|\
                     claims_locales|id_token_hint|login_hint|acr_values|claims|code_challenge|code_challenge_method|request|\
                     request_uri|registration|resource|dpop_jkt|connection)";
        prop_oneof![8 => known, 1 => "[ -~]{0,12}"]
    }

    fn value() -> impl Strategy<Value = Vec<u8>> {
        let honest = [
            CLIENT,
            "https://app.example/cb",
            "https://evil.example/cb",
            "https://app.example/cb/",
            "https://app.example/cb#",
            "https://app.example@evil.example/cb",
            "//evil.example",
            "javascript:alert(1)",
            "code",
            "token",
            "code id_token",
            "none",
            "openid",
            "openid profile offline_access",
            "query",
            "fragment",
            "form_post",
            "none login",
            "login",
            "consent",
            "0",
            "-1",
            "99999999999999999999",
            "{",
            "{}",
            "{\"id_token\":{\"sub\":{\"value\":\"x\"}}}",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
            "S256",
            "plain",
            "zh-CN en",
            "urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "https://evil.example/request",
            "\r\nLocation: https://evil.example",
        ];
        prop_oneof![
            4 => prop::sample::select(honest.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..60),
        ]
    }

    /// A request of any parameters; with `whole` those that a good one has stand before.
    fn query() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
        (any::<bool>(), prop::collection::vec((name(), value()), 0..6)).prop_map(|(whole, more)| {
            let mut pairs = Vec::new();
            if whole {
                for (name, value) in [
                    ("client_id", CLIENT),
                    ("redirect_uri", "https://app.example/cb"),
                    ("response_type", "code"),
                    ("scope", "openid"),
                ] {
                    pairs.push((name.to_owned(), value.as_bytes().to_vec()));
                }
            }
            pairs.extend(more);
            pairs
        })
    }

    fn encoded(pairs: &[(String, Vec<u8>)]) -> String {
        let encode = |bytes: &[u8]| url::form_urlencoded::byte_serialize(bytes).collect::<String>();
        let pairs = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name.as_bytes()), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// Where an answer sends the browser, at once or by a form.
    fn goals(location: Option<&str>, html: &str) -> Vec<String> {
        let actions = html
            .split(" action=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        location.into_iter().chain(actions).map(str::to_owned).collect()
    }

    fn is_ours(goal: &str) -> bool {
        let registered = goal.strip_prefix("https://app.example/cb");
        registered.is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
            || goal.starts_with("https://provider.example/?")
            || goal.starts_with("https://login.example.com/t/acme/")
            || (goal.starts_with('/') && !goal.starts_with("//"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 768, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is asked: an answer that is specified, no way to where nothing is registered, and no repetition taken.
        #[test]
        fn any_request_is_answered_and_leads_nowhere_else(pairs in query(), raw in "[!-~]{0,80}", is_raw: bool) {
            let host = Host::new();
            let query = if is_raw { raw.replace('#', "") } else { encoded(&pairs) };
            let path = format!("/t/acme/oauth2/authorize?{query}");
            prop_assume!(path.parse::<http::Uri>().is_ok());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let (status, location, body) = runtime.block_on(async {
                let response = host.get(&path).await;
                let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
                (response.status().as_u16(), location, html(response).await)
            });
            prop_assert!(matches!(status, 200 | 303 | 400 | 403 | 404), "{} {}", status, path);
            prop_assert_eq!(status == 303, location.is_some());
            for goal in goals(location.as_deref(), &body) {
                prop_assert!(is_ours(&goal), "{} sends to {}", path, goal);
            }
            let count = |wanted: &str| pairs.iter().filter(|(name, _)| name == wanted).count();
            let known = ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt", "claims", "request_uri", "connection"];
            if !is_raw && known.iter().any(|name| count(name) > 1) {
                prop_assert!(matches!(status, 400 | 404) && location.is_none(), "{} {}", status, path);
            }
            // By a form it is asked again by GET, here.
            let location = runtime.block_on(async {
                let response = host.form("/t/acme/oauth2/authorize", query.clone()).await;
                prop_assert!(matches!(response.status().as_u16(), 303 | 400), "{}", response.status());
                Ok(response.headers().get("location").map(|value| value.to_str().unwrap().to_owned()))
            })?;
            if let Some(location) = location {
                prop_assert!(location.starts_with("https://login.example.com/t/acme/oauth2/authorize?"), "{}", location);
            }
        }
    }
}
