//! Headers that every answer has.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::Site;

/// Pages load their own style sheet, script and images and nothing else, and are framed by nobody (clickjacking, RFC
/// 9700, 4.16). `data:` is for QR codes.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'",
);

/// The same for pages whose form leads to an app: Chromium holds a form to `form-action` through every redirect that
/// follows, and where an app sends the browser on is not ours to say. No script of others runs here either way.
pub const FORMS_ANYWHERE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'",
);

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// For as long as a client may keep what is public and seldom changes: keys and discovery.
pub const PUBLIC_DOCUMENT: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// For what is named by its content.
pub const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Middleware: what an answer does not say itself it is given here. Nothing is cached unless it says so.
pub async fn secure(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let set = |headers: &mut HeaderMap, name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    set(headers, header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    set(headers, header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    // Browsers older than frame-ancestors, such as WeChat's on old phones.
    set(headers, header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Codes and states stand in URLs (RFC 9700, 4.2).
    set(
        headers,
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    set(
        headers,
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    set(
        headers,
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()"),
    );
    if site.public_url.is_https() {
        // Without includeSubDomains: what else lives under a tenant's domain is not ours to decide.
        set(
            headers,
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

/// Middleware for endpoints that browser apps call: any origin may, since no cookie counts there. Never for the
/// authorization endpoint and pages.
pub async fn cors(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    allow_any_origin(response.headers_mut());
    response
}

/// What [`cors`] gives an answer.
pub fn allow_any_origin(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("www-authenticate, retry-after, x-request-id"),
    );
}

/// Handler of OPTIONS where [`cors`] stands: what a browser asks before it lets an app call (Fetch, CORS-preflight).
pub async fn preflight() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, dpop"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}
