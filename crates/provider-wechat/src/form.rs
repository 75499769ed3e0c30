//! What an admin fills in for an official account.

use hufu_core::provider::{Choice, Field, FieldKind, FormSchema};
use hufu_core::text::Text;

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

pub(crate) fn schema() -> FormSchema {
    FormSchema {
        fields: vec![app_id(), secret(), profile(), browser(), force_popup()],
    }
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
        assert_eq!(schema().secrets().collect::<Vec<_>>(), [SECRET]);
    }
}
