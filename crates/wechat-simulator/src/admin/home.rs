//! The control page at `/`.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::account::{Account, AccountKind};
use crate::control::Control;
use crate::pages::html::render;
use crate::request_log::RequestLogEntry;
use crate::simulator::Inner;
use crate::user::User;
use crate::wire::origin;

const REQUESTS_SHOWN: usize = 30;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    origin: String,
    strict: bool,
    offset: i64,
    waiting: usize,
    always: Option<String>,
    faults: Vec<String>,
    accounts: Vec<AccountRow>,
    users: Vec<UserRow>,
    requests: Vec<RequestRow>,
}

struct AccountRow {
    account: Account,
    kind: &'static str,
    domains: String,
}

struct UserRow {
    user: User,
    avatar: String,
    openid: String,
}

struct RequestRow {
    time: String,
    entry: RequestLogEntry,
}

pub(super) async fn get(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    let control = Control::new(Arc::clone(&inner));
    let accounts = control.accounts();
    let first_app = accounts
        .first()
        .map(|account| account.app_id.clone())
        .unwrap_or_default();
    let users = control.users().into_iter().map(|user| UserRow {
        avatar: utf8_percent_encode(&user.id, NON_ALPHANUMERIC).to_string(),
        openid: control.openid(&user.id, &first_app),
        user,
    });
    let requests = control.requests().into_iter().rev().take(REQUESTS_SHOWN);
    let (waiting, always) = {
        let world = inner.world();
        (world.next_users.len(), world.always_user.clone())
    };
    render(&HomePage {
        origin: origin(&headers),
        strict: inner.settings.strict,
        offset: inner.clock.offset(),
        waiting,
        always,
        faults: control
            .faults()
            .iter()
            .filter_map(|fault| serde_json::to_string(fault).ok())
            .collect(),
        users: users.collect(),
        requests: requests
            .map(|entry| RequestRow {
                time: time_of_day(entry.time),
                entry,
            })
            .collect(),
        accounts: accounts.into_iter().map(row).collect(),
    })
}

fn row(account: Account) -> AccountRow {
    let kind = match account.kind {
        AccountKind::ServiceAccount => "认证服务号",
        AccountKind::Subscription => "订阅号",
        AccountKind::Unverified => "未认证服务号",
        AccountKind::Sandbox => "测试号",
        AccountKind::WebsiteApp => "网站应用",
        AccountKind::MiniProgram => "小程序",
    };
    AccountRow {
        kind,
        domains: account.callback_domains.join("、"),
        account,
    }
}

/// China's, as on a developer's wall.
fn time_of_day(seconds: i64) -> String {
    let second = (seconds + 8 * 3600).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}
