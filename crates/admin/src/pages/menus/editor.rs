//! Buttons as form fields, and back. The form has room for all that a menu may have; what a button has besides what is
//! drawn travels along hidden, so that nothing is lost that was written as JSON.

use hufu_core::model::Client;
use hufu_core::provider::MenuViolation;
use serde_json::{Map, Value, json};

use super::told::place;
use crate::http::Visitor;
use crate::ui::{Choice, Field};

const TOPS: usize = 3;
const SUBS: usize = 5;
/// More than these were never drawn.
const MOST: usize = 40;

/// What a button does, as WeChat calls it.
const TYPES: [&str; 13] = [
    "view",
    "click",
    "miniprogram",
    "media_id",
    "view_limited",
    "article_id",
    "article_view_limited",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
];
const LOGIN: &str = "login";
const LOGIN_WECHAT: &str = "login_wechat";
/// Fields that are drawn.
const DRAWN: [&str; 10] = [
    "name",
    "type",
    "url",
    "key",
    "media_id",
    "article_id",
    "appid",
    "pagepath",
    "sub_button",
    "login",
];

/// One button of the form.
pub(super) struct Slot {
    pub(super) place: String,
    pub(super) title: String,
    pub(super) name: Field,
    pub(super) does: Field,
    pub(super) value: Field,
    pub(super) client: Field,
    pub(super) program: [Field; 2],
    pub(super) at: Field,
    /// JSON of what is not drawn.
    pub(super) rest: String,
    /// What is wrong and belongs to no field.
    pub(super) errors: Vec<String>,
    pub(super) is_program: bool,
    pub(super) is_filled: bool,
    /// Whether something is wrong with it or below it.
    pub(super) is_wrong: bool,
    /// Whether the list below it is shown open.
    pub(super) is_open: bool,
    pub(super) subs: Vec<Slot>,
}

/// What slots are drawn with.
pub(super) struct Drawing<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) clients: &'a [Client],
    pub(super) violations: &'a [MenuViolation],
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(button: &'a Value, field: &str) -> &'a str {
    button.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Where the one value of a type stands.
fn field_of(does: &str) -> &'static str {
    match does {
        "" | "view" | "miniprogram" => "url",
        "media_id" | "view_limited" => "media_id",
        "article_id" | "article_view_limited" => "article_id",
        _ => "key",
    }
}

fn does(button: &Value) -> &str {
    match button.get("login") {
        Some(login) if text(login, "style") == "wechat" => LOGIN_WECHAT,
        Some(_) => LOGIN,
        None => text(button, "type"),
    }
}

impl Drawing<'_> {
    pub(super) fn slots(&self, menu: &Value) -> Vec<Slot> {
        let buttons = list(menu, "button");
        let tops = 0..buttons.len().clamp(TOPS, MOST);
        tops.map(|at| {
            let button = buttons.get(at).unwrap_or(&Value::Null);
            let (name, path) = (format!("b{at}"), format!("button[{at}]"));
            let mut slot = self.slot(button, &name, &path, at);
            let below = list(button, "sub_button");
            let subs = 0..below.len().clamp(SUBS, MOST);
            slot.subs = subs
                .map(|at| {
                    let sub = below.get(at).unwrap_or(&Value::Null);
                    self.slot(sub, &format!("{name}_s{at}"), &format!("{path}.sub_button[{at}]"), at)
                })
                .collect();
            slot.is_wrong |= slot.subs.iter().any(|sub| sub.is_wrong);
            slot.is_open = slot.subs.iter().any(|sub| sub.is_filled || sub.is_wrong);
            slot
        })
        .collect()
    }

    fn slot(&self, button: &Value, name: &str, path: &str, at: usize) -> Slot {
        let does = does(button);
        let value = field_of(does);
        let shown = ["name", "type", value, "login", "appid", "pagepath"];
        let field = |part: &str, label: &str, of: &str| {
            Field::new(format!("{name}_{part}"), self.visitor.text(label)).error(self.error(path, of))
        };
        let login = button.get("login").unwrap_or(&Value::Null);
        let mut value_field = field("value", "menus.value", value).value(text(button, value)).mono();
        if value_field.error.is_none() {
            value_field = value_field.hint(self.visitor.text("menus.value_hint"));
        }
        Slot {
            place: name.to_owned(),
            title: place(self.visitor, path),
            name: field("name", "menus.name", "name").value(text(button, "name")),
            does: field("does", "menus.does", "type")
                .value(does)
                .choices(self.types(does)),
            value: value_field,
            client: field("client", "menus.client", "login")
                .value(text(login, "client_id"))
                .choices(self.apps(text(login, "client_id"))),
            program: [
                field("appid", "menus.appid", "appid")
                    .value(text(button, "appid"))
                    .mono(),
                field("pagepath", "menus.pagepath", "pagepath")
                    .value(text(button, "pagepath"))
                    .mono(),
            ],
            at: Field::new(format!("{name}_at"), self.visitor.text("menus.at"))
                .value((at + 1).to_string())
                .kind("number"),
            rest: rest(button),
            errors: self.errors(path, &shown),
            is_program: does == "miniprogram",
            is_filled: !button.is_null(),
            is_wrong: self.violations.iter().any(|found| own(&found.path, path).is_some()),
            is_open: false,
            subs: Vec::new(),
        }
    }

    fn error(&self, path: &str, field: &str) -> Option<String> {
        let found = self
            .violations
            .iter()
            .find(|found| own(&found.path, path) == Some(field));
        found.map(|found| self.visitor.say(&found.message))
    }

    /// Those of the button that no drawn field shows.
    fn errors(&self, path: &str, shown: &[&str]) -> Vec<String> {
        let others = self.violations.iter().filter(|found| {
            let field = own(&found.path, path);
            field.is_some_and(|field| !shown.contains(&field))
        });
        others.map(|found| self.visitor.say(&found.message)).collect()
    }

    fn types(&self, current: &str) -> Vec<Choice> {
        let known = |name: &str| Choice::new(name, self.visitor.text(&format!("menus.type_{name}")));
        let mut choices = vec![Choice::new("", self.visitor.text("menus.type_none"))];
        choices.extend([LOGIN, LOGIN_WECHAT].map(known));
        choices.extend(TYPES.map(known));
        if !choices.iter().any(|choice| choice.value == current) {
            choices.push(Choice::new(current, current));
        }
        choices
    }

    /// Apps that a login link can lead to, and the one that is chosen whatever it is.
    fn apps(&self, current: &str) -> Vec<Choice> {
        let mut choices = vec![Choice::new("", self.visitor.text("menus.client_none"))];
        let fit = |client: &&Client| client.status.is_active() || client.id.to_string() == current;
        let app = |client: &Client| Choice::new(client.id.to_string(), client.name.clone());
        choices.extend(self.clients.iter().filter(fit).map(app));
        if !choices.iter().any(|choice| choice.value == current) {
            choices.push(Choice::new(current, current));
        }
        choices
    }
}

/// The field of this very button that a violation's path names.
fn own<'a>(found: &'a str, path: &str) -> Option<&'a str> {
    let field = found.strip_prefix(path)?.strip_prefix('.')?;
    (!field.contains(['.', '['])).then_some(field)
}

fn rest(button: &Value) -> String {
    let mut rest: Map<String, Value> = button.as_object().cloned().unwrap_or_default();
    let login = rest.get("login").and_then(Value::as_object).cloned();
    rest.retain(|name, _| !DRAWN.contains(&name.as_str()));
    if let Some(mut login) = login {
        login.retain(|name, _| !["client_id", "style"].contains(&name.as_str()));
        if !login.is_empty() {
            rest.insert("login".to_owned(), Value::Object(login));
        }
    }
    if rest.is_empty() {
        String::new()
    } else {
        Value::Object(rest).to_string()
    }
}

/// The menu that a form says.
pub(super) fn read(get: &dyn Fn(&str) -> String) -> Value {
    json!({"button": buttons(get, "b")})
}

fn buttons(get: &dyn Fn(&str) -> String, prefix: &str) -> Vec<Value> {
    let is_top = prefix == "b";
    let read = (0..MOST).filter_map(|at| {
        let place = format!("{prefix}{at}");
        let subs = if is_top {
            buttons(get, &format!("{place}_s"))
        } else {
            Vec::new()
        };
        let order: usize = get(&format!("{place}_at")).parse().unwrap_or(at + 1);
        Some((order, button(get, &place, subs)?))
    });
    let mut all: Vec<_> = read.collect();
    // Stable: of two with one number the first stays first.
    all.sort_by_key(|(order, _)| *order);
    all.into_iter().map(|(_, button)| button).collect()
}

/// `None`: nothing was filled in.
fn button(get: &dyn Fn(&str) -> String, place: &str, subs: Vec<Value>) -> Option<Value> {
    let of = |part: &str| get(&format!("{place}_{part}"));
    let (name, does, value) = (of("name"), of("does"), of("value"));
    if name.is_empty() && does.is_empty() && value.is_empty() && subs.is_empty() {
        return None;
    }
    let rest: Map<String, Value> = serde_json::from_str(&of("rest")).unwrap_or_default();
    let mut fields = Map::from_iter([("name".to_owned(), json!(name))]);
    let mut set = |field: &str, value: String| {
        if !value.is_empty() {
            fields.insert(field.to_owned(), json!(value));
        }
    };
    if subs.is_empty() {
        match does.as_str() {
            LOGIN | LOGIN_WECHAT => {
                set("type", "view".to_owned());
                let login = login(&does, &of("client"), rest.get("login"));
                fields.insert("login".to_owned(), login);
            }
            _ => {
                set(field_of(&does), value);
                if does == "miniprogram" {
                    set("appid", of("appid"));
                    set("pagepath", of("pagepath"));
                }
                set("type", does);
            }
        }
    } else {
        fields.insert("sub_button".to_owned(), Value::Array(subs));
    }
    for (name, value) in rest {
        if !DRAWN.contains(&name.as_str()) {
            fields.insert(name, value);
        }
    }
    Some(Value::Object(fields))
}

fn login(does: &str, client: &str, more: Option<&Value>) -> Value {
    let mut login = Map::from_iter([("client_id".to_owned(), json!(client))]);
    if does == LOGIN_WECHAT {
        login.insert("style".to_owned(), json!("wechat"));
        let more = more.and_then(Value::as_object).cloned().unwrap_or_default();
        login.extend(
            more.into_iter()
                .filter(|(name, _)| !["client_id", "style"].contains(&name.as_str())),
        );
    } else {
        login.insert("style".to_owned(), json!("link"));
    }
    Value::Object(login)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn form(fields: &[(&str, &str)]) -> Value {
        let fields: BTreeMap<_, _> = fields.iter().copied().collect();
        read(&|name| fields.get(name).copied().unwrap_or_default().to_owned())
    }

    #[test]
    fn what_is_filled_in_becomes_a_menu() {
        let menu = form(&[
            ("b0_name", "会员"),
            ("b0_s0_name", "登录"),
            ("b0_s0_does", "login"),
            ("b0_s0_client", "C"),
            ("b0_s1_at", "2"),
            ("b1_name", "小程序"),
            ("b1_does", "miniprogram"),
            ("b1_value", "https://a/"),
            ("b1_appid", "wx1"),
            ("b1_pagepath", "pages/a"),
            ("b2_at", "3"),
        ]);
        let expected = json!({"button": [
            {"name": "会员", "sub_button": [
                {"name": "登录", "type": "view", "login": {"client_id": "C", "style": "link"}},
            ]},
            {"name": "小程序", "type": "miniprogram", "url": "https://a/", "appid": "wx1", "pagepath": "pages/a"},
        ]});
        assert_eq!(menu, expected);
        assert_eq!(form(&[]), json!({"button": []}));
    }

    #[test]
    fn numbers_order_the_buttons() {
        let menu = form(&[
            ("b0_name", "a"),
            ("b0_at", "2"),
            ("b1_name", "b"),
            ("b1_at", "1"),
            ("b2_name", "c"),
            ("b2_at", "x"),
        ]);
        let names: Vec<_> = list(&menu, "button")
            .iter()
            .map(|button| text(button, "name"))
            .collect();
        assert_eq!(names, ["b", "a", "c"]);
    }

    #[test]
    fn what_is_not_drawn_is_kept() {
        let button = json!({
            "name": "a", "type": "view", "act_list": [1],
            "login": {"client_id": "C", "style": "wechat", "scope": "snsapi_base", "state": "s"},
        });
        assert_eq!(does(&button), LOGIN_WECHAT);
        let rest = rest(&button);
        let menu = form(&[
            ("b0_name", "a"),
            ("b0_does", LOGIN_WECHAT),
            ("b0_client", "C"),
            ("b0_rest", &rest),
        ]);
        assert_eq!(menu, json!({ "button": [button] }));
        // And what is hidden cannot stand in for what is shown.
        let forged = form(&[
            ("b0_name", "a"),
            ("b0_rest", r#"{"name":"x","url":"y","sub_button":[{}]}"#),
        ]);
        assert_eq!(forged, json!({"button": [{"name": "a"}]}));
    }

    #[test]
    fn a_violation_is_its_own_buttons() {
        assert_eq!(own("button[0].name", "button[0]"), Some("name"));
        assert_eq!(own("button[0].sub_button[1].url", "button[0]"), None);
        assert_eq!(
            own("button[0].sub_button[1].url", "button[0].sub_button[1]"),
            Some("url")
        );
        assert_eq!(own("button[1].name", "button[0]"), None);
        assert_eq!(own("button", "button[0]"), None);
    }
}
