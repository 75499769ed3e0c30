//! `/connect/qrconnect`: the QR code that website apps log users in with. Forms without JavaScript stand for the phone.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::checks::{Ask, PageError};
use super::decide::{Step, Tap, Visitor, next_step};
use super::handler::visitor;
use super::{QR_CONNECT, callback, html, redirect_uri, showqrcode};
use crate::account::AccountKind;
use crate::config::DenyStyle;
use crate::control::Control;
use crate::params::Params;
use crate::qr_login::{Login, Phase, QrLoginState};
use crate::request_log::RequestLogEntry;
use crate::simulator::Inner;
use crate::sns_token::Scope;
use crate::user::User;
use crate::wire::{self, Answer};

const ID_LENGTH: usize = 16;
/// What the real picture holds.
const SCANNED_URL: &str = "https://open.weixin.qq.com/connect/confirm?uuid=";

#[derive(Template)]
#[template(path = "qrconnect.html")]
struct LoginPage<'a> {
    account: &'a str,
    id: &'a str,
    state: QrLoginState,
    picture: String,
    people: Vec<Arc<User>>,
    who: Option<Arc<User>>,
    refreshes: bool,
}

pub(super) async fn start(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    inner.log().count_one(QR_CONNECT);
    let strike = inner.faults().strike(QR_CONNECT);
    let params = Params::parse(parts.uri.query().unwrap_or_default());
    let page = |code, message: &str| html::error(&PageError::new(code, message));
    let (answer, effect) = match wire::suffer(strike, page).await {
        Ok(answer) => (answer, None),
        Err(effect) => (begun(&inner, &parts.headers, &params), effect),
    };
    let errcode = answer.errcode;
    let response = wire::spoil(effect, answer.response).await;
    wire::note(&inner, || RequestLogEntry {
        time: inner.now(),
        method: parts.method.to_string(),
        endpoint: QR_CONNECT.to_owned(),
        app_id: params.filled("appid").map(str::to_owned),
        query: params.redacted(),
        caller: wire::caller(&parts),
        status: response.status().as_u16(),
        errcode,
    });
    response
}

fn begun(inner: &Inner, headers: &HeaderMap, params: &Params) -> Answer {
    let now = inner.now();
    let outcome = checked(inner, params).and_then(|ask| {
        let mut visitor = visitor(headers, &[]);
        // At a desk the cookie of another page must not skip this one; a test says whom it means.
        if !inner.settings.strict && visitor.by_cookie {
            visitor.known_as = None;
        }
        if let Some(named) = params.filled("sim_user") {
            visitor.known_as = Some(named.to_owned());
        }
        carried_out(inner, ask, &visitor, now)
    });
    match outcome {
        Ok(response) => Answer {
            response,
            errcode: None,
        },
        Err(error) => Answer {
            response: html::error(&error),
            errcode: error.code,
        },
    }
}

/// In the order and with the texts of the real page, which has no numbers.
fn checked(inner: &Inner, params: &Params) -> Result<Ask, PageError> {
    const SCOPE: &str = "Scope 参数错误或没有 Scope 权限";
    let app_id = params
        .filled("appid")
        .ok_or_else(|| PageError::plain("AppID 参数错误"))?;
    let account = inner.world().account(app_id);
    let account = account.ok_or_else(|| PageError::plain("AppID 参数错误"))?;
    if account.kind != AccountKind::WebsiteApp || params.get("scope") != Some("snsapi_login") {
        return Err(PageError::plain(SCOPE));
    }
    if inner.settings.strict && params.get("response_type") != Some("code") {
        return Err(PageError::plain("response_type 参数错误"));
    }
    let redirect_uri = params.get("redirect_uri").unwrap_or_default();
    if redirect_uri::check(&account, redirect_uri).is_err() {
        return Err(PageError::plain("redirect_uri 参数错误"));
    }
    if account.banned {
        return Err(PageError::plain("该应用已被封禁"));
    }
    Ok(Ask {
        scope: Scope::Login,
        redirect_uri: redirect_uri.to_owned(),
        state: params.get("state").unwrap_or_default().to_owned(),
        force_popup: false,
        force_snapshot: false,
        account,
    })
}

/// As a desktop WeChat that is logged in does, if it is known who sits there; otherwise a QR code.
fn carried_out(inner: &Inner, ask: Ask, visitor: &Visitor, now: i64) -> Result<Response, PageError> {
    let known = visitor.known_as.is_some();
    let visitor = Visitor {
        known_as: visitor.known_as.clone(),
        tap: visitor.tap.or(known.then_some(Tap::Allow)),
        ..Visitor::default()
    };
    Ok(match next_step(inner, &ask, &visitor, now) {
        Step::Error(error) => return Err(error),
        Step::Callback { person, .. } => callback::with_code(inner, &ask, person),
        Step::Denied if inner.settings.deny == DenyStyle::StateOnly => callback::with_state_only(&ask),
        Step::Denied => {
            let user_id = visitor.known_as.unwrap_or_default();
            let redirect = None;
            shown_new(inner, ask, Phase::Cancelled { user_id, redirect }, now)
        }
        Step::Choose { .. } => shown_new(inner, ask, Phase::Waiting, now),
    })
}

fn shown_new(inner: &Inner, ask: Ask, phase: Phase, now: i64) -> Response {
    let id = inner.random.alphanumeric(ID_LENGTH);
    let login = Login {
        account: ask.account,
        redirect_uri: ask.redirect_uri,
        state: ask.state,
        phase,
        created_at: now,
    };
    inner.world().qr_logins.insert(now, id.clone(), login);
    Redirect::to(&format!("{QR_CONNECT}/{id}")).into_response()
}

/// The page of one login; it looks again by itself until something is settled.
pub(super) async fn show(State(inner): State<Arc<Inner>>, Path(id): Path<String>) -> Response {
    let now = inner.now();
    let (login, people) = {
        let world = inner.world();
        (world.qr_logins.get(&id).cloned(), world.users.clone())
    };
    let Some(login) = login else {
        return html::error(&PageError::plain("二维码不存在"));
    };
    if let Some(redirect) = login.redirect() {
        return callback::found(redirect);
    }
    let state = login.state(now);
    let who = people.iter().find(|user| Some(user.id.as_str()) == login.user_id());
    html::render(&LoginPage {
        account: &login.account.name,
        id: &id,
        state,
        picture: showqrcode::picture(&format!("{SCANNED_URL}{id}")).unwrap_or_default(),
        who: who.cloned(),
        people,
        refreshes: matches!(state, QrLoginState::Waiting | QrLoginState::Scanned),
    })
}

#[derive(Deserialize)]
pub(super) struct Phone {
    action: String,
    #[serde(default)]
    user: String,
}

/// What the phone would send. A step that does not fit changes nothing: the page shows where the login stands.
pub(super) async fn act(
    State(control): State<Control>,
    State(inner): State<Arc<Inner>>,
    Path(id): Path<String>,
    Form(phone): Form<Phone>,
) -> Response {
    let _ = match phone.action.as_str() {
        "scan" => control.scan_login(&phone.user, &id),
        "confirm" => control.confirm_login(&id),
        "cancel" => control.cancel_login(&id),
        _ => Ok(()),
    };
    show(State(inner), Path(id)).await
}
