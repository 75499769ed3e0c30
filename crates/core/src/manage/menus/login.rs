//! Buttons that log people in to an app. They are written with a `login` in place of a URL and turned into URLs when
//! the menu is checked, shown or published, so that a menu outlives a change of host.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::shape::{list, text};
use crate::ids::{ClientId, ConnectorId};
use crate::model::{Client, ClientKind};
use crate::oidc::{is_registered, with_query};
use crate::provider::MenuViolation;
use crate::text::Text;

/// WeChat opens the page only when the URL ends so (Tencent's documentation, 网页授权).
const ENDING: &str = "#wechat_redirect";
/// Bytes of a state at most (same page).
const STATE: usize = 128;
const SCOPES: [&str; 2] = ["snsapi_userinfo", "snsapi_base"];

/// Where the links of a tenant lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuUrls {
    /// The tenant's login link, without its query.
    pub login: String,
    /// The authorization page of the WeChat-shaped face, without its query.
    pub wechat: String,
}

/// Which link logs people in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MenuLoginStyle {
    /// The login link: the app is an OpenID Connect client.
    #[default]
    Link,
    /// The WeChat-shaped authorization page: the app speaks WeChat's own protocol.
    Wechat,
}

/// A login in place of a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuLogin {
    /// The app.
    pub client_id: String,
    /// Which link.
    #[serde(default)]
    pub style: MenuLoginStyle,
    /// One of the app's redirect URIs; `None`: the first. Of the WeChat-shaped style alone, as what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// `snsapi_userinfo` when nothing is said, or `snsapi_base`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Comes back to the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// What logins are turned into URLs with.
pub(super) struct Logins<'a> {
    pub(super) urls: &'a MenuUrls,
    pub(super) connector: ConnectorId,
    pub(super) clients: &'a [Client],
}

/// A menu with URLs in place of its logins.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    pub(super) menu: Value,
    pub(super) violations: Vec<MenuViolation>,
    /// Paths of the buttons that have a login.
    pub(super) paths: Vec<String>,
    /// URLs and what they were written as.
    pub(super) links: Vec<(String, Value)>,
}

/// Why a login makes no URL: a rule's stable name and what is wrong.
struct Wrong(&'static str, Text);

impl Logins<'_> {
    /// The menu that the provider gets.
    pub(super) fn expand(&self, menu: &Value) -> Expanded {
        let mut expanded = Expanded::default();
        let buttons: Vec<_> = list(menu, "button")
            .iter()
            .enumerate()
            .map(|(at, button)| self.button(button, &format!("button[{at}]"), &mut expanded))
            .collect();
        expanded.menu = json!({ "button": buttons });
        expanded
    }

    fn button(&self, button: &Value, path: &str, expanded: &mut Expanded) -> Value {
        let Some(fields) = button.as_object() else {
            return button.clone();
        };
        let mut fields = fields.clone();
        if let Some(login) = fields.remove("login") {
            expanded.paths.push(path.to_owned());
            match self.url(button, &login) {
                Ok(url) => {
                    expanded.links.push((url.clone(), login));
                    fields.insert("url".to_owned(), Value::String(url));
                }
                Err(Wrong(rule, message)) => expanded.violations.push(MenuViolation {
                    path: format!("{path}.login"),
                    rule,
                    message,
                    is_warning: false,
                }),
            }
        }
        if let Some(below) = fields.get("sub_button").and_then(Value::as_array) {
            let below = below.iter().enumerate();
            let below = below.map(|(at, sub)| self.button(sub, &format!("{path}.sub_button[{at}]"), expanded));
            let below = below.collect();
            fields.insert("sub_button".to_owned(), Value::Array(below));
        }
        Value::Object(fields)
    }

    fn url(&self, button: &Value, login: &Value) -> Result<String, Wrong> {
        if text(button, "type") != "view" {
            return Err(Wrong(
                "menu_login_type",
                Text::new(
                    "只有类型为 view（打开网页）的按钮可以是登录链接",
                    "Only a button of the type view can be a login link",
                ),
            ));
        }
        if !text(button, "url").is_empty() {
            return Err(Wrong(
                "menu_login_and_url",
                Text::new("登录链接与 url 只能填一个", "A button has a login or a url, not both"),
            ));
        }
        let login: MenuLogin = serde_json::from_value(login.clone()).map_err(|error| malformed(&error))?;
        let client = self.client(&login)?;
        match login.style {
            MenuLoginStyle::Link => self.link(client, &login),
            MenuLoginStyle::Wechat => self.wechat(client, &login),
        }
    }

    fn client(&self, login: &MenuLogin) -> Result<&Client, Wrong> {
        let id: Option<ClientId> = login.client_id.parse().ok();
        let client = self.clients.iter().find(|client| Some(client.id) == id);
        let client = client.ok_or(Wrong(
            "menu_login_unknown_client",
            Text::new("该租户没有这个应用", "The tenant has no such app"),
        ))?;
        let name = &client.name;
        if !client.status.is_active() {
            return Err(Wrong(
                "menu_login_disabled_client",
                Text::owned(
                    format!("应用「{name}」已停用，登录会被拒绝"),
                    format!("The app “{name}” is disabled: its logins are refused"),
                ),
            ));
        }
        if !client.may_use(self.connector) {
            return Err(Wrong(
                "menu_login_other_connector",
                Text::owned(
                    format!("应用「{name}」不使用这个公众号登录"),
                    format!("The app “{name}” does not log people in by this account"),
                ),
            ));
        }
        if client.kind == ClientKind::Public {
            return Err(Wrong(
                "menu_login_public_client",
                Text::owned(
                    format!("应用「{name}」是公开应用，登录须由应用自己发起（PKCE）；请把按钮指向应用的页面"),
                    format!(
                        "The app “{name}” is public and must begin logins itself (PKCE): lead to a page of the app"
                    ),
                ),
            ));
        }
        Ok(client)
    }

    fn link(&self, client: &Client, login: &MenuLogin) -> Result<String, Wrong> {
        let more = [&login.redirect_uri, &login.scope, &login.state];
        if more.iter().any(|field| field.is_some()) {
            return Err(Wrong(
                "menu_login_link_fields",
                Text::new(
                    "redirect_uri、scope 和 state 只用于微信格式的登录链接（style 为 wechat）",
                    "redirect_uri, scope and state belong to logins of the style wechat",
                ),
            ));
        }
        Ok(with_query(&self.urls.login, &[("client_id", &client.id.to_string())]))
    }

    /// The order of the parameters is WeChat's: SDKs and the client itself match it as a text.
    fn wechat(&self, client: &Client, login: &MenuLogin) -> Result<String, Wrong> {
        let redirect_uri = self.redirect_uri(client, login)?;
        let scope = login.scope.as_deref().unwrap_or(SCOPES[0]);
        if !SCOPES.contains(&scope) {
            return Err(Wrong(
                "menu_login_scope",
                Text::new(
                    "scope 须为 snsapi_userinfo 或 snsapi_base",
                    "The scope is snsapi_userinfo or snsapi_base",
                ),
            ));
        }
        let app_id = client.id.to_string();
        let mut query = vec![
            ("appid", app_id.as_str()),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", scope),
        ];
        if let Some(state) = login.state.as_deref() {
            if state.len() > STATE || !state.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(Wrong(
                    "menu_login_state",
                    Text::owned(
                        format!("state 只能是字母和数字，最多 {STATE} 个；现有 {} 字节", state.len()),
                        format!(
                            "A state has letters and digits, at most {STATE}; this one has {} bytes",
                            state.len()
                        ),
                    ),
                ));
            }
            query.push(("state", state));
        }
        Ok(with_query(&self.urls.wechat, &query) + ENDING)
    }

    fn redirect_uri<'a>(&self, client: &'a Client, login: &'a MenuLogin) -> Result<&'a str, Wrong> {
        let chosen = login.redirect_uri.as_deref();
        let uri = chosen.or(client.redirect_uris.first().map(String::as_str));
        uri.filter(|uri| is_registered(&client.redirect_uris, uri))
            .ok_or_else(|| {
                Wrong(
                    "menu_login_redirect_uri",
                    Text::owned(
                        format!("回调地址不在应用「{}」登记的回调地址中", client.name),
                        format!("The redirect URI is none of those of the app “{}”", client.name),
                    ),
                )
            })
    }
}

fn malformed(error: &serde_json::Error) -> Wrong {
    Wrong(
        "menu_login_malformed",
        Text::owned(
            format!("login 写得不对，须为 {{\"client_id\", \"style\": \"link\" 或 \"wechat\"}}：{error}"),
            format!("This login cannot be read; write {{\"client_id\", \"style\": \"link\" or \"wechat\"}}: {error}"),
        ),
    )
}

/// The menu with logins in place of those URLs that are known to be such.
pub(super) fn folded(menu: &Value, known: &[(String, Value)]) -> Value {
    let buttons = list(menu, "button").iter().map(|button| fold(button, known));
    json!({"button": buttons.collect::<Vec<_>>()})
}

fn fold(button: &Value, known: &[(String, Value)]) -> Value {
    let is_view = text(button, "type") == "view";
    let login = known.iter().find(|(url, _)| is_view && *url == text(button, "url"));
    let mut folded = button.clone();
    if let (Some((_, login)), Some(fields)) = (login, folded.as_object_mut()) {
        fields.remove("url");
        fields.insert("login".to_owned(), login.clone());
    }
    if let Some(below) = folded.get_mut("sub_button").and_then(Value::as_array_mut) {
        for sub in below {
            *sub = fold(sub, known);
        }
    }
    folded
}

#[cfg(test)]
mod tests;
