//! The account's menu (Tencent's documentation, 自定义菜单).

use async_trait::async_trait;
use hufu_core::error::Class;
use hufu_core::provider::{self, MenuViolation, ProviderError, ProviderErrorCode};
use hufu_core::text::Text;
use serde_json::Value;

use super::OfficialAccount;
use crate::menu::{Menu, Severity, check};

#[async_trait]
impl provider::Menu for OfficialAccount {
    fn validate(&self, menu: &Value) -> Vec<MenuViolation> {
        match parsed(menu) {
            Ok(menu) => check(&menu).into_iter().map(told).collect(),
            Err(error) => vec![MenuViolation {
                path: "button".to_owned(),
                rule: "menu_malformed",
                message: malformed(&error),
                is_warning: false,
            }],
        }
    }

    /// As people see it: menus made in WeChat's own console too.
    async fn read(&self) -> Result<Option<Value>, ProviderError> {
        let api = self.api.within(self.limit);
        let current = self.tokens.with_token(|token| {
            let api = &api;
            async move { api.current_menu(&token).await }
        });
        let current = current.await?;
        if !current.is_open || current.menu.buttons.is_empty() {
            return Ok(None);
        }
        serde_json::to_value(&current.menu)
            .map(Some)
            .map_err(|error| broken(&error))
    }

    async fn publish(&self, menu: &Value) -> Result<(), ProviderError> {
        let menu = parsed(menu).map_err(|error| broken(&error))?;
        let api = self.api.within(self.limit);
        let publish = self.tokens.with_token(|token| {
            let (api, menu) = (&api, &menu);
            async move { api.create_menu(&token, menu).await }
        });
        publish.await
    }

    async fn delete(&self) -> Result<(), ProviderError> {
        let api = self.api.within(self.limit);
        let delete = self.tokens.with_token(|token| {
            let api = &api;
            async move { api.delete_menu(&token).await }
        });
        delete.await
    }
}

fn parsed(menu: &Value) -> Result<Menu, serde_json::Error> {
    serde_json::from_value(menu.clone())
}

fn told(violation: crate::menu::Violation) -> MenuViolation {
    let message = match violation.errcode {
        Some(errcode) => Text::owned(
            format!("{}（微信会答复 {errcode}）", violation.message.zh),
            format!("{} (WeChat would answer {errcode})", violation.message.en),
        ),
        None => violation.message,
    };
    MenuViolation {
        path: violation.path,
        rule: violation.code,
        message,
        is_warning: violation.severity == Severity::Warning,
    }
}

fn malformed(error: &serde_json::Error) -> Text {
    Text::owned(
        format!("菜单的写法与微信的不同：{error}"),
        format!("The menu is not written as WeChat wants it: {error}"),
    )
}

/// A menu that was validated can be read and written.
fn broken(error: &serde_json::Error) -> ProviderError {
    ProviderError {
        class: Class::Operator,
        code: ProviderErrorCode::Nonsense,
        errcode: None,
        message: malformed(error),
        remedy: None,
        debug: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn violations_say_what_wechat_would_answer() {
        let menu = parsed(&json!({"button": [{"name": "一二三四五六", "type": "click", "key": "k"}]})).unwrap();
        let found: Vec<_> = check(&menu).into_iter().map(told).collect();
        assert_eq!(
            (found.len(), found[0].path.as_str(), found[0].rule),
            (1, "button[0].name", "menu_name_too_long")
        );
        assert!(found[0].message.zh.contains("18 字节，最多 16 字节"));
        assert!(found[0].message.en.contains("40018") && !found[0].is_warning);
    }

    #[test]
    fn a_menu_of_another_shape_is_a_violation_too() {
        assert!(parsed(&json!({"button": [{"name": 1}]})).is_err());
        assert!(
            malformed(&parsed(&json!({"button": 1})).unwrap_err())
                .en
                .contains("not written")
        );
    }
}
