//! `/cgi-bin/menu/…` and `/cgi-bin/get_current_selfmenu_info`.

use serde_json::{Map, Value};

use super::answer::{Failure, OK, json};
use super::caller::Call;
use crate::menu::{Button, Menu};

pub(super) fn create(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.service_account()?;
    if has_escapes(&call.body) {
        return Err(Failure::new(
            40033,
            "invalid charset. please check your request, if include \\uxxxx will create fail!",
        ));
    }
    let menu: Menu = call.json_body()?;
    call.take_daily_quota(&account, "/cgi-bin/menu/create")?;
    menu.check(&account)
        .map_err(|(code, message)| Failure::new(code, message))?;
    call.inner.world().menus.insert(account.app_id.clone(), menu);
    Ok(OK.to_owned())
}

pub(super) fn get(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.service_account()?;
    call.take_daily_quota(&account, "/cgi-bin/menu/get")?;
    let world = call.inner.world();
    let menu = world.menus.get(&account.app_id);
    let menu = menu.ok_or(Failure::new(46003, "menu no exist"))?;
    Ok(format!(r#"{{"menu":{}}}"#, json(menu)))
}

pub(super) fn delete(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.service_account()?;
    call.take_daily_quota(&account, "/cgi-bin/menu/delete")?;
    call.inner.world().menus.remove(&account.app_id);
    Ok(OK.to_owned())
}

/// The same menu in another shape: nobody makes one in a console here.
pub(super) fn current(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.service_account()?;
    call.take_daily_quota(&account, "/cgi-bin/get_current_selfmenu_info")?;
    let world = call.inner.world();
    let Some(menu) = world.menus.get(&account.app_id) else {
        return Ok(r#"{"is_menu_open":0}"#.to_owned());
    };
    let buttons: Vec<Value> = menu.button.iter().map(outer).collect();
    Ok(json(
        &serde_json::json!({"is_menu_open": 1, "selfmenu_info": {"button": buttons}}),
    ))
}

fn outer(button: &Button) -> Value {
    let mut fields = inner(button);
    if !button.sub_button.is_empty() {
        let list = button.sub_button.iter().map(|sub| Value::Object(inner(sub)));
        let list: Vec<Value> = list.collect();
        fields.insert("sub_button".to_owned(), serde_json::json!({ "list": list }));
    }
    Value::Object(fields)
}

fn inner(button: &Button) -> Map<String, Value> {
    let mut fields = match serde_json::to_value(button) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    fields.remove("sub_button");
    fields
}

/// `\u` in JSON, where the backslash is not itself escaped.
fn has_escapes(body: &[u8]) -> bool {
    let mut escaped = false;
    for byte in body {
        if escaped && *byte == b'u' {
            return true;
        }
        escaped = *byte == b'\\' && !escaped;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::has_escapes;

    #[test]
    fn an_escaped_backslash_is_no_escape() {
        assert!(has_escapes(br#"{"name":"\u4e2d"}"#));
        assert!(!has_escapes(br#"{"name":"C:\\users"}"#));
        assert!(has_escapes(br#"{"name":"\\\u4e2d"}"#));
    }
}
