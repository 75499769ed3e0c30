//! Which route costs what, and how each face says that it was too much.

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use hufu_core::flow::{Engine, Problem, ProblemCode};
use hufu_core::model::TenantCode;
use hufu_core::oidc::Form;
use hufu_web::error::caused;
use hufu_web::headers;
use hufu_web::limits::{Class, Limited, Seat};
use hufu_web::tenant::code_of;
use serde_json::json;

use crate::Gateway;
use crate::arrival::Scene;
use crate::dropin::too_often;
use crate::root::refused::wants_page;
use crate::step;

/// Middleware: refuses what is too much before anything is done for it. It stands inside of the request log, so that a
/// refusal has its id.
pub(crate) async fn limit(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let route = parts.extensions.get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let Some(class) = class(route, &parts.method) else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    match admit(&gateway, class, route, &mut parts).await {
        Ok(seat) => {
            let response = next.run(Request::from_parts(parts, body)).await;
            drop(seat);
            response
        }
        Err(limited) => refused(&gateway, route, &parts, limited),
    }
}

/// What a route costs; `None`: nothing that may be refused. A route that nobody has thought of costs as much as any.
fn class(route: &str, method: &Method) -> Option<Class> {
    // Whoever watches the process must not be told that it is gone.
    if route == "/healthz" {
        return None;
    }
    if matches!(*method, Method::HEAD | Method::OPTIONS) {
        return Some(Class::Document);
    }
    let posted = *method == Method::POST;
    let rest = route.strip_prefix("/t/{tenant}").unwrap_or(route);
    Some(match rest {
        "" | "/" | "/readyz" | "/{file}" | "/brand.css" | "/oauth2/jwks" => Class::Document,
        _ if rest.starts_with("/.well-known/") || rest.starts_with("/assets/") => Class::Document,
        "/callback/{connector}" | "/scan/confirm/{token}" | "/scan/{attempt}/finish" => Class::Callback,
        "/webhook/{connector}" => Class::Push,
        "/wechat/{connector}/access_token" if posted => Class::Report,
        "/scan/{attempt}/events" | "/scan/{attempt}/status" => Class::Read,
        "/oauth2/userinfo" | "/sns/userinfo" | "/sns/auth" => Class::Read,
        "/oauth2/authorize" => Class::Login,
        "/cgi-bin/token" | "/cgi-bin/stable_token" => Class::Token,
        _ if rest.starts_with("/sns/") => Class::Token,
        _ if rest.starts_with("/cgi-bin/") || rest.starts_with("/wechat/") => Class::Read,
        _ if rest.starts_with("/oauth2/") && posted => Class::Token,
        _ => Class::Login,
    })
}

/// What a request costs, for handlers that count it once more.
pub(crate) fn class_of(parts: &Parts) -> Class {
    let route = parts.extensions.get::<MatchedPath>();
    class(route.map_or("", MatchedPath::as_str), &parts.method).unwrap_or(Class::Document)
}

async fn admit(gateway: &Gateway, class: Class, route: &str, parts: &mut Parts) -> Result<Option<Seat>, Limited> {
    let limits = &gateway.site.limits;
    let tenant = code_of(parts).await;
    limits.address(class, gateway.site.proxies.client_of(parts), tenant.as_ref())?;
    let is_dropin = is_dropin(route);
    if !is_dropin && class != Class::Login {
        return in_tenant(gateway, class, tenant.as_ref()).await;
    }
    let query = parts.uri.query().unwrap_or_default();
    let form = Form::parse(query.as_bytes()).unwrap_or_default();
    if is_dropin {
        return dropin(gateway, class, &form).await;
    }
    if let Ok(Some(client)) = form.get("client_id") {
        limits.client(class, client)?;
    }
    in_tenant(gateway, class, tenant.as_ref()).await
}

async fn in_tenant(gateway: &Gateway, class: Class, tenant: Option<&TenantCode>) -> Result<Option<Seat>, Limited> {
    let Some(tenant) = tenant else { return Ok(None) };
    let limits = &gateway.site.limits;
    limits.tenant(class, tenant)?;
    limits.seat(class, tenant).await
}

/// For WeChat's own addresses, which name no tenant: by the client that the parameters name, and its tenant. That needs
/// a look at what is cached; a made-up client was counted by its address.
///
/// # Errors
/// When it was too much.
pub(crate) async fn dropin(gateway: &Gateway, class: Class, form: &Form) -> Result<Option<Seat>, Limited> {
    let named = form.get("appid").ok().flatten();
    let Some(client) = named.or_else(|| Engine::client_of_relay_token(form)) else {
        return Ok(None);
    };
    let Ok(id) = client.parse() else { return Ok(None) };
    gateway.site.limits.client(class, client)?;
    match gateway.site.engine.store().lookup_tenant_of_client(id).await {
        Ok(Some(tenant)) => in_tenant(gateway, class, Some(&tenant.code)).await,
        // An outage is told by whoever needs the tenant.
        Ok(None) | Err(_) => Ok(None),
    }
}

/// Counts a request by the client that it says it is, in its header or its form. For handlers of token endpoints: call
/// it before the client proves itself.
///
/// # Errors
/// The answer, when it was too much.
pub(crate) fn client(
    gateway: &Gateway,
    class: Class,
    client: Option<&str>,
    request_id: hufu_core::ids::RequestId,
) -> Result<(), Response> {
    let counted = client.map_or(Ok(()), |client| gateway.site.limits.client(class, client));
    counted.map_err(|limited| marked(machine(&limited, request_id), limited))
}

fn is_dropin(route: &str) -> bool {
    ["/sns/", "/cgi-bin/", "/connect/"]
        .iter()
        .any(|start| route.starts_with(start))
}

fn refused(gateway: &Gateway, route: &str, parts: &Parts, limited: Limited) -> Response {
    let Limited { class, .. } = limited;
    let is_page =
        matches!(class, Class::Login | Class::Callback) || (class == Class::Document && wants_page(&parts.headers));
    let mut response = if route.starts_with("/sns/") {
        too_often::sns(gateway)
    } else if route.starts_with("/cgi-bin/") {
        too_often::cgi(gateway)
    } else if class == Class::Push {
        (StatusCode::TOO_MANY_REQUESTS, "too many requests").into_response()
    } else if is_page {
        let problem = Problem::new(ProblemCode::TooManyRequests).debug(limited.by.as_str());
        step::page(gateway, &Scene::of(gateway, parts), &problem)
    } else {
        machine(&limited, gateway.site.request_id(parts))
    };
    if is_public(route) {
        headers::allow_any_origin(response.headers_mut());
    }
    marked(response, limited)
}

/// Where apps in browsers call, and have to be able to read that it was too much.
fn is_public(route: &str) -> bool {
    let rest = route.strip_prefix("/t/{tenant}").unwrap_or(route);
    rest.starts_with("/.well-known/")
        || (rest.starts_with("/oauth2/") && !matches!(rest, "/oauth2/authorize" | "/oauth2/logout"))
}

/// JSON as RFC 6749, 5.2 has it, so that OAuth libraries can read it, with RFC 6585's status.
fn machine(limited: &Limited, request_id: hufu_core::ids::RequestId) -> Response {
    let body = json!({
        "error": "rate_limited",
        "error_description": format!("too many requests; try again in {} s", limited.seconds),
        "request_id": request_id.to_string(),
    });
    let response = (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
    caused(response, "rate_limited", limited.by.as_str())
}

/// With the time to wait; and known to the log as what is not logged each.
pub(crate) fn marked(mut response: Response, limited: Limited) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(limited.seconds));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(limited);
    response
}

#[cfg(test)]
mod tests;
