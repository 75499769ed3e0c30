//! What a change changed, for the audit log.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// Fields whose change says nothing: every save counts.
const SILENT: [&str; 1] = ["version"];

/// `{field: {"before": …, "after": …}}` of the top-level fields that differ. What a type does not serialize, such as
/// its secrets, cannot appear.
pub(super) fn changes(before: &impl Serialize, after: &impl Serialize) -> Map<String, Value> {
    let (before, after) = (fields(before), fields(after));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = |name: &&String| !SILENT.contains(&name.as_str()) && before.get(*name) != after.get(*name);
    let pair = |name: &String| json!({"before": short(before.get(name)), "after": short(after.get(name))});
    names
        .into_iter()
        .filter(differs)
        .map(|name| (name.clone(), pair(name)))
        .collect()
}

fn fields(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// A picture in the log helps nobody: long texts are cut.
fn short(value: Option<&Value>) -> Value {
    const LIMIT: usize = 500;
    match value {
        None => Value::Null,
        Some(Value::String(text)) if text.chars().count() > LIMIT => {
            Value::String(text.chars().take(LIMIT).chain(['…']).collect())
        }
        Some(Value::Object(object)) => object
            .iter()
            .map(|(name, value)| (name.clone(), short(Some(value))))
            .collect(),
        Some(value) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_and_pictures_are_cut() {
        let before = json!({"name": "a", "version": 1, "same": [1], "logo": {"base64": "x".repeat(900)}});
        let after = json!({"name": "b", "version": 2, "same": [1], "logo": null});
        let changes = changes(&before, &after);
        assert_eq!(changes.keys().collect::<Vec<_>>(), ["logo", "name"]);
        assert_eq!(changes["name"], json!({"before": "a", "after": "b"}));
        assert!(changes["logo"].to_string().len() < 700);
    }
}
