//! The control page's forms for users before an account.

use axum::extract::{Form, State};
use axum::response::Redirect;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::control::{Control, ControlError};
use crate::push::{PushConfig, PushMode, PushRecord};

#[derive(Deserialize)]
pub(super) struct ScanForm {
    user: String,
    #[serde(default)]
    listed: String,
    #[serde(default)]
    typed: String,
}

/// What was typed goes before what was chosen.
pub(super) async fn scan(State(control): State<Control>, Form(form): Form<ScanForm>) -> Redirect {
    let code = if form.typed.trim().is_empty() {
        &form.listed
    } else {
        &form.typed
    };
    told(control.scan(&form.user, code.trim()).await)
}

#[derive(Deserialize)]
pub(super) struct ChatForm {
    user: String,
    app_id: String,
    action: String,
    #[serde(default)]
    content: String,
}

pub(super) async fn chat(State(control): State<Control>, Form(form): Form<ChatForm>) -> Redirect {
    let (user, app_id) = (form.user.as_str(), form.app_id.as_str());
    told(match form.action.as_str() {
        "follow" => control.follow(user, app_id).await,
        "unfollow" => control.unfollow(user, app_id).await,
        "tap" => control.tap_menu(user, app_id, form.content.trim()).await,
        _ => control.send_text(user, app_id, &form.content).await,
    })
}

#[derive(Deserialize)]
pub(super) struct PushForm {
    app_id: String,
    url: String,
    token: String,
    encoding_aes_key: String,
    mode: PushMode,
}

pub(super) async fn push_config(State(control): State<Control>, Form(form): Form<PushForm>) -> Redirect {
    let config = PushConfig {
        url: form.url,
        token: form.token,
        encoding_aes_key: form.encoding_aes_key,
        mode: form.mode,
    };
    match control.save_push_config(&form.app_id, config).await {
        Ok(()) => noted("服务器配置已保存"),
        Err(error) => noted(&format!("服务器配置未保存：{error}")),
    }
}

fn told(outcome: Result<PushRecord, ControlError>) -> Redirect {
    match outcome {
        Ok(record) => noted(&match record.user_saw {
            Some(text) => format!("用户看到：{text}"),
            None => "已推送，用户没有看到回复".to_owned(),
        }),
        Err(error) => noted(in_chinese(error)),
    }
}

fn in_chinese(error: ControlError) -> &'static str {
    match error {
        ControlError::UnknownAccount => "没有这个公众号",
        ControlError::UnknownUser => "没有这个用户",
        ControlError::UnknownCode => "没有这个二维码",
        ControlError::ExpiredCode => "二维码已过期",
        ControlError::NotFollowing => "用户未关注该公众号",
        ControlError::AlreadyFollowing => "用户已关注该公众号",
        ControlError::UnknownButton => "没有这个可点击的菜单按钮",
        ControlError::WrongState => "当前状态不能执行此操作",
    }
}

fn noted(text: &str) -> Redirect {
    Redirect::to(&format!("/?note={}", utf8_percent_encode(text, NON_ALPHANUMERIC)))
}
