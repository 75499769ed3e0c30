//! Userinfo (OpenID Connect Core, 5.3; RFC 6750).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use hufu_core::oidc::{OAuthError, OAuthErrorCode};
use hufu_web::body::{is_form, read_form};
use hufu_web::error::{json_error, oauth_error};
use hufu_web::tenant::Hosted;

use super::Api;
use super::credentials::{Credentials, credentials};
use crate::Gateway;

pub(crate) async fn get(State(gateway): State<Gateway>, api: Api, headers: HeaderMap) -> Response {
    answer(&gateway, &api.0, bearer(&headers)).await
}

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    let token = bearer_or_form(&headers, body).await;
    answer(&gateway, &api.0, token).await
}

/// The token of the header (RFC 6750, 2.1). One in the query is not taken: URLs end up in logs (RFC 9700, 2.5).
fn bearer(headers: &HeaderMap) -> Result<Option<String>, OAuthError> {
    Ok(match credentials(headers)? {
        Credentials::Bearer(token) => Some(token),
        Credentials::None | Credentials::Basic(_) | Credentials::Unreadable => None,
    })
}

/// The token of the header or of a form (RFC 6750, 2.2), not both.
async fn bearer_or_form(headers: &HeaderMap, body: Body) -> Result<Option<String>, OAuthError> {
    let invalid = |text: String| OAuthError::new(OAuthErrorCode::InvalidRequest, text);
    let bearer = bearer(headers)?;
    if !is_form(headers) {
        return Ok(bearer);
    }
    let form = read_form(headers, body)
        .await
        .map_err(|error| invalid(error.to_string()))?;
    let posted = form.get("access_token").map_err(|error| invalid(error.to_string()))?;
    match (bearer, posted) {
        (Some(_), Some(_)) => Err(invalid("use one way to send the access token, not two".to_owned())),
        (bearer, posted) => Ok(bearer.or_else(|| posted.map(str::to_owned))),
    }
}

async fn answer(gateway: &Gateway, hosted: &Hosted, token: Result<Option<String>, OAuthError>) -> Response {
    let claims = match token {
        Ok(Some(token)) => gateway.site.engine.userinfo(&hosted.tenant, &token).await,
        Ok(None) => return unauthenticated(hosted),
        Err(error) => Err(error),
    };
    claims.map_or_else(|error| refused(&error, hosted), |claims| Json(claims).into_response())
}

/// No token at all: the challenge says nothing of an error (RFC 6750, 3.1).
fn unauthenticated(hosted: &Hosted) -> Response {
    let response = json_error(
        StatusCode::UNAUTHORIZED,
        OAuthErrorCode::InvalidToken.as_str(),
        "no access token",
    );
    challenged(response, format!("Bearer realm=\"{}\"", hosted.tenant.code))
}

fn refused(error: &OAuthError, hosted: &Hosted) -> Response {
    let response = oauth_error(error);
    if !matches!(
        error.code,
        OAuthErrorCode::InvalidToken | OAuthErrorCode::InvalidRequest
    ) {
        return response;
    }
    let (realm, code, description) = (&hosted.tenant.code, error.code.as_str(), &error.description);
    challenged(
        response,
        format!("Bearer realm=\"{realm}\", error=\"{code}\", error_description=\"{description}\""),
    )
}

fn challenged(mut response: Response, challenge: String) -> Response {
    if let Ok(challenge) = challenge.try_into() {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
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
}
