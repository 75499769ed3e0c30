//! A second look at what the log holds. Nothing secret is written into it; were it ever, it is not shown either.

use serde_json::{Map, Value};

const HIDDEN: &str = "••••••";

/// Words in names of fields whose values are not shown.
const SECRET: [&str; 5] = ["secret", "password", "token", "private", "digest"];

/// Names with such a word whose values are none: how long, when, which.
const HARMLESS: [&str; 5] = [
    "token_seconds",
    "old_secrets_end",
    "protocol.access_token",
    "protocol.dpop_bound_access_tokens",
    "dpop_bound_access_tokens",
];

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !HARMLESS.contains(&name.as_str()) && SECRET.iter().any(|word| name.contains(word))
}

/// The details with every value hidden whose name says that it could be a secret.
pub fn masked(detail: &Map<String, Value>) -> Map<String, Value> {
    detail
        .iter()
        .map(|(name, value)| {
            let value = if is_secret(name) && !value.is_null() {
                Value::String(HIDDEN.to_owned())
            } else {
                within(value)
            };
            (name.clone(), value)
        })
        .collect()
}

fn within(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(masked(object)),
        Value::Array(items) => Value::Array(items.iter().map(within).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_at_any_depth_and_nothing_else() {
        let detail = json!({
            "name": {"before": "a", "after": "b"},
            "settings": {"before": {"app_id": "wx1", "AppSecret": "x"}, "after": [{"access_token": "y"}]},
            "password": {"before": "1", "after": "2"},
            "token_seconds": {"before": null, "after": 60},
            "protocol.access_token": {"before": "opaque", "after": "jwt"},
        });
        let Value::Object(detail) = detail else { unreachable!() };
        let masked = Value::Object(masked(&detail));
        assert_eq!(
            masked,
            json!({
                "name": {"before": "a", "after": "b"},
                "settings": {"before": {"app_id": "wx1", "AppSecret": HIDDEN}, "after": [{"access_token": HIDDEN}]},
                "password": HIDDEN,
                "token_seconds": {"before": null, "after": 60},
                "protocol.access_token": {"before": "opaque", "after": "jwt"},
            })
        );
    }
}
