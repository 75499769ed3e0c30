//! `api.weixin.qq.com`: the calls a login needs.

mod answer;
mod caller;
mod cgi_token;
mod get_ticket;
mod jscode2session;
mod menu;
mod qrcode_create;
mod quota;
mod server_ips;
mod sns_access_token;
mod sns_auth;
mod sns_refresh_token;
mod sns_userinfo;
mod stable_token;
mod user_info;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::Response;
use axum::routing::any;

use crate::failed_call::FailedCall;
use crate::params::Params;
use crate::request_log::RequestLogEntry;
use crate::simulator::Inner;
use crate::wire;
use answer::{Failure, Family};
use caller::Call;

pub(crate) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/sns/{*path}", any(handle))
        .route("/cgi-bin/{*path}", any(handle))
}

/// One door for all calls: faults, counter and log are the same for each.
async fn handle(State(inner): State<Arc<Inner>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let endpoint = parts.uri.path().to_owned();
    inner.log().count_one(&endpoint);
    let strike = inner.faults().strike(&endpoint);
    let family = Family::of(&endpoint);
    let call = Call {
        inner: &inner,
        now: inner.now(),
        params: parameters(&parts, &body),
        caller_ip: wire::caller(&parts),
        origin: wire::origin(&parts.headers),
        is_post: parts.method == Method::POST,
        body,
    };
    let failure = |code, message: &str| Failure::new(code, message.to_owned()).response(family, &call.rid());
    let (answer, effect) = match wire::suffer(strike, failure).await {
        Ok(answer) => (answer, None),
        Err(effect) => {
            let outcome = dispatch(&endpoint, &call);
            let rid = call.rid();
            let answer = family.answer(outcome, &rid);
            if answer.errcode.is_some() {
                remember(&call, rid, &answer.body);
            }
            (answer.into(), effect)
        }
    };
    let errcode = answer.errcode;
    let lost = effect == Some(crate::fault::Effect::LostResponse);
    let response = wire::spoil(effect, answer.response).await;
    wire::note(&inner, || RequestLogEntry {
        time: call.now,
        method: parts.method.to_string(),
        endpoint: endpoint.clone(),
        app_id: call.app_id(),
        query: call.params.redacted(),
        caller: call.caller_ip.clone(),
        status: if lost { 0 } else { response.status().as_u16() },
        errcode,
    });
    response
}

/// So that the rid can be asked about.
fn remember(call: &Call<'_>, rid: String, response_body: &str) {
    let failed = FailedCall {
        invoke_time: call.now,
        cost_in_ms: 1,
        request_url: call.params.redacted(),
        // A body may hold a secret.
        request_body: String::new(),
        response_body: response_body.to_owned(),
        client_ip: call.caller_ip.clone(),
    };
    call.inner.world().failed_calls.insert(call.now, rid, failed);
}

/// Query and form are one: stock clients use either.
fn parameters(parts: &Parts, body: &Bytes) -> Params {
    let mut params = Params::parse(parts.uri.query().unwrap_or_default());
    let content_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if content_type.is_some_and(|text| text.starts_with("application/x-www-form-urlencoded")) {
        params.and_form(body);
    }
    params
}

fn dispatch(endpoint: &str, call: &Call<'_>) -> Result<String, Failure> {
    match endpoint {
        "/sns/oauth2/access_token" => sns_access_token::answer(call),
        "/sns/oauth2/refresh_token" => sns_refresh_token::answer(call),
        "/sns/userinfo" => sns_userinfo::answer(call),
        "/sns/jscode2session" => jscode2session::answer(call),
        "/sns/auth" => sns_auth::answer(call),
        "/cgi-bin/token" => cgi_token::answer(call),
        "/cgi-bin/stable_token" => stable_token::answer(call),
        "/cgi-bin/getcallbackip" | "/cgi-bin/get_api_domain_ip" => server_ips::answer(call),
        "/cgi-bin/ticket/getticket" => get_ticket::answer(call),
        "/cgi-bin/clear_quota" => quota::clear(call),
        "/cgi-bin/clear_quota/v2" => quota::clear_with_secret(call),
        "/cgi-bin/openapi/quota/get" => quota::show(call),
        "/cgi-bin/openapi/quota/clear" => quota::clear_one(call),
        "/cgi-bin/openapi/rid/get" => quota::explain(call),
        "/cgi-bin/user/info" => user_info::one(call),
        "/cgi-bin/user/info/batchget" => user_info::batch(call),
        "/cgi-bin/qrcode/create" => qrcode_create::answer(call),
        "/cgi-bin/menu/create" => menu::create(call),
        "/cgi-bin/menu/get" => menu::get(call),
        "/cgi-bin/menu/delete" => menu::delete(call),
        "/cgi-bin/get_current_selfmenu_info" => menu::current(call),
        _ => Err(Failure::invalid_url()),
    }
}
