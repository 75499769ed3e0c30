//! `/cgi-bin/…`: the account's server token, its tickets, and every other call in its name.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use hufu_core::flow::{DropInError, DropInRefused, DropInServerToken, Engine, ProblemCode};
use hufu_core::oidc::Form;
use hufu_core::provider::{RelayedAnswer, RelayedCall};
use hufu_core::secret::ExposeSecret as _;
use hufu_web::limits::Class;
use hufu_web::tenant::Hosted;
use serde_json::{Value, json};

use super::sns::query;
use super::too_often;
use super::wire::{cgi, cgi_refused};
use crate::{Gateway, limits};

/// The longest body of a relayed call: 1 MiB.
const BODY_LIMIT: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// `GET /cgi-bin/token`.
pub(crate) async fn token(State(gateway): State<Gateway>, parts: Parts) -> Response {
    let given = async {
        let form = query(&parts)?;
        give(&gateway, &parts, &form, false).await
    };
    token_answer(&gateway, &parts, given.await)
}

/// `POST /cgi-bin/stable_token`, whose parameters are JSON.
pub(crate) async fn stable_token(State(gateway): State<Gateway>, parts: Parts, body: Body) -> Response {
    let read = async {
        let bytes = read(body).await?;
        serde_json::from_slice::<Value>(&bytes).map_err(|error| DropInRefused::malformed(&error))
    };
    let body = match read.await {
        Ok(body) => body,
        Err(refused) => return cgi_refused(&gateway, &parts, &refused),
    };
    let app_id = body.get("appid").and_then(Value::as_str).unwrap_or_default();
    let named = Form::from_pairs(vec![("appid".to_owned(), app_id.to_owned())]);
    let _seat = match limits::dropin(&gateway, Class::Token, &named).await {
        Ok(seat) => seat,
        Err(limited) => return limits::marked(too_often::cgi(&gateway), limited),
    };
    let given = async {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let named = |name: &str| (name.to_owned(), text(name));
        let form = Form::from_pairs(["grant_type", "appid", "secret"].map(named).to_vec());
        let force = body.get("force_refresh").and_then(Value::as_bool).unwrap_or_default();
        give(&gateway, &parts, &form, force).await
    };
    token_answer(&gateway, &parts, given.await)
}

async fn give(gateway: &Gateway, parts: &Parts, form: &Form, force: bool) -> Result<DropInServerToken, DropInRefused> {
    let app_id = form.get("appid").ok().flatten();
    let hosted = named(gateway, parts, app_id).await?;
    let named = hosted.as_ref().map(|hosted| (&*hosted.tenant, &hosted.visit));
    gateway.site.engine.dropin_server_token(named, form, force).await
}

fn token_answer(gateway: &Gateway, parts: &Parts, given: Result<DropInServerToken, DropInRefused>) -> Response {
    match given {
        Ok(token) => cgi(&json!({
            "access_token": token.value.expose_secret(),
            "expires_in": token.expires_in,
        })),
        Err(refused) => cgi_refused(gateway, parts, &refused),
    }
}

/// `GET /cgi-bin/ticket/getticket`.
pub(crate) async fn ticket(State(gateway): State<Gateway>, parts: Parts) -> Response {
    let given = async {
        let form = query(&parts)?;
        let hosted = named(&gateway, &parts, Engine::client_of_relay_token(&form)).await?;
        let named = hosted.as_ref().map(|hosted| (&*hosted.tenant, &hosted.visit));
        gateway.site.engine.dropin_ticket(named, &form).await
    };
    match given.await {
        Ok(ticket) => cgi(&json!({
            "errcode": 0,
            "errmsg": "ok",
            "ticket": ticket.value.expose_secret(),
            "expires_in": ticket.expires_in,
        })),
        Err(refused) => cgi_refused(&gateway, &parts, &refused),
    }
}

/// Everything else below `/cgi-bin/`.
pub(crate) async fn relay(State(gateway): State<Gateway>, parts: Parts, body: Body) -> Response {
    match pass(&gateway, &parts, body).await {
        Ok(answer) => passed(answer),
        Err(refused) => cgi_refused(&gateway, &parts, &refused),
    }
}

async fn pass(gateway: &Gateway, parts: &Parts, body: Body) -> Result<RelayedAnswer, DropInRefused> {
    let form = query(parts)?;
    let hosted = named(gateway, parts, Engine::client_of_relay_token(&form)).await?;
    let named = hosted.as_ref().map(|hosted| (&*hosted.tenant, &hosted.visit));
    let bytes = read(body).await?;
    let others: Vec<_> = form
        .pairs()
        .iter()
        .filter(|(name, _)| name != "access_token")
        .cloned()
        .collect();
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let call = RelayedCall {
        method: parts.method.as_str(),
        // As it stands: what is encoded in it is no path that a list of calls could name.
        path: parts.uri.path(),
        query: &others,
        content_type: content_type.and_then(|value| value.to_str().ok()),
        body: &bytes,
    };
    gateway.site.engine.dropin_relay(named, &form, &call).await
}

/// WeChat's answer as it came.
fn passed(answer: RelayedAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = (status, answer.body).into_response();
    if let Ok(content_type) = HeaderValue::from_str(&answer.content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response
}

/// The tenant of the client that a request names; `None`: nobody that is known.
async fn named(gateway: &Gateway, parts: &Parts, client: Option<&str>) -> Result<Option<Hosted>, DropInRefused> {
    let Some(client) = client else { return Ok(None) };
    match gateway.site.hosted_by_client(client, parts).await {
        Ok(hosted) => Ok(Some(hosted)),
        Err(problem) if problem.code == ProblemCode::ClientUnknown => Ok(None),
        Err(problem) => Err(DropInRefused::from(DropInError::Unavailable).debug(problem.debug)),
    }
}

async fn read(body: Body) -> Result<axum::body::Bytes, DropInRefused> {
    let refused = |debug: &str| DropInRefused::from(DropInError::Malformed).debug(debug);
    let bytes = tokio::time::timeout(BODY_TIME, to_bytes(body, BODY_LIMIT)).await;
    let bytes = bytes.map_err(|_| refused("the body took too long"))?;
    bytes.map_err(|_| refused("the body is longer than 1 MiB, or was cut off"))
}
