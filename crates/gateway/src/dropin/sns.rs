//! `/sns/…`: codes, tokens and people.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use hufu_core::flow::{DropInRefused, DropInTokens, DropInUser};
use hufu_core::oidc::Form;
use hufu_core::secret::ExposeSecret as _;
use hufu_web::body::{is_form, read_form};
use hufu_web::limits::{Class, Seat};
use serde::Serialize;
use serde_json::json;

use super::too_often;
use super::wire::{sns, sns_refused};
use crate::{Gateway, limits};

/// WeChat's names and order.
#[derive(Serialize)]
struct Tokens<'a> {
    access_token: &'a str,
    expires_in: u64,
    refresh_token: &'a str,
    openid: &'a str,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<&'a str>,
    /// Only there when it is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_snapshotuser: Option<u8>,
}

impl<'a> Tokens<'a> {
    fn of(tokens: &'a DropInTokens) -> Self {
        Self {
            access_token: tokens.access_token.expose_secret(),
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh_token.expose_secret(),
            openid: &tokens.external_id,
            scope: tokens.scope,
            unionid: tokens.union_id.as_deref(),
            is_snapshotuser: tokens.transient.then_some(1),
        }
    }
}

/// What WeChat still tells of a person: since 2021 it says nothing of sex and place.
#[derive(Serialize)]
struct User<'a> {
    openid: &'a str,
    nickname: &'a str,
    sex: u8,
    language: &'a str,
    city: &'a str,
    province: &'a str,
    country: &'a str,
    headimgurl: &'a str,
    privilege: [&'a str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<&'a str>,
}

impl<'a> User<'a> {
    fn of(user: &'a DropInUser) -> Self {
        Self {
            openid: &user.external_id,
            nickname: user.profile.name.as_deref().unwrap_or_default(),
            sex: 0,
            language: "",
            city: "",
            province: "",
            country: "",
            headimgurl: user.profile.picture.as_deref().unwrap_or_default(),
            privilege: [],
            unionid: user.union_id.as_deref(),
        }
    }
}

pub(crate) async fn access_token(State(gateway): State<Gateway>, parts: Parts, body: Body) -> Response {
    let (form, _seat) = match posted(&gateway, &parts, body).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let caller = gateway.site.browser(&parts);
    given(
        &gateway,
        gateway
            .site
            .engine
            .dropin_exchange(&form, &caller, gateway.site.tenant_of_host(&parts))
            .await,
    )
}

pub(crate) async fn refresh_token(State(gateway): State<Gateway>, parts: Parts, body: Body) -> Response {
    let (form, _seat) = match posted(&gateway, &parts, body).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let caller = gateway.site.browser(&parts);
    given(
        &gateway,
        gateway
            .site
            .engine
            .dropin_refresh(&form, &caller, gateway.site.tenant_of_host(&parts))
            .await,
    )
}

fn given(gateway: &Gateway, tokens: Result<DropInTokens, DropInRefused>) -> Response {
    match tokens {
        Ok(tokens) => sns(&Tokens::of(&tokens), tokens.json),
        Err(refused) => sns_refused(gateway, &refused),
    }
}

pub(crate) async fn userinfo(State(gateway): State<Gateway>, parts: Parts) -> Response {
    let user = async {
        let form = query(&parts)?;
        gateway
            .site
            .engine
            .dropin_userinfo(&form, gateway.site.tenant_of_host(&parts))
            .await
    };
    match user.await {
        Ok(user) => sns(&User::of(&user), user.json),
        Err(refused) => sns_refused(&gateway, &refused),
    }
}

pub(crate) async fn auth(State(gateway): State<Gateway>, parts: Parts) -> Response {
    let checked = async {
        let form = query(&parts)?;
        gateway
            .site
            .engine
            .dropin_check(&form, gateway.site.tenant_of_host(&parts))
            .await
    };
    match checked.await {
        Ok(json) => sns(&json!({"errcode": 0, "errmsg": "ok"}), json),
        Err(refused) => sns_refused(&gateway, &refused),
    }
}

/// The query.
pub(super) fn query(parts: &Parts) -> Result<Form, DropInRefused> {
    let query = parts.uri.query().unwrap_or_default();
    Form::parse(query.as_bytes()).map_err(|error| DropInRefused::malformed(&error))
}

/// The parameters. A client that the query did not name could not be counted before the form was read.
async fn posted(gateway: &Gateway, parts: &Parts, body: Body) -> Result<(Form, Option<Seat>), Response> {
    let refused = |refused: DropInRefused| sns_refused(gateway, &refused);
    let was_counted = query(parts).map_err(refused)?.get("appid").ok().flatten().is_some();
    let form = read(parts, body).await.map_err(refused)?;
    if was_counted {
        return Ok((form, None));
    }
    match limits::dropin(gateway, Class::Token, &form).await {
        Ok(seat) => Ok((form, seat)),
        Err(limited) => Err(limits::marked(too_often::sns(gateway), limited)),
    }
}

/// The query, and what a form adds to it.
async fn read(parts: &Parts, body: Body) -> Result<Form, DropInRefused> {
    let mut form = query(parts)?;
    if is_form(&parts.headers) {
        let posted = read_form(&parts.headers, body).await;
        for (name, value) in posted.map_err(|error| DropInRefused::malformed(&error))?.pairs() {
            form.push(name, value);
        }
    }
    Ok(form)
}
