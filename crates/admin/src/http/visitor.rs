//! Any browser.

use axum::extract::{FromRequestParts, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use hufu_core::clock::random_token;
use hufu_core::model::Browser;
use hufu_core::text::{Locale, Text};
use hufu_web::locale;

use super::{Refusal, cookies};
use crate::console::Console;
use crate::ui::{Flash, Frame, Theme, Tone, texts};
use crate::zone::Zone;

/// A browser, signed in or not.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) locale: Locale,
    pub(crate) theme: Theme,
    pub(crate) zone: Zone,
    /// Path and query of this page.
    pub(crate) path: String,
    /// The token that this browser's forms must carry.
    pub(crate) csrf: String,
    /// As the audit log names it.
    pub(crate) from: Browser,
    /// What the last action did.
    pub(crate) flash: Option<Flash>,
    /// Whether the page is asked for by a script that wants the changing part alone.
    pub(crate) partial: bool,
}

/// The value by which a browser without a session is known; put there by [`acquaint`].
#[derive(Debug, Clone)]
pub(super) struct Acquaintance(pub(super) String);

/// Middleware: gives a browser that has none the cookie by which its forms are known, and takes back a flash that was
/// shown.
pub(crate) async fn acquaint(State(console): State<Console>, mut request: Request, next: Next) -> Response {
    let https = console.site.public_url.is_https();
    let is_token = |token: &String| token.len() == 22;
    let known = cookies::visitor(https, request.headers()).filter(is_token);
    let is_new = known.is_none();
    let token = known.unwrap_or_else(|| random_token::<16>(&*console.manager.random));
    request.extensions_mut().insert(Acquaintance(token.clone()));
    let had_flash = cookies::flash(https, request.headers()).is_some();
    let mut response = next.run(request).await;
    // Within the console only: a form that must wait for the password leads back to its page by it.
    let policy = HeaderValue::from_static("same-origin");
    response.headers_mut().entry(header::REFERRER_POLICY).or_insert(policy);
    if is_new {
        cookies::set_visitor(&mut response, https, &token);
    }
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if had_flash && is_page {
        cookies::clear_flash(&mut response, https);
    }
    response
}

impl Visitor {
    /// What is known of the browser that sent this request.
    pub(crate) fn of(console: &Console, parts: &Parts) -> Self {
        let https = console.site.public_url.is_https();
        let taste = cookies::taste(https, &parts.headers).unwrap_or_default();
        let (language, theme) = taste.split_once('.').unwrap_or((taste.as_str(), ""));
        let chosen = Locale::of_tag(language);
        let user_agent = hufu_web::tenant::user_agent(&parts.headers);
        Self {
            locale: chosen.unwrap_or_else(|| locale::choose(&parts.headers, Locale::default())),
            theme: Theme::of_name(theme),
            zone: console.zone.clone(),
            path: path_of(parts),
            csrf: csrf(console, parts),
            from: Browser {
                ip: console.site.proxies.client_of(parts).to_string(),
                user_agent,
                request_id: console.site.request_id(parts),
            },
            flash: cookies::flash(https, &parts.headers).and_then(|flash| read_flash(&flash)),
            partial: parts.headers.contains_key("x-partial"),
        }
    }

    /// The frame of a page for nobody in particular.
    pub(crate) fn frame(&self, title: &str) -> Frame {
        Frame {
            locale: self.locale,
            theme: self.theme,
            zone: self.zone.clone(),
            path: self.path.clone(),
            request_id: self.from.request_id.to_string(),
            csrf: self.csrf.clone(),
            flash: self.flash.clone(),
            title: self.text(title),
            ..Frame::default()
        }
    }

    /// The text of a key.
    pub(crate) fn text(&self, key: &str) -> String {
        texts::text(self.locale, key)
    }

    /// A text that core or a plug-in brings along.
    pub(crate) fn say(&self, text: &Text) -> String {
        text.get(self.locale).to_owned()
    }
}

impl FromRequestParts<Console> for Visitor {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Refusal> {
        Ok(Self::of(console, parts))
    }
}

fn path_of(parts: &Parts) -> String {
    let uri = parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |original| &original.0);
    uri.path_and_query().map_or("/admin", |path| path.as_str()).to_owned()
}

/// Bound to the session when there is one: a token from before the sign-in is worth nothing after it.
pub(super) fn csrf(console: &Console, parts: &Parts) -> String {
    let https = console.site.public_url.is_https();
    let session = session_token(https, &parts.headers);
    let acquaintance = parts.extensions.get::<Acquaintance>().map(|known| known.0.clone());
    console
        .key
        .derive("csrf", &session.or(acquaintance).unwrap_or_default())
}

pub(super) fn session_token(https: bool, headers: &HeaderMap) -> Option<String> {
    cookies::session(https, headers)
}

/// `tone:base64url(text)`.
fn read_flash(flash: &str) -> Option<Flash> {
    use base64::Engine as _;
    let (tone, text) = flash.split_once(':')?;
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
    let kind = match tone {
        "good" => Tone::Good,
        "warn" => Tone::Warn,
        "bad" => Tone::Bad,
        _ => Tone::Info,
    };
    Some(Flash {
        kind,
        text: String::from_utf8(text).ok()?,
    })
}
