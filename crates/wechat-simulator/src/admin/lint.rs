//! `POST /_sim/lint`: what WeChat would dislike about an authorize URL, including what no server ever sees: the
//! fragment.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::account::Account;
use crate::pages::order::{ORDER, in_order};
use crate::pages::{AUTHORIZE, redirect_uri};
use crate::params::Params;
use crate::simulator::Inner;
use crate::sns_token::Scope;

#[derive(Deserialize)]
pub(super) struct Sent {
    url: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    ok: bool,
    problems: Vec<String>,
}

pub(super) async fn post(State(inner): State<Arc<Inner>>, Json(sent): Json<Sent>) -> Json<Verdict> {
    let app_id = Url::parse(&sent.url).ok().and_then(|url| {
        let params = Params::parse(url.query().unwrap_or_default());
        params.get("appid").map(str::to_owned)
    });
    let account = app_id.and_then(|app_id| inner.world().account(&app_id));
    let problems = problems(&sent.url, account.as_deref());
    Json(Verdict {
        ok: problems.is_empty(),
        problems,
    })
}

fn problems(text: &str, account: Option<&Account>) -> Vec<String> {
    let Ok(url) = Url::parse(text) else {
        return vec!["this is not an absolute URL".to_owned()];
    };
    let query = url.query().unwrap_or_default();
    let params = Params::parse(query);
    let mut problems = Vec::new();
    let mut object = |problem: &str| problems.push(problem.to_owned());
    if url.path() != AUTHORIZE {
        object(&format!("the path is not {AUTHORIZE}"));
    }
    match url.fragment() {
        Some("wechat_redirect") => {}
        Some(_) => object("the fragment is not exactly #wechat_redirect: parameters belong before it"),
        None => object("#wechat_redirect is missing at the end"),
    }
    for name in &ORDER[..4] {
        if params.filled(name).is_none() {
            object(&format!("{name} is missing"));
        }
    }
    if !in_order(params.names()) {
        object(&format!(
            "the order of the parameters is not {}, others last",
            ORDER.join(", ")
        ));
    }
    if params.filled("response_type").is_some_and(|kind| kind != "code") {
        object("response_type is not code");
    }
    if params
        .filled("scope")
        .is_some_and(|scope| Scope::parse(scope).is_none())
    {
        object("scope is neither snsapi_base nor snsapi_userinfo");
    }
    let raw_redirect = query.split('&').find_map(|pair| pair.strip_prefix("redirect_uri="));
    if raw_redirect.is_some_and(|raw| raw.contains([':', '/', '?'])) {
        object("redirect_uri is not percent-encoded: its own & and # get lost");
    }
    let state = params.get("state").unwrap_or_default();
    if state.len() > 128 {
        object("state is longer than 128 bytes");
    }
    if !state.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        object("state has characters other than a-z A-Z 0-9");
    }
    if let Some(app_id) = params.filled("appid") {
        match account {
            None if !is_app_id(app_id) => object("appid is not wx and 16 lower-case hexadecimal digits"),
            None => object("no account here has this appid"),
            Some(account) => {
                let redirect = params.filled("redirect_uri");
                if redirect.is_some_and(|redirect| redirect_uri::check(account, redirect).is_err()) {
                    object("redirect_uri does not fit the account's callback domains (10003) or scheme (10039)");
                }
            }
        }
    }
    problems
}

fn is_app_id(text: &str) -> bool {
    let digits = text.strip_prefix("wx").unwrap_or_default();
    digits.len() == 16 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
