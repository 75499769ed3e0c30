//! The control page at `/`.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::account::{Account, AccountKind};
use crate::control::Control;
use crate::pages::html::render;
use crate::params::Params;
use crate::push::{PushOutcome, PushRecord};
use crate::request_log::RequestLogEntry;
use crate::simulator::Inner;
use crate::user::User;
use crate::wire::origin;

const REQUESTS_SHOWN: usize = 30;
const PUSHES_SHOWN: usize = 20;
const CODES_SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    origin: String,
    strict: bool,
    offset: i64,
    waiting: usize,
    always: Option<String>,
    faults: Vec<String>,
    note: Option<String>,
    accounts: Vec<AccountRow>,
    codes: Vec<CodeRow>,
    pushes: Vec<PushRow>,
    users: Vec<UserRow>,
    requests: Vec<RequestRow>,
}

struct AccountRow {
    account: Account,
    kind: &'static str,
    domains: String,
    push: Option<String>,
    menu: String,
    /// May have a server configuration.
    receives: bool,
}

struct CodeRow {
    ticket: String,
    label: String,
}

struct PushRow {
    time: String,
    record: PushRecord,
    outcome: &'static str,
    sends: usize,
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

pub(super) async fn get(State(inner): State<Arc<Inner>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let params = Params::parse(query.as_deref().unwrap_or_default());
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
        note: params.filled("note").map(str::to_owned),
        codes: codes(&inner),
        pushes: pushes(&control),
        accounts: accounts.into_iter().map(|account| row(&inner, account)).collect(),
    })
}

/// Those that can be scanned, newest first.
fn codes(inner: &Inner) -> Vec<CodeRow> {
    let now = inner.now();
    let world = inner.world();
    let live = world.qr.newest().filter(|(_, code)| code.is_live(now));
    let rows = live.take(CODES_SHOWN).map(|(ticket, code)| CodeRow {
        ticket: ticket.to_owned(),
        label: format!("{}（{}）", code.scene.text(), code.app_id),
    });
    rows.collect()
}

fn pushes(control: &Control) -> Vec<PushRow> {
    let newest = control.pushes().into_iter().rev().take(PUSHES_SHOWN);
    let rows = newest.map(|record| PushRow {
        time: time_of_day(record.time),
        outcome: match record.outcome {
            PushOutcome::NotConfigured => "未配置服务器",
            PushOutcome::Held => "扣留中",
            PushOutcome::Sending => "推送中",
            PushOutcome::Accepted => "已接收",
            PushOutcome::Replied => "已回复",
            PushOutcome::BadAnswer => "响应不合规",
            PushOutcome::NoAnswer => "无响应",
        },
        sends: record.attempts.len(),
        record,
    });
    rows.collect()
}

fn row(inner: &Inner, account: Account) -> AccountRow {
    let kind = match account.kind {
        AccountKind::ServiceAccount => "认证服务号",
        AccountKind::Subscription => "订阅号",
        AccountKind::Unverified => "未认证服务号",
        AccountKind::Sandbox => "测试号",
        AccountKind::WebsiteApp => "网站应用",
        AccountKind::MiniProgram => "小程序",
    };
    let world = inner.world();
    let config = world.desks.get(&account.app_id).and_then(|desk| desk.config.as_ref());
    let menu = world.menus.get(&account.app_id);
    let buttons = menu.map(|menu| menu.leaves().map(|button| button.name.as_str()).collect::<Vec<&str>>());
    AccountRow {
        kind,
        push: config.map(|config| config.url.clone()),
        menu: buttons.unwrap_or_default().join("、"),
        receives: account.receives_messages(),
        domains: account.callback_domains.join("、"),
        account,
    }
}

/// China's, as on a developer's wall.
fn time_of_day(seconds: i64) -> String {
    let second = (seconds + 8 * 3600).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}
