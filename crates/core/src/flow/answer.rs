//! How an app is answered at its redirect URI, and where its request begins anew.

use serde_json::{Map, Value, json};

use super::step::{Step, spoken};
use crate::model::{AuthorizationRequest, Face, ResponseMode};
use crate::oidc::{OAuthError, TenantUrls, with_query};

/// The answer to an app, in the way in which it wants it.
pub(super) fn answer_step(urls: &TenantUrls, request: &AuthorizationRequest, result: &[(&str, &str)]) -> Step {
    match request.response_mode {
        ResponseMode::Query => Step::Client {
            url: client_url(urls, request, result),
        },
        ResponseMode::FormPost => {
            let fields = answer(urls, request, result);
            let post = Step::Post {
                action: request.redirect_uri.clone(),
                fields: fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
            };
            spoken(request.locale, post)
        }
    }
}

/// An error as an app is told it.
pub(super) fn error_step(urls: &TenantUrls, request: &AuthorizationRequest, error: &OAuthError) -> Step {
    match request.response_mode {
        ResponseMode::Query => Step::Client {
            url: error_url(urls, request, error),
        },
        ResponseMode::FormPost => answer_step(urls, request, &error_fields(error)),
    }
}

fn error_fields(error: &OAuthError) -> [(&str, &str); 2] {
    [
        ("error", error.code.as_str()),
        ("error_description", &error.description),
    ]
}

/// The client's redirect URI with an error, its state, and our issuer (RFC 9207). WeChat tells its apps of no error: the
/// state comes back alone (Tencent's documentation, 网站应用微信登录).
pub(super) fn error_url(urls: &TenantUrls, request: &AuthorizationRequest, error: &OAuthError) -> String {
    if request.face == Face::DropIn {
        return client_url(urls, request, &[]);
    }
    client_url(urls, request, &error_fields(error))
}

/// What the client is told: this, its state and, in OpenID Connect, our issuer (RFC 9207).
fn answer<'a>(
    urls: &'a TenantUrls,
    request: &'a AuthorizationRequest,
    result: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut parameters = result.to_vec();
    if let Some(state) = &request.state {
        parameters.push(("state", state));
    }
    if request.face != Face::DropIn {
        parameters.push(("iss", urls.issuer()));
    }
    parameters
}

/// The client's redirect URI with what it is told.
fn client_url(urls: &TenantUrls, request: &AuthorizationRequest, result: &[(&str, &str)]) -> String {
    let parameters = answer(urls, request, result);
    match (request.face, request.redirect_uri.split_once('#')) {
        // As WeChat does it: before a fragment, where the routes of some apps stand.
        (Face::DropIn, Some((uri, fragment))) => format!("{}#{fragment}", with_query(uri, &parameters)),
        _ => with_query(&request.redirect_uri, &parameters),
    }
}

/// The same authorization request from the start; none of a pushed one, whose parameters travel by no browser.
pub(super) fn restart_url(urls: &TenantUrls, request: &AuthorizationRequest) -> Option<String> {
    if request.face == Face::DropIn {
        return Some(super::dropin::restart_url(urls, request));
    }
    if request.pushed {
        return None;
    }
    if request.face == Face::Device {
        return Some(urls.device());
    }
    let (client_id, scope) = (request.client_id.to_string(), request.scopes.to_string());
    let mut parameters = vec![
        ("client_id", client_id.as_str()),
        ("redirect_uri", &request.redirect_uri),
        ("response_type", "code"),
        ("scope", &scope),
    ];
    if let Some(state) = &request.state {
        parameters.push(("state", state));
    }
    if let Some(nonce) = &request.nonce {
        parameters.push(("nonce", nonce));
    }
    if let Some(challenge) = &request.challenge {
        parameters.extend([
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
    }
    if request.response_mode == ResponseMode::FormPost {
        parameters.push(("response_mode", "form_post"));
    }
    match (request.fresh, request.ask_consent) {
        (true, true) => parameters.push(("prompt", "login consent")),
        (true, false) => parameters.push(("prompt", "login")),
        (false, true) => parameters.push(("prompt", "consent")),
        (false, false) => {}
    }
    if let Some(locale) = request.locale {
        parameters.push(("ui_locales", locale.tag()));
    }
    let claims = claims_of(request);
    if let Some(claims) = &claims {
        parameters.push(("claims", claims));
    }
    if let Some(thumbprint) = &request.dpop_jkt {
        parameters.push(("dpop_jkt", thumbprint));
    }
    Some(with_query(&urls.authorize(), &parameters))
}

/// The `claims` parameter that asks for the same, and for the same person.
fn claims_of(request: &AuthorizationRequest) -> Option<String> {
    let asked = request.claims.clone().unwrap_or_default();
    let named =
        |names: &[String]| -> Map<String, Value> { names.iter().map(|name| (name.clone(), Value::Null)).collect() };
    let (mut id_token, userinfo) = (named(&asked.id_token), named(&asked.userinfo));
    if !asked.acr.is_empty() {
        id_token.insert("acr".to_owned(), json!({"essential": true, "values": asked.acr}));
    }
    if let Some(sub) = &request.expected_sub {
        id_token.insert("sub".to_owned(), json!({"value": sub}));
    }
    let is_empty = id_token.is_empty() && userinfo.is_empty();
    (!is_empty).then(|| json!({"id_token": id_token, "userinfo": userinfo}).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Problem, ProblemCode};
    use crate::oidc::{ClaimsRequest, CodeChallenge, Form, OAuthErrorCode, Scopes};
    use crate::text::Locale;

    fn request(redirect_uri: &str) -> AuthorizationRequest {
        let id = "01J0000000000000000000000C".parse().unwrap();
        let mut request =
            AuthorizationRequest::new(id, redirect_uri.to_owned(), Scopes::parse("openid profile"), Face::Oidc);
        request.state = Some("a\"&<%00>".to_owned());
        request
    }

    fn urls() -> TenantUrls {
        TenantUrls::new("https://login.example.com/t/acme".to_owned())
    }

    #[test]
    fn the_answer_travels_as_it_was_asked_for_errors_too() {
        let mut request = request("https://app.example/cb?x=1");
        let error = OAuthError::new(OAuthErrorCode::LoginRequired, "no session");
        let Step::Client { url } = error_step(&urls(), &request, &error) else {
            panic!("a redirect")
        };
        assert_eq!(
            url,
            "https://app.example/cb?x=1&error=login_required&error_description=no%20session&state=a%22%26%3C%2500%3E\
             &iss=https%3A%2F%2Flogin.example.com%2Ft%2Facme"
        );
        request.response_mode = ResponseMode::FormPost;
        let Step::Post { action, fields } = error_step(&urls(), &request, &error) else {
            panic!("a form")
        };
        assert_eq!(action, "https://app.example/cb?x=1");
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("error", "login_required"),
                ("error_description", "no session"),
                ("state", "a\"&<%00>"),
                ("iss", "https://login.example.com/t/acme"),
            ]
        );
        request.locale = Some(Locale::En);
        let step = answer_step(&urls(), &request, &[("code", "c")]);
        assert!(matches!(step, Step::In { locale: Locale::En, .. }), "{step:?}");
        let problem = Problem::new(ProblemCode::Upstream).ways(&urls(), &request, Some(&error));
        assert_eq!(
            (problem.back, problem.locale),
            (None, Some(Locale::En)),
            "a link posts nothing"
        );
    }

    #[test]
    fn the_same_request_again_asks_for_all_that_was_asked() {
        let mut request = request("https://app.example/cb");
        request.response_mode = ResponseMode::FormPost;
        (request.fresh, request.ask_consent) = (true, true);
        request.locale = Some(Locale::ZhCn);
        request.expected_sub = Some("s\"1".to_owned());
        request.challenge =
            CodeChallenge::read(Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), Some("S256")).unwrap();
        request.claims = Some(ClaimsRequest::parse(r#"{"id_token":{"acr":{"essential":true,"value":"a"}}}"#).unwrap());
        let url = restart_url(&urls(), &request).unwrap();
        let form = Form::parse(url.split_once('?').unwrap().1.as_bytes()).unwrap();
        for (name, value) in [
            ("response_mode", "form_post"),
            ("prompt", "login consent"),
            ("ui_locales", "zh-CN"),
            ("state", "a\"&<%00>"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(form.get(name).unwrap(), Some(value), "{url}");
        }
        let claims = ClaimsRequest::parse(form.get("claims").unwrap().unwrap()).unwrap();
        assert_eq!(
            (claims.sub.as_deref(), claims.acr),
            (Some("s\"1"), vec!["a".to_owned()])
        );
        request.pushed = true;
        assert_eq!(restart_url(&urls(), &request), None);
    }
}
