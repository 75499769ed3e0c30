//! The page with 允许 and 拒绝, and what follows a 拒绝.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::checks::Ask;
use super::html::render;
use crate::simulator::Inner;
use crate::sns_token::Scope;
use crate::user::User;

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    account: &'a str,
    host: String,
    raw_query: &'a str,
    asks_profile: bool,
    force_snapshot: bool,
    people: Vec<Choice>,
}

struct Choice {
    user: Arc<User>,
    /// The user's id as a path segment.
    avatar: String,
    follows: bool,
    selected: bool,
}

#[derive(Template)]
#[template(path = "denied.html")]
struct DeniedPage<'a> {
    account: &'a str,
    raw_query: &'a str,
    origin: String,
}

/// A form that works without JavaScript; the tap comes back to the same URL, which keeps nothing on the server.
pub(super) fn page(inner: &Inner, ask: &Ask, selected: Option<&str>, raw_query: &str) -> Response {
    let users = inner.world().users.clone();
    let selected = selected.map_or_else(|| users.first().map(|user| user.id.clone()), |id| Some(id.to_owned()));
    let people = users.into_iter().map(|user| Choice {
        avatar: utf8_percent_encode(&user.id, NON_ALPHANUMERIC).to_string(),
        follows: user.follows(&ask.account.app_id),
        selected: Some(&user.id) == selected.as_ref(),
        user,
    });
    render(&ConsentPage {
        account: &ask.account.name,
        host: Url::parse(&ask.redirect_uri)
            .ok()
            .and_then(|url| Some(url.host_str()?.to_owned()))
            .unwrap_or_default(),
        raw_query,
        asks_profile: ask.scope == Scope::Userinfo,
        force_snapshot: ask.force_snapshot,
        people: people.collect(),
    })
}

/// WeChat shows nothing at all here; a person at a desk is told why nothing happens.
pub(super) fn denied(ask: &Ask, raw_query: &str) -> Response {
    let origin = Url::parse(&ask.redirect_uri)
        .map(|url| url.origin().ascii_serialization())
        .unwrap_or_default();
    render(&DeniedPage {
        account: &ask.account.name,
        raw_query,
        origin,
    })
}
