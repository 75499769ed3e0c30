//! Userinfo (OpenID Connect Core, 5.3; RFC 6750; RFC 9449, 7).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use hufu_core::flow::{Presented, TokenRefused, TokenScheme, UserInfo};
use hufu_core::oidc::{OAuthError, OAuthErrorCode};
use hufu_web::body::{is_form, read_form};
use hufu_web::error::{caused, json_error, oauth_error};
use hufu_web::tenant::Hosted;

use super::Api;
use super::credentials::{Credentials, challenge, credentials, proof};
use crate::Gateway;

/// A token and how it came.
type Sent = Option<(TokenScheme, String)>;

pub(crate) async fn get(State(gateway): State<Gateway>, api: Api, headers: HeaderMap) -> Response {
    answer(&gateway, &api.0, &Method::GET, &headers, of_header(&headers)).await
}

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    let token = of_header_or_form(&headers, body).await;
    answer(&gateway, &api.0, &Method::POST, &headers, token).await
}

/// The token of the header (RFC 6750, 2.1). One in the query is not taken: URLs end up in logs (RFC 9700, 2.5).
fn of_header(headers: &HeaderMap) -> Result<Sent, OAuthError> {
    Ok(match credentials(headers)? {
        Credentials::Bearer(token) => Some((TokenScheme::Bearer, token)),
        Credentials::Dpop(token) => Some((TokenScheme::Dpop, token)),
        Credentials::None | Credentials::Basic(_) | Credentials::Unreadable => None,
    })
}

/// The token of the header or of a form (RFC 6750, 2.2), not both.
async fn of_header_or_form(headers: &HeaderMap, body: Body) -> Result<Sent, OAuthError> {
    let invalid = |text: String| OAuthError::new(OAuthErrorCode::InvalidRequest, text);
    let sent = of_header(headers)?;
    if !is_form(headers) {
        return Ok(sent);
    }
    let form = read_form(headers, body)
        .await
        .map_err(|error| invalid(error.to_string()))?;
    let posted = form.get("access_token").map_err(|error| invalid(error.to_string()))?;
    match (sent, posted) {
        (Some(_), Some(_)) => Err(invalid("use one way to send the access token, not two".to_owned())),
        (sent, posted) => Ok(sent.or_else(|| posted.map(|token| (TokenScheme::Bearer, token.to_owned())))),
    }
}

async fn answer(
    gateway: &Gateway,
    hosted: &Hosted,
    method: &Method,
    headers: &HeaderMap,
    sent: Result<Sent, OAuthError>,
) -> Response {
    match told(gateway, hosted, method, headers, sent).await {
        Ok(Some(UserInfo::Claims(claims))) => Json(claims).into_response(),
        Ok(Some(UserInfo::Signed(jwt))) => ([(header::CONTENT_TYPE, "application/jwt")], jwt).into_response(),
        Ok(None) => unauthenticated(hosted),
        Err(refusal) => refused(&refusal, hosted),
    }
}

async fn told(
    gateway: &Gateway,
    hosted: &Hosted,
    method: &Method,
    headers: &HeaderMap,
    sent: Result<Sent, OAuthError>,
) -> Result<Option<UserInfo>, TokenRefused> {
    let refused = |scheme| move |error| TokenRefused { error, scheme };
    let Some((scheme, token)) = sent.map_err(refused(TokenScheme::Bearer))? else {
        return Ok(None);
    };
    let url = hosted.visit.urls.userinfo();
    let presented = Presented {
        token: &token,
        scheme,
        proof: proof(headers).map_err(refused(TokenScheme::Dpop))?,
        method: method.as_str(),
        url: &url,
    };
    let engine = &gateway.site.engine;
    engine
        .userinfo(&hosted.tenant, &presented, &hosted.visit)
        .await
        .map(Some)
}

/// No token at all: the challenge says nothing of an error (RFC 6750, 3.1), but which schemes there are (RFC 9449, 7.2).
fn unauthenticated(hosted: &Hosted) -> Response {
    let mut response = json_error(
        StatusCode::UNAUTHORIZED,
        OAuthErrorCode::InvalidToken.as_str(),
        "no access token",
    );
    for scheme in [TokenScheme::Bearer, TokenScheme::Dpop] {
        append(&mut response, challenge(scheme, hosted, None));
    }
    response
}

fn refused(refusal: &TokenRefused, hosted: &Hosted) -> Response {
    let error = &refusal.error;
    let mut response = match error.code {
        OAuthErrorCode::InvalidToken | OAuthErrorCode::InvalidRequest => oauth_error(error),
        // At a resource it is the token that does not hold without its proof (RFC 9449, 7.1).
        OAuthErrorCode::InvalidDpopProof => caused(
            json_error(StatusCode::UNAUTHORIZED, error.code.as_str(), &error.description),
            error.code.as_str(),
            error.debug.as_deref().unwrap_or_default(),
        ),
        _ => return oauth_error(error),
    };
    append(&mut response, challenge(refusal.scheme, hosted, Some(error)));
    response
}

fn append(response: &mut Response, challenge: Option<HeaderValue>) {
    if let Some(challenge) = challenge {
        response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, Request, request};

    use super::*;
    use crate::testing::{Host, TOKEN, json};

    const USERINFO: &str = "/t/acme/oauth2/userinfo";

    async fn call(request: request::Builder, body: &str) -> Response {
        let response = Host::new().call(request.body(body.to_owned().into()).unwrap()).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        response
    }

    fn asked(method: Method) -> request::Builder {
        Request::builder().method(method).uri(USERINFO)
    }

    fn form() -> request::Builder {
        asked(Method::POST).header("content-type", "application/x-www-form-urlencoded")
    }

    fn challenge(response: &Response) -> &str {
        response.headers()["www-authenticate"].to_str().unwrap()
    }

    #[tokio::test]
    async fn the_token_comes_by_header_or_form() {
        let bearer = format!("bearer {TOKEN}");
        for response in [
            call(asked(Method::GET).header("authorization", &bearer), "").await,
            call(asked(Method::POST).header("authorization", &bearer), "").await,
            call(form().header("authorization", &bearer), "").await,
            call(form(), &format!("access_token={TOKEN}")).await,
        ] {
            assert_eq!(response.status(), 200);
            assert_eq!(json(response).await["wechat_openid"], "o1");
        }
    }

    #[tokio::test]
    async fn no_token_is_a_challenge_without_an_error() {
        for response in [
            call(asked(Method::GET), "").await,
            call(asked(Method::GET).uri(format!("{USERINFO}?access_token={TOKEN}")), "").await,
            call(asked(Method::GET).header("authorization", "Basic YTpi"), "").await,
            call(form(), "access_token=").await,
        ] {
            assert_eq!(response.status(), 401);
            assert_eq!(challenge(&response), "Bearer realm=\"acme\"");
        }
    }

    #[tokio::test]
    async fn a_bad_token_is_named_as_such() {
        let response = call(asked(Method::GET).header("authorization", "Bearer x"), "").await;
        assert_eq!(response.status(), 401);
        assert!(challenge(&response).starts_with("Bearer realm=\"acme\", error=\"invalid_token\", error_description="));
        assert_eq!(json(response).await["error"], "invalid_token");
    }

    #[tokio::test]
    async fn two_tokens_are_one_too_many() {
        for response in [
            call(form().header("authorization", "Bearer x"), "access_token=x").await,
            call(form(), "access_token=x&access_token=x").await,
            call(
                asked(Method::GET)
                    .header("authorization", "Bearer x")
                    .header("authorization", "Bearer x"),
                "",
            )
            .await,
        ] {
            assert_eq!(response.status(), 400);
            assert!(challenge(&response).contains("error=\"invalid_request\""));
        }
    }

    #[tokio::test]
    async fn a_token_bound_to_no_key_is_no_dpop_token() {
        let response = call(asked(Method::GET).header("authorization", format!("DPoP {TOKEN}")), "").await;
        assert_eq!(response.status(), 401);
        let told = challenge(&response).to_owned();
        assert!(
            told.starts_with("DPoP realm=\"acme\", error=\"invalid_token\""),
            "{told}"
        );
        assert!(told.ends_with("algs=\"RS256 PS256 ES256 ES384 EdDSA\""), "{told}");
        let twice = asked(Method::GET)
            .header("authorization", format!("DPoP {TOKEN}"))
            .header("dpop", "a")
            .header("dpop", "a");
        let response = call(twice, "").await;
        assert_eq!(response.status(), 401);
        assert!(challenge(&response).contains("error=\"invalid_dpop_proof\""));
        // Without any token both ways are named.
        let response = call(asked(Method::GET), "").await;
        assert_eq!(response.headers().get_all("www-authenticate").iter().count(), 2);
    }

    #[tokio::test]
    async fn signed_for_who_wants_it_so() {
        use hufu_core::model::ClientProtocol;
        use hufu_core::oidc::SigningAlgorithm;
        let host = Host::new();
        host.signs_with(SigningAlgorithm::Es256);
        host.protocol(ClientProtocol {
            userinfo_signed_response_alg: Some(SigningAlgorithm::Es256),
            ..ClientProtocol::default()
        });
        let request = asked(Method::GET).header("authorization", format!("Bearer {TOKEN}"));
        let response = host.call(request.body("".into()).unwrap()).await;
        assert_eq!(response.headers()["content-type"], "application/jwt");
        assert_eq!(crate::testing::html(response).await.split('.').count(), 3);
        // A client's own token says nothing of anybody.
        let token = crate::testing::client_token(&host).await;
        let response = call(
            asked(Method::GET).header("authorization", format!("Bearer {token}")),
            "",
        )
        .await;
        assert_eq!(response.status(), 401);
    }
}
