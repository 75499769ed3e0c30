//! What an admin fills in for an official account, a website app, a mini program.

use hufu_core::provider::{Choice, Field, FieldKind, FormSchema, ProviderError};
use hufu_core::text::Text;

use crate::errors;

/// AppID; in [`Connector::settings`](hufu_core::model::Connector::settings).
pub(crate) const APP_ID: &str = "appid";
/// AppSecret; in [`Connector::secrets`](hufu_core::model::Connector::secrets).
pub(crate) const SECRET: &str = "secret";
/// When the profile is asked for.
pub(crate) const PROFILE: &str = "profile";
/// Which browsers are sent to WeChat's page.
pub(crate) const BROWSER: &str = "browser";
/// Whether the consent page is forced.
pub(crate) const FORCE_POPUP: &str = "force_popup";

/// Which open-platform account the official account is bound to, by a name of the tenant's own.
pub(crate) const OPEN_PLATFORM: &str = "open_platform";
/// Hosts whose pages may be signed for.
pub(crate) const JS_HOSTS: &str = "js_hosts";
/// By which call the server token is fetched.
pub(crate) const TOKEN_CALL: &str = "token_call";
/// Whether people may log in by scanning a QR code of the account.
pub(crate) const SCAN_LOGIN: &str = "scan_login";
/// How pushes are written.
pub(crate) const PUSH_MODE: &str = "push_mode";
/// The account's own id, by which pushes name it.
pub(crate) const ORIGINAL_ID: &str = "original_id";
/// Token of the push settings; a secret.
pub(crate) const PUSH_TOKEN: &str = "push_token";
/// EncodingAESKey; a secret.
pub(crate) const PUSH_KEY: &str = "push_key";
/// The EncodingAESKey before the last change; a secret.
pub(crate) const PUSH_KEY_BEFORE: &str = "push_key_before";

pub(crate) fn schema() -> FormSchema {
    FormSchema {
        fields: vec![
            app_id(),
            secret(),
            profile(),
            browser(),
            force_popup(),
            open_platform(),
            js_hosts(),
            token_call(),
            scan_login(),
            push_mode(),
            original_id(),
            push_token(),
            push_key(PUSH_KEY),
            push_key(PUSH_KEY_BEFORE),
        ],
    }
}

/// What an admin fills in for a website app.
pub(crate) fn website_app() -> FormSchema {
    let hint = Text::new(
        "wx 加 16 位小写十六进制字符，见微信开放平台（open.weixin.qq.com）「管理中心 → 网站应用」。公众号和小程序的 AppID 不能用。",
        "wx and 16 lower-case hexadecimal digits, from open.weixin.qq.com, the website app's page. The AppID of an \
         official account or mini program does not work.",
    );
    FormSchema {
        fields: vec![Field { hint, ..app_id() }, secret(), open_platform()],
    }
}

/// What an admin fills in for a mini program.
pub(crate) fn mini_program() -> FormSchema {
    let hint = Text::new(
        "wx 加 16 位小写十六进制字符，见小程序后台（mp.weixin.qq.com）「开发管理 → 开发设置」。公众号和网站应用的 AppID 不能用。",
        "wx and 16 lower-case hexadecimal digits, from mp.weixin.qq.com, the mini program's development settings. The \
         AppID of an official account or website app does not work.",
    );
    FormSchema {
        fields: vec![Field { hint, ..app_id() }, secret(), open_platform()],
    }
}

/// A setting that is missing or has the wrong form. Names the field and its hint, never the value.
pub(crate) fn refuse(schema: FormSchema, name: &'static str) -> ProviderError {
    let field = schema.fields.into_iter().find(|field| field.name == name);
    let (label, hint) = match field {
        Some(field) if matches!(field.kind, FieldKind::Choice { .. }) => (
            field.label,
            Text::new("请从列表中选择一项。", "Choose one of the list."),
        ),
        Some(field) => (field.label, field.hint),
        None => (Text::new(name, name), Text::new(name, name)),
    };
    errors::misconfigured(
        Text::owned(
            format!("{}缺少或格式不对", label.zh),
            format!("{} is missing or has the wrong form", label.en),
        ),
        hint,
        format!("setting {name} is missing or has the wrong form"),
    )
}

/// 3 to 32 letters and digits, or none (Tencent's documentation, 消息推送).
pub(crate) fn is_push_token(text: &str) -> bool {
    text.is_empty() || ((3..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// 43 letters and digits, or none.
pub(crate) fn is_push_key(text: &str) -> bool {
    text.is_empty() || (text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Hosts of a list, which may be separated by white space or commas.
pub(crate) fn hosts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、'))
        .filter(|host| !host.is_empty())
}

fn are_hosts(text: &str) -> bool {
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_host = |host: &str| host.len() <= 253 && host.contains('.') && host.split('.').all(is_label);
    hosts(text).all(is_host) && hosts(text).count() <= 20
}

fn is_group(text: &str) -> bool {
    text.chars().count() <= 64 && !text.chars().any(char::is_control)
}

fn is_original_id(text: &str) -> bool {
    let known = |rest: &str| is_lower_hex(rest, 12);
    text.is_empty() || text.strip_prefix("gh_").is_some_and(known)
}

/// `wx` and 16 lower-case hexadecimal digits.
pub(crate) fn is_app_id(text: &str) -> bool {
    text.strip_prefix("wx").is_some_and(|rest| is_lower_hex(rest, 16))
}

/// 32 lower-case hexadecimal digits.
pub(crate) fn is_app_secret(text: &str) -> bool {
    is_lower_hex(text, 32)
}

fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn app_id() -> Field {
    Field {
        name: APP_ID,
        label: Text::new("AppID", "AppID"),
        hint: Text::new(
            "wx 加 16 位小写十六进制字符，见微信公众平台「设置与开发 → 开发接口管理」。gh_ 开头的是原始 ID，不是 AppID；小程序和网站应用的 AppID 也不能用。",
            "wx and 16 lower-case hexadecimal digits, from mp.weixin.qq.com, Settings and Development. What begins with \
             gh_ is the original ID, not the AppID; the AppID of a mini program or website app does not work either.",
        ),
        kind: FieldKind::Text { check: is_app_id },
        default: None,
    }
}

fn secret() -> Field {
    Field {
        name: SECRET,
        label: Text::new("AppSecret", "AppSecret"),
        hint: Text::new(
            "32 位小写十六进制字符，与 AppID 在同一页面；微信不再显示旧值，忘记了只能重置。",
            "32 lower-case hexadecimal digits, on the same page as the AppID; WeChat does not show it again, it can only \
             be reset.",
        ),
        kind: FieldKind::Secret { check: is_app_secret },
        default: None,
    }
}

fn profile() -> Field {
    Field {
        name: PROFILE,
        label: Text::new("昵称和头像", "Nickname and picture"),
        hint: Text::new(
            "何时用 snsapi_userinfo 索取资料；只取标识时用户看不到授权页。",
            "When the profile is asked for (snsapi_userinfo); with ids only, people see no consent page.",
        ),
        kind: FieldKind::Choice {
            choices: vec![
                choice("on_request", "应用要求时索取", "When the app asks for it"),
                choice(
                    "step_up",
                    "应用要求且资料未知或过期时才索取",
                    "When the app asks and it is unknown or old",
                ),
                choice("always", "每次登录都索取", "At every login"),
                choice("never", "从不索取", "Never"),
            ],
        },
        default: Some("on_request"),
    }
}

fn browser() -> Field {
    Field {
        name: BROWSER,
        label: Text::new("浏览器", "Browsers"),
        hint: Text::new(
            "微信授权页只能在微信内打开；「不限」仅供模拟器和桌面调试。",
            "WeChat's page opens inside WeChat only; \"any\" is for the simulator and for debugging at a desk.",
        ),
        kind: FieldKind::Choice {
            choices: vec![
                choice("wechat_only", "仅微信内", "WeChat only"),
                choice("any", "不限", "Any"),
            ],
        },
        default: Some("wechat_only"),
    }
}

fn force_popup() -> Field {
    Field {
        name: FORCE_POPUP,
        label: Text::new("强制显示授权页", "Force the consent page"),
        hint: Text::new(
            "索取资料时总是弹出授权页（forcePopup）。可能使用户先看到快照页，一般不需要。",
            "Show the consent page whenever the profile is asked for (forcePopup). People may then meet a snapshot page \
             first; rarely needed.",
        ),
        kind: FieldKind::Choice {
            choices: vec![choice("no", "否", "No"), choice("yes", "是", "Yes")],
        },
        default: Some("no"),
    }
}

fn open_platform() -> Field {
    Field {
        name: OPEN_PLATFORM,
        label: Text::new("开放平台账号", "Open Platform account"),
        hint: Text::new(
            "绑定了同一微信开放平台账号的连接填写同一个名称，unionid 相同的人就是同一个用户。留空则不合并。",
            "Give connections that are bound to one WeChat Open Platform account the same name: then people with the              same unionid are one. Empty: nobody is put together.",
        ),
        kind: FieldKind::Text { check: is_group },
        default: Some(""),
    }
}

fn js_hosts() -> Field {
    Field {
        name: JS_HOSTS,
        label: Text::new("JS-SDK 域名", "JS-SDK hosts"),
        hint: Text::new(
            "可为这些域名的网页签名，用空格分隔；须与公众平台的「JS接口安全域名」一致，只写域名，小写，不带 https:// 和端口。",
            "Pages of these hosts may be signed for, separated by spaces, as on WeChat's list of JS interface domains:              lower case, without scheme and port.",
        ),
        kind: FieldKind::Text { check: are_hosts },
        default: Some(""),
    }
}

fn token_call() -> Field {
    Field {
        name: TOKEN_CALL,
        label: Text::new("获取凭据的接口", "Server token call"),
        hint: Text::new(
            "stable_token 不会使其他系统的凭据失效；token 每次调用都会使上一个失效，仅在必要时使用。",
            "stable_token leaves other systems' tokens alone; token kills the one before at every call.",
        ),
        kind: FieldKind::Choice {
            choices: vec![
                choice("stable", "stable_token（推荐）", "stable_token (recommended)"),
                choice("classic", "token", "token"),
            ],
        },
        default: Some("stable"),
    }
}

fn scan_login() -> Field {
    Field {
        name: SCAN_LOGIN,
        label: Text::new("扫码关注登录", "Log in by scanning"),
        hint: Text::new(
            "在电脑上用公众号的带参二维码登录。需要认证服务号，并把消息推送接到本平台。",
            "Log in on a computer by the account's QR code. Needs a verified service account whose pushes come here.",
        ),
        kind: FieldKind::Choice {
            choices: vec![choice("off", "关闭", "Off"), choice("on", "开启", "On")],
        },
        default: Some("off"),
    }
}

fn push_mode() -> Field {
    Field {
        name: PUSH_MODE,
        label: Text::new("消息推送", "Pushes"),
        hint: Text::new(
            "与公众平台「服务器配置」的消息加解密方式一致；推荐安全模式。",
            "As chosen in WeChat's server configuration; safe mode is best.",
        ),
        kind: FieldKind::Choice {
            choices: vec![
                choice("off", "不接收", "Off"),
                choice("safe", "安全模式", "Safe mode"),
                choice("compatible", "兼容模式", "Compatible mode"),
                choice("plain", "明文模式", "Plain mode"),
            ],
        },
        default: Some("off"),
    }
}

fn original_id() -> Field {
    Field {
        name: ORIGINAL_ID,
        label: Text::new("原始 ID", "Original ID"),
        hint: Text::new(
            "gh_ 开头，见公众号设置。填写后，发给别的账号的推送会被拒绝。",
            "Begins with gh_. When it is given, pushes for another account are refused.",
        ),
        kind: FieldKind::Text { check: is_original_id },
        default: Some(""),
    }
}

fn push_token() -> Field {
    Field {
        name: PUSH_TOKEN,
        label: Text::new("推送 Token", "Push Token"),
        hint: Text::new("3 到 32 位字母或数字。", "3 to 32 letters and digits."),
        kind: FieldKind::Secret { check: is_push_token },
        default: Some(""),
    }
}

fn push_key(name: &'static str) -> Field {
    Field {
        name,
        label: Text::new("EncodingAESKey", "EncodingAESKey"),
        hint: Text::new("43 位字母或数字。", "43 letters and digits."),
        kind: FieldKind::Secret { check: is_push_key },
        default: Some(""),
    }
}

const fn choice(value: &'static str, zh: &'static str, en: &'static str) -> Choice {
    Choice {
        value,
        label: Text::new(zh, en),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn an_app_id_has_one_form() {
        assert!(is_app_id("wx8f3a1c5e7b9d2046"));
        for wrong in [
            "",
            "wx",
            "gh_8f3a1c5e7b9d",
            "WX8f3a1c5e7b9d2046",
            "wx8F3A1C5E7B9D2046",
            "wx8f3a1c5e7b9d2046 ",
        ] {
            assert!(!is_app_id(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_secret_has_one_form() {
        assert!(is_app_secret("5d0c7e1f93ab4862b7e4d1906fa8c235"));
        for wrong in [
            "",
            "5d0c7e1f93ab4862b7e4d1906fa8c23",
            "5D0c7e1f93ab4862b7e4d1906fa8c235",
        ] {
            assert!(!is_app_secret(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_original_id_in_place_of_the_app_id_is_explained() {
        let values = BTreeMap::from([
            (APP_ID.to_owned(), "gh_8f3a1c5e7b9d".to_owned()),
            (SECRET.to_owned(), "5d0c7e1f93ab4862b7e4d1906fa8c235".to_owned()),
        ]);
        let problems = schema().validate(values).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.zh.contains("gh_") && problems[0].message.en.contains("gh_"));
    }

    #[test]
    fn two_fields_must_be_given_and_the_rest_have_defaults() {
        let values = BTreeMap::from([
            (APP_ID.to_owned(), "wx8f3a1c5e7b9d2046".to_owned()),
            (SECRET.to_owned(), "5d0c7e1f93ab4862b7e4d1906fa8c235".to_owned()),
        ]);
        let checked = schema().validate(values).unwrap();
        assert_eq!(checked[PROFILE], "on_request");
        assert_eq!(checked[BROWSER], "wechat_only");
        assert_eq!(checked[FORCE_POPUP], "no");
        let secrets: Vec<_> = schema().secrets().collect();
        assert_eq!(secrets, [SECRET, PUSH_TOKEN, PUSH_KEY, PUSH_KEY_BEFORE]);
    }

    #[test]
    fn hosts_are_bare_names() {
        assert!(are_hosts("") && are_hosts("shop.example.cn, m.example.cn\nh5.example.cn"));
        for wrong in [
            "https://a.cn",
            "a.cn:443",
            "a.cn/x",
            "A.cn",
            "localhost",
            "-a.cn",
            "*.a.cn",
        ] {
            assert!(!are_hosts(wrong), "{wrong}");
        }
    }

    #[test]
    fn push_secrets_have_their_lengths() {
        assert!(is_push_token("") && is_push_token("abc") && !is_push_token("ab") && !is_push_token("a-c"));
        assert!(is_push_key(&"A".repeat(43)) && !is_push_key(&"A".repeat(42)) && !is_push_key(&"+".repeat(43)));
    }
}
