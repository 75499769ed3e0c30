//! A menu as JSON: `{"button": [{"name", …, "sub_button": […]}]}`.

use serde_json::{Map, Value, json};

use crate::manage::{ManageError, Result};

/// Bytes of a draft at most: three times what fifteen buttons with the longest of everything have.
const LIMIT: usize = 64 * 1024;

/// The buttons of a list, or of a button.
pub(super) fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The text of a button's field; empty when there is none.
pub(super) fn text<'a>(button: &'a Value, field: &str) -> &'a str {
    button.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A draft out of what somebody wrote; an answer of the provider, `{"menu": {…}}`, is taken too.
///
/// # Errors
/// [`ManageError::MenuShape`].
pub(super) fn draft(menu: &Value) -> Result<Value> {
    let menu = menu.get("menu").filter(|inner| inner.is_object()).unwrap_or(menu);
    let buttons = menu.get("button").and_then(Value::as_array);
    let buttons = buttons.filter(|buttons| buttons.iter().all(is_button));
    let draft = json!({"button": buttons.ok_or(ManageError::MenuShape)?});
    if draft.to_string().len() > LIMIT {
        return Err(ManageError::MenuShape);
    }
    Ok(draft)
}

fn is_button(button: &Value) -> bool {
    let is_list = |list: &Value| list.as_array().is_some_and(|list| list.iter().all(Value::is_object));
    button.is_object() && button.get("sub_button").is_none_or(is_list)
}

/// The menu without what says nothing: providers answer fields that nobody gave, with nothing in them.
pub(super) fn plain(menu: &Value) -> Value {
    let menu = menu.get("menu").unwrap_or(menu);
    json!({"button": list(menu, "button").iter().map(plain_button).collect::<Vec<_>>()})
}

fn plain_button(button: &Value) -> Value {
    let fields = button.as_object().into_iter().flatten();
    let says_something = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    };
    let fields = fields.filter(|(_, value)| says_something(value));
    let field = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Array(items) if name == "sub_button" => items.iter().map(plain_button).collect(),
            other => other.clone(),
        };
        (name.clone(), value)
    };
    Value::Object(fields.map(field).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_makes_no_difference() {
        let ours = json!({"button": [{"name": "a", "type": "click", "key": "k"}]});
        let theirs =
            json!({"menu": {"button": [{"type": "click", "name": "a", "key": "k", "url": "", "sub_button": []}]}});
        assert_eq!(plain(&ours), plain(&theirs));
        assert_ne!(
            plain(&ours),
            plain(&json!({"button": [{"name": "b", "type": "click", "key": "k"}]}))
        );
    }

    #[test]
    fn a_draft_has_buttons_and_is_not_endless() {
        let good = json!({"menu": {"button": [{"name": "", "sub_button": [{}]}], "menuid": 1}});
        assert_eq!(
            draft(&good).unwrap(),
            json!({"button": [{"name": "", "sub_button": [{}]}]})
        );
        for wrong in [
            json!(null),
            json!([]),
            json!({}),
            json!({"button": {}}),
            json!({"button": [1]}),
            json!({"button": [{"sub_button": 1}]}),
            json!({"button": [{"sub_button": ["x"]}]}),
            json!({"button": [{"name": "x".repeat(70_000)}]}),
        ] {
            assert!(matches!(draft(&wrong), Err(ManageError::MenuShape)), "{wrong}");
        }
    }
}
