//! A small app that signs people in with OpenID Connect
//!
//! It is an ordinary relying party: all it knows of its provider is the issuer's address, and it learns the rest by
//! discovery. Whatever it can do, any other app with a standard OpenID Connect library can do as well.

mod oidc;
mod pages;
mod store;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, REFERRER_POLICY,
    SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use url::Url;

use crate::oidc::{Failure, Pending, Person, Provider};
use crate::pages::{Lang, Problem};
use crate::store::Store;

/// Names the browser while a login is under way.
const LOGIN_COOKIE: &str = "demo_app_login";
/// Names the signed-in session.
const SESSION_COOKIE: &str = "demo_app_session";
/// Says that a code without a state has just been answered with a login of our own.
const RESTART_COOKIE: &str = "demo_app_restart";
/// The state of a logout that is under way at the provider.
const LOGOUT_COOKIE: &str = "demo_app_logout";

const LOGIN_LIFETIME: Duration = Duration::from_secs(10 * 60);
const SESSION_LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);
const RESTART_LIFETIME: Duration = Duration::from_secs(2 * 60);
/// Browsers with a login under way, and people signed in, kept at a time; the oldest make room.
const MOST_BROWSERS: usize = 10_000;
const MOST_SESSIONS: usize = 1_000;
/// Logins one browser may have open at a time, as in several tabs.
const MOST_LOGINS_A_BROWSER: usize = 8;

/// What the app has to know: its provider, its credentials there, and its own address.
#[derive(Clone)]
pub struct Config {
    /// The provider's issuer identifier, from which discovery starts.
    pub issuer: String,
    /// The app's client identifier at the provider.
    pub client_id: String,
    /// The app's secret at the provider; without one the app is a public client.
    pub client_secret: Option<String>,
    /// The app's own base address as browsers see it; `/callback` below it is the redirect address, `/logged-out` the one
    /// for after a logout.
    pub app_url: String,
    /// The scopes to ask for; [`Config::default_scopes`] when empty.
    pub scopes: Vec<String>,
    /// What the login button calls the provider, such as "WeChat 微信".
    pub provider_name: String,
}

impl Config {
    /// The scopes asked for unless others are named: `openid`, `profile` and `wechat`.
    #[must_use]
    pub fn default_scopes() -> Vec<String> {
        ["openid", "profile", "wechat"].map(str::to_owned).to_vec()
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret.as_ref().map(|_| "…"))
            .field("app_url", &self.app_url)
            .field("scopes", &self.scopes)
            .field("provider_name", &self.provider_name)
            .finish()
    }
}

/// Why the app cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The issuer is no http or https address.
    #[error("the issuer {0:?} is not an http or https address")]
    Issuer(String),
    /// The app's own address is no http or https address.
    #[error("the app's address {0:?} is not an http or https address without query and fragment")]
    AppUrl(String),
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Http(#[source] reqwest::Error),
}

/// The app: its provider and the people signed in.
#[derive(Clone)]
pub struct DemoApp {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    provider: Provider,
    /// The path of the app's address, without a slash at the end.
    base: String,
    secure: bool,
    content_policy: String,
    logins: Store<Vec<Pending>>,
    sessions: Store<Person>,
}

impl DemoApp {
    /// Sets the app up. The provider is asked for nothing yet: discovery happens at the first login.
    ///
    /// # Errors
    /// When an address in the configuration is none, or the HTTP client cannot be set up.
    pub fn new(mut config: Config) -> Result<Self, DemoError> {
        if config.scopes.is_empty() {
            config.scopes = Config::default_scopes();
        }
        let issuer = web_address(&config.issuer).ok_or_else(|| DemoError::Issuer(config.issuer.clone()))?;
        let app_url = web_address(&config.app_url)
            .filter(|url| url.query().is_none() && url.fragment().is_none())
            .ok_or_else(|| DemoError::AppUrl(config.app_url.clone()))?;
        let provider = Provider::new(&config, &issuer, config.app_url.trim_end_matches('/'))?;
        Ok(Self {
            inner: Arc::new(Inner {
                provider,
                base: app_url.path().trim_end_matches('/').to_owned(),
                secure: app_url.scheme() == "https",
                content_policy: content_policy(&issuer),
                logins: Store::new(MOST_BROWSERS, LOGIN_LIFETIME),
                sessions: Store::new(MOST_SESSIONS, SESSION_LIFETIME),
                config,
            }),
        })
    }

    /// The app's routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(home))
            .route("/login", get(login))
            .route("/callback", get(callback))
            .route("/logout", post(logout))
            .route("/logged-out", get(logged_out))
            .route("/app.css", get(stylesheet))
            .route("/healthz", get(healthz))
            .fallback(not_found)
            .with_state(Arc::clone(&self.inner))
    }
}

/// The form that logs out is answered with a way by the provider, which browsers hold against the form's policy too.
fn content_policy(issuer: &Url) -> String {
    format!(
        "default-src 'none'; style-src 'self'; img-src http: https:; form-action 'self' {}; base-uri 'none'; \
         frame-ancestors 'none'",
        issuer.origin().ascii_serialization()
    )
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}

async fn home(State(app): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    let person = cookie(&headers, SESSION_COOKIE).and_then(|key| app.sessions.get(&key));
    let lang = lang(&headers);
    let rendered = match person {
        Some(person) => pages::signed_in(lang, &app, &person),
        None => pages::signed_out(lang, &app, false),
    };
    page(&app, rendered)
}

async fn login(State(app): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    let (address, pending) = match app.provider.begin().await {
        Ok(begun) => begun,
        Err(failure) => return failed(&app, &headers, failure),
    };
    let key = cookie(&headers, LOGIN_COOKIE)
        .filter(|key| app.logins.contains(key))
        .unwrap_or_else(oidc::random_key);
    app.logins.update(&key, |logins| {
        if logins.len() >= MOST_LOGINS_A_BROWSER {
            logins.remove(0);
        }
        logins.push(pending);
    });
    redirect(
        address.as_str(),
        &[set_cookie(&app, LOGIN_COOKIE, &key, LOGIN_LIFETIME)],
    )
}

#[derive(Deserialize)]
struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

async fn callback(
    State(app): State<Arc<Inner>>,
    headers: HeaderMap,
    query: Result<Query<CallbackQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(query)) = query else {
        return problem(&app, &headers, &Problem::BadCallback, &[]);
    };
    let given = |value: Option<String>| value.filter(|value| !value.is_empty());
    let (code, state) = (given(query.code), given(query.state));

    // Whatever comes back with a state uses that login up, so that nothing can be tried twice.
    let login = state.as_deref().and_then(|state| {
        let key = cookie(&headers, LOGIN_COOKIE)?;
        app.logins.update_existing(&key, |logins| {
            let at = logins.iter().position(|login| login.has_state(state))?;
            Some(logins.remove(at))
        })?
    });

    if let Some(error) = given(query.error) {
        let description = given(query.error_description);
        return problem(&app, &headers, &Problem::Provider { error, description }, &[]);
    }
    let Some(code) = code else {
        return problem(&app, &headers, &Problem::BadCallback, &[]);
    };
    if state.is_none() {
        // Nothing ties this code to the browser it came with: redeeming it would let anyone sign a person in to an
        // account that is not theirs. The person most likely wants to log in, so a login of our own starts instead.
        return if cookie(&headers, RESTART_COOKIE).is_some() {
            problem(
                &app,
                &headers,
                &Problem::NotStartedHere,
                &[clear_cookie(&app, RESTART_COOKIE)],
            )
        } else {
            redirect(
                &format!("{}/login", app.base),
                &[set_cookie(&app, RESTART_COOKIE, "1", RESTART_LIFETIME)],
            )
        };
    }
    let Some(login) = login else {
        return problem(&app, &headers, &Problem::StateMismatch, &[]);
    };
    if query.iss.is_some_and(|iss| iss != app.config.issuer) {
        return problem(&app, &headers, &Problem::OtherIssuer, &[]);
    }
    match app.provider.complete(code, login).await {
        Ok(person) => {
            if let Some(old) = cookie(&headers, SESSION_COOKIE) {
                app.sessions.remove(&old);
            }
            let key = oidc::random_key();
            app.sessions.insert(&key, person);
            redirect(
                &format!("{}/", app.base),
                &[
                    set_cookie(&app, SESSION_COOKIE, &key, SESSION_LIFETIME),
                    clear_cookie(&app, RESTART_COOKIE),
                ],
            )
        }
        Err(failure) => failed(&app, &headers, failure),
    }
}

async fn logout(State(app): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    // Here first: whatever the provider says, the person has left this app.
    let mut person = None;
    if let Some(key) = cookie(&headers, SESSION_COOKIE) {
        person = app.sessions.get(&key);
        app.sessions.remove(&key);
    }
    let cleared = clear_cookie(&app, SESSION_COOKIE);
    let there = match &person {
        Some(person) => app.provider.leave(person).await,
        None => Ok(None),
    };
    match there {
        Ok(Some((address, state))) => {
            let under_way = set_cookie(&app, LOGOUT_COOKIE, &state, LOGIN_LIFETIME);
            redirect(address.as_str(), &[cleared, under_way])
        }
        Ok(None) => redirect(&format!("{}/", app.base), &[cleared]),
        Err(failure) => {
            tracing::warn!(%failure, "somebody logged out here alone");
            redirect(&format!("{}/", app.base), &[cleared])
        }
    }
}

#[derive(Deserialize)]
struct LoggedOutQuery {
    state: Option<String>,
}

/// Back from the provider. Whoever comes without the state of a logout of this browser's is shown nothing of one.
async fn logged_out(
    State(app): State<Arc<Inner>>,
    headers: HeaderMap,
    query: Result<Query<LoggedOutQuery>, QueryRejection>,
) -> Response {
    let state = query.ok().and_then(|Query(query)| query.state);
    if state.is_none() || state != cookie(&headers, LOGOUT_COOKIE) {
        return redirect(&format!("{}/", app.base), &[]);
    }
    let mut response = page(&app, pages::signed_out(lang(&headers), &app, true));
    add_cookies(&mut response, &[clear_cookie(&app, LOGOUT_COOKIE)]);
    response
}

async fn stylesheet() -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "text/css; charset=utf-8"),
            (CACHE_CONTROL, "public, max-age=300"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ],
        include_str!("../templates/app.css"),
    )
}

async fn healthz() -> &'static str {
    "ok"
}

async fn not_found(State(app): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    problem(&app, &headers, &Problem::NotFound, &[])
}

fn failed(app: &Inner, headers: &HeaderMap, failure: Failure) -> Response {
    tracing::warn!(%failure, "a login failed");
    problem(app, headers, &Problem::Failed(failure), &[])
}

fn problem(app: &Inner, headers: &HeaderMap, problem: &Problem, cookies: &[String]) -> Response {
    let mut response = page(app, pages::problem(lang(headers), app, problem));
    *response.status_mut() = problem.status();
    add_cookies(&mut response, cookies);
    response
}

fn page(app: &Inner, rendered: askama::Result<String>) -> Response {
    let headers: [(HeaderName, &str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, &app.content_policy),
    ];
    match rendered {
        Ok(html) => (headers, html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn redirect(to: &str, cookies: &[String]) -> Response {
    let Ok(to) = HeaderValue::from_str(to) else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut response = (
        StatusCode::SEE_OTHER,
        [(CACHE_CONTROL, HeaderValue::from_static("no-store"))],
    )
        .into_response();
    response.headers_mut().insert(LOCATION, to);
    add_cookies(&mut response, cookies);
    response
}

fn add_cookies(response: &mut Response, cookies: &[String]) {
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
}

fn set_cookie(app: &Inner, name: &str, value: &str, lifetime: Duration) -> String {
    let secure = if app.secure { "; Secure" } else { "" };
    let path = if app.base.is_empty() { "/" } else { app.base.as_str() };
    format!(
        "{name}={value}; Path={path}; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
        lifetime.as_secs()
    )
}

fn clear_cookie(app: &Inner, name: &str) -> String {
    set_cookie(app, name, "", Duration::ZERO)
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(given, value)| *given == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

fn lang(headers: &HeaderMap) -> Lang {
    Lang::preferred(
        headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default(),
    )
}
