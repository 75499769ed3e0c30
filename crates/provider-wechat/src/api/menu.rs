//! The account's menu: `/cgi-bin/menu/…` (Tencent's documentation, 自定义菜单).

use hufu_core::secret::SecretString;
use serde_json::Value as Json;

use super::OfficialAccountApi;
use super::call::{Body, Value};
use super::endpoint::Endpoint;
use super::failure::{CallError, Failure};
use super::fields::Fields;
use crate::menu::Menu;

/// "menu no exist".
const NO_MENU: i64 = 46003;

/// The menu as people see it.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentMenu {
    /// Whether it is switched on.
    pub is_open: bool,
    /// The buttons. One made in WeChat's console may have types and fields that a call cannot make, as `news` with
    /// `value`.
    pub menu: Menu,
}

impl OfficialAccountApi {
    /// `POST /cgi-bin/menu/create`: replaces the menu. Check it with [`crate::menu::check()`] first. At most 1000 a day;
    /// never made twice. People see it when they next enter the account, or five minutes later.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn create_menu(&self, token: &SecretString, menu: &Menu) -> Result<(), CallError> {
        let endpoint = Endpoint::CreateMenu;
        let json = menu.to_json().map_err(|_| CallError {
            endpoint,
            failure: Failure::Nonsense("the menu cannot be written as JSON".to_owned()),
        })?;
        let body = Body {
            json: &json,
            secrets: &[],
        };
        self.post(endpoint, token, body, Fields::done).await
    }

    /// `GET /cgi-bin/menu/get`: the menu that was made by a call; `None` when there is none. At most 10 000 a day.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn menu(&self, token: &SecretString) -> Result<Option<Menu>, CallError> {
        let parameters = [("access_token", Value::secret(token))];
        let result = self
            .read(Endpoint::Menu, &parameters, |fields| menu(fields.value("menu")?))
            .await;
        match result {
            Ok(menu) => Ok(Some(menu)),
            Err(error) if error.errcode() == Some(NO_MENU) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `GET /cgi-bin/menu/delete`: no menu any more. At most 1000 a day; never made twice.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn delete_menu(&self, token: &SecretString) -> Result<(), CallError> {
        let parameters = [("access_token", Value::secret(token))];
        self.get(Endpoint::DeleteMenu, &parameters, Fields::done).await
    }

    /// `GET /cgi-bin/get_current_selfmenu_info`: the menu as people see it, made by a call or in WeChat's console.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn current_menu(&self, token: &SecretString) -> Result<CurrentMenu, CallError> {
        let parameters = [("access_token", Value::secret(token))];
        self.read(Endpoint::CurrentMenu, &parameters, |fields| {
            let mut info = fields
                .value("selfmenu_info")
                .cloned()
                .unwrap_or_else(|_| Json::Object(serde_json::Map::new()));
            unwrap_lists(&mut info);
            Ok(CurrentMenu {
                is_open: fields.flag("is_menu_open"),
                menu: menu(&info)?,
            })
        })
        .await
    }
}

fn menu(value: &Json) -> Result<Menu, Failure> {
    serde_json::from_value(value.clone()).map_err(|_| Failure::Nonsense("menu does not have its form".to_owned()))
}

/// This one call writes `"sub_button":{"list":[…]}` where the others write `"sub_button":[…]`. There are two levels.
fn unwrap_lists(menu: &mut Json) {
    let buttons = menu.get_mut("button").and_then(Json::as_array_mut);
    for button in buttons.into_iter().flatten() {
        let Some(sub_buttons) = button.get_mut("sub_button") else {
            continue;
        };
        if let Some(list) = sub_buttons.get_mut("list") {
            *sub_buttons = list.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_sub_buttons_are_read() {
        let mut json = serde_json::json!({"button": [
            {"name": "a", "sub_button": {"list": [{"type": "news", "name": "b", "value": "v"}]}},
            {"name": "c", "sub_button": [{"type": "view", "name": "d", "url": "http://x"}]},
            {"name": "e", "type": "click", "key": "k"},
        ]});
        unwrap_lists(&mut json);
        let menu = menu(&json).unwrap();
        assert_eq!(menu.buttons[0].sub_buttons[0].other["value"], "v");
        assert_eq!(menu.buttons[1].sub_buttons[0].url.as_deref(), Some("http://x"));
        assert_eq!(menu.buttons[2].key.as_deref(), Some("k"));
        unwrap_lists(&mut serde_json::json!([1, {"button": 2}]));
    }
}
