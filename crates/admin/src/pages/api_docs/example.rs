//! A call to copy: every value is one that could stand there.

use serde_json::{Map, Value, json};

use super::reading::{Reading, objects};
use crate::api::BASE;

/// What stands for parameters of a path.
const IN_PATHS: [(&str, &str); 4] = [
    ("{code}", "acme"),
    ("{host}", "login.example.com"),
    ("{name}", "MP_verify_P97WLFQjVODXzc3j.txt"),
    ("{made}", "2026-11-21T09:30:00.000Z"),
];
const ID: &str = "01JD0000000000000000000000";

/// How somebody calls an operation from a shell. The key comes from the environment: what is typed is kept.
pub(super) fn curl(reading: &Reading, path: &str, method: &str, operation: &Value) -> String {
    let path = path.strip_prefix(BASE).unwrap_or(path);
    let path = IN_PATHS
        .iter()
        .fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
    let url = format!("{}{}", reading.base(), path.replace("{id}", ID));
    let verb = if method == "get" {
        String::new()
    } else {
        format!("-X {} ", method.to_uppercase())
    };
    let mut lines = vec![format!("curl {verb}'{url}'")];
    // An empty list of keys: the operation asks for none.
    if operation["security"].as_array().is_none() {
        lines.push("-H \"Authorization: Bearer $HUFU_KEY\"".to_owned());
    }
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    if parameters.any(|parameter| parameter["name"] == "If-Match") {
        lines.push("-H 'If-Match: \"1\"'".to_owned());
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if body.is_object() {
        lines.push("-H 'Content-Type: application/json'".to_owned());
        let sample = serde_json::to_string_pretty(&sample(reading, "", body)).unwrap_or_default();
        lines.push(format!("-d '{}'", sample.replace('\'', "'\\''")));
    }
    lines.join(" \\\n  ")
}

/// A value that a schema allows.
fn sample(reading: &Reading, name: &str, schema: &Value) -> Value {
    let schema = reading.resolved(schema);
    if let Some(Value::Array(examples)) = schema.get("examples") {
        return examples.first().cloned().unwrap_or_default();
    }
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(Value::Array(words)) = schema.get("enum") {
        return words.first().cloned().unwrap_or_default();
    }
    match schema["type"].as_str() {
        Some("object") if schema["properties"].is_object() => object(reading, schema),
        Some("object") => json!({}),
        Some("array") => json!([sample(reading, name, &schema["items"])]),
        Some("integer" | "number") => json!(86_400),
        Some("boolean") => json!(true),
        Some("string") => json!(words_of(name)),
        // What may be null is null.
        _ => Value::Null,
    }
}

fn object(reading: &Reading, schema: &Value) -> Value {
    let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
    let needed = objects(&schema["properties"]).filter(|(name, _)| required.iter().any(|one| *one == name.as_str()));
    let fields: Map<_, _> = needed
        .map(|(name, field)| (name.clone(), sample(reading, name, field)))
        .collect();
    Value::Object(fields)
}

/// A text for a field of this name.
fn words_of(name: &str) -> &str {
    match name {
        "code" => "acme",
        "name" => "Acme",
        "redirect_uris" => "https://app.example.com/callback",
        "post_logout_redirect_uris" => "https://app.example.com/",
        "scopes" => "openid",
        "kind" => "wechat-official-account",
        "content" => "P97WLFQjVODXzc3j",
        name if name == "connectors" || name.ends_with("_id") || name.ends_with("_ids") => ID,
        _ => "…",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str) -> String {
        let reading = Reading::of("https://login.example.com/admin/api/v1");
        let groups = reading.groups();
        let mut all = groups.iter().flat_map(|group| &group.operations);
        all.find(|operation| operation.id == id).unwrap().curl.clone()
    }

    #[test]
    fn calls_can_be_copied() {
        let read =
            "curl 'https://login.example.com/admin/api/v1/tenants/acme' \\\n  -H \"Authorization: Bearer $HUFU_KEY\"";
        assert_eq!(of("get_tenant"), read);
        let change = of("put_agency");
        assert!(
            change.contains("-X PUT") && change.contains("If-Match: \"1\""),
            "{change}"
        );
        assert!(
            change.ends_with("-d '{\n  \"name\": \"Acme\",\n  \"status\": \"active\"\n}'"),
            "{change}"
        );
        assert!(!of("get_openapi").contains("Bearer"));
        assert!(of("add_client").contains("https://app.example.com/callback"));
    }
}
