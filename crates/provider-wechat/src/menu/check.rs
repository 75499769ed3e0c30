//! All of WeChat's limits at once: an admin who mends one fault should not meet the next one at WeChat.

use std::collections::BTreeSet;

use hufu_core::text::Text;

use super::limits;
use super::link;
use super::model::{Button, ButtonType, Menu};
use super::violation::{Place, Severity, Violation};

/// Everything that is wrong with `menu`, from left to right. Empty: WeChat takes it.
#[must_use]
pub fn check(menu: &Menu) -> Vec<Violation> {
    let mut found = Vec::new();
    found.extend(count_top(menu.buttons.len()));
    let mut hosts = BTreeSet::new();
    for (nth, button) in menu.buttons.iter().enumerate() {
        let place = Place::top(nth);
        check_button(button, &place, &mut found, &mut hosts);
    }
    found.extend(count_hosts(&hosts));
    found
}

/// Two levels; what is below the second is reported and not looked at.
fn check_button(button: &Button, place: &Place, found: &mut Vec<Violation>, hosts: &mut BTreeSet<String>) {
    found.extend(check_name(&button.name, place));
    if button.sub_buttons.is_empty() {
        check_leaf(button, place, found, hosts);
    } else if place.is_sub {
        found.push(Violation {
            errcode: Some(limits::LEVELS),
            ..place.unseen(
                "sub_button",
                Severity::Error,
                "menu_too_deep",
                Text::new(
                    "菜单最多两级，二级按钮下不能再有按钮",
                    "A menu has two levels; a button of the second cannot have buttons",
                ),
            )
        });
    } else {
        found.extend(count_sub(button.sub_buttons.len(), place));
        for (nth, sub_button) in button.sub_buttons.iter().enumerate() {
            check_button(sub_button, &place.below(nth), found, hosts);
        }
    }
}

fn check_leaf(button: &Button, place: &Place, found: &mut Vec<Violation>, hosts: &mut BTreeSet<String>) {
    let kind = match check_type(button, place) {
        Ok(kind) => kind,
        Err(violation) => return found.push(violation),
    };
    for field in kind.required() {
        if text_of(button, field).is_none_or(|text| text.trim().is_empty()) {
            found.push(missing(kind, field, place));
        }
    }
    if let Some(key) = button.key.as_deref() {
        found.extend(check_key(key, place));
    }
    if let Some(url) = button.url.as_deref().filter(|url| !url.trim().is_empty()) {
        found.extend(link::check(url, place));
        hosts.extend(link::external_host(url));
    }
}

fn text_of<'a>(button: &'a Button, field: &str) -> Option<&'a str> {
    match field {
        "key" => button.key.as_deref(),
        "url" => button.url.as_deref(),
        "media_id" => button.media_id.as_deref(),
        "article_id" => button.article_id.as_deref(),
        "appid" => button.appid.as_deref(),
        "pagepath" => button.pagepath.as_deref(),
        _ => None,
    }
}

fn count_top(count: usize) -> Option<Violation> {
    let allowed = limits::TOP_BUTTONS;
    (!(1..=allowed).contains(&count)).then(|| Violation {
        severity: Severity::Error,
        code: if count == 0 {
            "menu_empty"
        } else {
            "menu_too_many_buttons"
        },
        path: "button".to_owned(),
        message: Text::owned(
            format!("一级菜单有 {count} 个按钮，须为 1 至 {allowed} 个"),
            format!("The menu has {count} buttons; 1 to {allowed} are allowed"),
        ),
        errcode: Some(limits::TOP_COUNT),
    })
}

fn count_sub(count: usize, place: &Place) -> Option<Violation> {
    let allowed = limits::SUB_BUTTONS;
    (count > allowed).then(|| {
        let message = Text::owned(
            format!("二级菜单有 {count} 个按钮，最多 {allowed} 个"),
            format!("There are {count} buttons below this one; at most {allowed} are allowed"),
        );
        let numbers = (limits::SUB_COUNT, limits::SUB_COUNT);
        place.error("sub_button", "menu_too_many_sub_buttons", numbers, message)
    })
}

fn check_name(name: &str, place: &Place) -> Option<Violation> {
    let error = |code, message| Some(place.error("name", code, limits::NAME, message));
    let allowed = if place.is_sub {
        limits::SUB_NAME_BYTES
    } else {
        limits::TOP_NAME_BYTES
    };
    let bytes = name.len();
    if name.trim().is_empty() {
        return error("menu_name_missing", Text::new("按钮没有名称", "The button has no name"));
    }
    if bytes > allowed {
        let message = Text::owned(
            format!("名称有 {bytes} 字节，最多 {allowed} 字节（一个汉字占 3 字节）"),
            format!("The name has {bytes} bytes; {allowed} are allowed, and a Chinese character takes three"),
        );
        return error("menu_name_too_long", message);
    }
    if name.chars().any(char::is_control) {
        let message = Text::new(
            "名称中有换行或其他控制字符",
            "The name has a line break or another control character in it",
        );
        return error("menu_name_control_character", message);
    }
    None
}

fn check_type(button: &Button, place: &Place) -> Result<ButtonType, Violation> {
    let name = button.kind.as_deref().unwrap_or_default();
    ButtonType::parse(name).ok_or_else(|| {
        if name.is_empty() {
            let message = Text::new(
                "按钮没有类型，也没有二级按钮",
                "The button has neither a type nor buttons below it",
            );
            return place.error("type", "menu_type_missing", limits::TYPE, message);
        }
        let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        let message = Text::owned(
            format!("微信没有名为 {shown} 的按钮类型"),
            format!("WeChat has no type of button called {shown}"),
        );
        place.error("type", "menu_type_unknown", limits::TYPE, message)
    })
}

fn missing(kind: ButtonType, field: &str, place: &Place) -> Violation {
    let kind = kind.as_str();
    let numbers = match field {
        "url" => limits::URL,
        "key" => limits::KEY,
        _ => limits::TYPE,
    };
    let message = Text::owned(
        format!("类型为 {kind} 的按钮须填写 {field}"),
        format!("A button of the type {kind} needs {field}"),
    );
    place.error(field, "menu_field_missing", numbers, message)
}

fn check_key(key: &str, place: &Place) -> Option<Violation> {
    let (bytes, allowed) = (key.len(), limits::KEY_BYTES);
    (bytes > allowed).then(|| {
        let message = Text::owned(
            format!("key 有 {bytes} 字节，最多 {allowed} 字节"),
            format!("The key has {bytes} bytes; {allowed} are allowed"),
        );
        place.error("key", "menu_key_too_long", limits::KEY, message)
    })
}

fn count_hosts(hosts: &BTreeSet<String>) -> Option<Violation> {
    let (count, allowed) = (hosts.len(), limits::EXTERNAL_HOSTS);
    let names = hosts.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    (count > allowed).then(|| Violation {
        severity: Severity::Warning,
        code: "menu_too_many_hosts",
        path: "button".to_owned(),
        message: Text::owned(
            format!("菜单链接到 {count} 个外部域名（{names}），超过 {allowed} 个时微信可能拒绝"),
            format!("The menu leads to {count} other hosts ({names}); WeChat may refuse more than {allowed}"),
        ),
        errcode: Some(limits::HOSTS),
    })
}

#[cfg(test)]
mod tests;
