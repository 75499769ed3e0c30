//! The OpenAPI document as a page shows it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::example;
use crate::api::{BASE, document};

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];
const SCHEMAS: &str = "#/components/schemas/";

/// The document, for an installation.
pub(super) struct Reading {
    document: &'static Value,
    base: String,
}

/// Operations on one kind of thing.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) operations: Vec<Operation>,
}

/// One call.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    /// Below the API's own path.
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) parameters: Vec<Row>,
    pub(super) body: Option<Type>,
    pub(super) answers: Vec<Told>,
    pub(super) curl: String,
    /// Schemas that it names.
    named: Vec<String>,
}

/// A parameter or a field.
pub(super) struct Row {
    pub(super) name: String,
    /// Of parameters: `path`, `query`, `header`.
    pub(super) place: String,
    pub(super) kind: Type,
    pub(super) required: bool,
    pub(super) text: Prose,
}

/// What an operation answers.
pub(super) struct Told {
    /// `default`: any other.
    pub(super) status: String,
    pub(super) text: Prose,
    pub(super) kinds: Vec<Type>,
}

/// A type in short: `Tenant[] | null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) name: String,
    /// Whether the name is a schema's.
    pub(super) is_schema: bool,
    pub(super) suffix: String,
}

/// A schema with a name.
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) text: Prose,
    /// The words that it may be.
    pub(super) words: Vec<String>,
    pub(super) fields: Vec<Row>,
}

/// A text of the document; what stood between backticks is code.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Prose(pub(super) Vec<(bool, String)>);

impl Prose {
    fn of(value: &Value) -> Self {
        let text = value.as_str().unwrap_or_default();
        let parts = text.split('`').enumerate();
        let parts = parts.filter(|(_, part)| !part.is_empty());
        Self(parts.map(|(n, part)| (n % 2 == 1, part.to_owned())).collect())
    }
}

impl Group {
    /// Its name in keys of texts.
    pub(super) fn key(&self) -> String {
        self.name.replace('-', "_")
    }
}

impl Type {
    fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_schema: false,
            suffix: String::new(),
        }
    }

    fn with(mut self, suffix: &str) -> Self {
        self.suffix.push_str(suffix);
        self
    }

    /// The type of a schema.
    fn of(schema: &Value) -> Self {
        if let Some(name) = schema_name(schema) {
            return Self {
                is_schema: true,
                ..Self::plain(name)
            };
        }
        if let Some(Value::Array(choices)) = schema.get("oneOf") {
            let is_null = |choice: &&Value| choice["type"] == "null";
            let inner = choices
                .iter()
                .find(|choice| !is_null(choice))
                .map_or_else(|| Self::plain("any"), Self::of);
            return if choices.iter().any(|choice| is_null(&choice)) {
                inner.with(" | null")
            } else {
                inner
            };
        }
        if let Some(Value::Array(types)) = schema.get("type") {
            let one = types.iter().find(|one| **one != "null").cloned().unwrap_or_default();
            let mut inner = schema.clone();
            inner["type"] = one;
            return Self::of(&inner).with(" | null");
        }
        Self::of_one(schema)
    }

    fn of_one(schema: &Value) -> Self {
        match schema["type"].as_str().unwrap_or("any") {
            "array" => Self::of(&schema["items"]).with("[]"),
            "object" if schema.get("additionalProperties").is_some_and(Value::is_object) => {
                let inner = Self::of(&schema["additionalProperties"]);
                Self::plain(&format!("map<{}{}>", inner.name, inner.suffix))
            }
            other => Self::plain(other),
        }
    }
}

impl Reading {
    /// The document, with examples for an API at this address.
    pub(super) fn of(base: &str) -> Self {
        static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(document()).unwrap_or_default());
        Self {
            document: &DOCUMENT,
            base: base.to_owned(),
        }
    }

    /// All operations, by group.
    pub(super) fn groups(&self) -> Vec<Group> {
        let names = self.document["tags"].as_array().into_iter().flatten();
        let names = names.filter_map(|tag| tag["name"].as_str());
        names
            .map(|name| Group {
                name: name.to_owned(),
                operations: self.operations(name),
            })
            .collect()
    }

    fn operations(&self, group: &str) -> Vec<Operation> {
        let mut found = Vec::new();
        for (path, item) in objects(&self.document["paths"]) {
            for method in METHODS {
                let operation = &item[method];
                if operation["tags"][0] == group {
                    found.push(self.operation(path, method, operation));
                }
            }
        }
        found
    }

    fn operation(&self, path: &str, method: &str, operation: &Value) -> Operation {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let answers = objects(&operation["responses"]).map(|(status, told)| Told {
            status: status.clone(),
            text: Prose::of(&told["description"]),
            kinds: objects(&told["content"])
                .map(|(media, content)| answered(media, &content["schema"]))
                .collect(),
        });
        let mut named = Vec::new();
        collect(operation, &mut named);
        Operation {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.strip_prefix(BASE).unwrap_or(path).to_owned(),
            summary: text(&operation["summary"]),
            parameters: operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .map(parameter)
                .collect(),
            body: body.is_object().then(|| Type::of(body)),
            answers: answers.collect(),
            curl: example::curl(self, path, method, operation),
            named,
        }
    }

    /// Address of the API.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// A schema by the reference to it, else itself.
    pub(super) fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        schema_name(schema).map_or(schema, |name| &self.document["components"]["schemas"][name])
    }

    /// The schemas that a group names, and those that they name, by name.
    pub(super) fn schemas_of(&self, group: &Group) -> Vec<Schema> {
        let mut waiting: Vec<String> = group
            .operations
            .iter()
            .flat_map(|operation| operation.named.clone())
            .collect();
        let mut known = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if known.insert(name.clone()) {
                collect(&self.document["components"]["schemas"][&name], &mut waiting);
            }
        }
        known.into_iter().map(|name| self.schema(name)).collect()
    }

    fn schema(&self, name: String) -> Schema {
        let schema = &self.document["components"]["schemas"][&name];
        let words = schema["enum"].as_array().into_iter().flatten().map(text);
        Schema {
            text: Prose::of(&schema["description"]),
            words: words.collect(),
            fields: self.fields(schema),
            name,
        }
    }

    /// The fields of an object; of one that is put together those of all its parts.
    fn fields(&self, schema: &Value) -> Vec<Row> {
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let mut fields: Vec<Row> = parts.flat_map(|part| self.fields(self.resolved(part))).collect();
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        fields.extend(objects(&schema["properties"]).map(|(name, field)| Row {
            name: name.clone(),
            place: String::new(),
            kind: Type::of(field),
            required: required.contains(&name.as_str()),
            text: Prose::of(described(field)),
        }));
        fields
    }
}

/// The fields of an object; of anything else none.
pub(super) fn objects(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// The schema that a reference names.
fn schema_name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(SCHEMAS)
}

/// A field that may be null has its description in what it is else.
fn described(field: &Value) -> &Value {
    let choices = field["oneOf"].as_array().into_iter().flatten();
    let mut told = std::iter::once(field).chain(choices).map(|one| &one["description"]);
    told.find(|text| text.is_string()).unwrap_or(&Value::Null)
}

fn parameter(parameter: &Value) -> Row {
    Row {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        kind: Type::of(&parameter["schema"]),
        required: parameter["required"] == true,
        text: Prose::of(&parameter["description"]),
    }
}

/// What has a schema of its own is named by it, everything else by its media type.
fn answered(media: &str, schema: &Value) -> Type {
    match schema_name(schema) {
        Some(_) => Type::of(schema),
        None => Type::plain(media),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Names of all schemas that a part of the document refers to.
fn collect(value: &Value, names: &mut Vec<String>) {
    if let Some(name) = schema_name(value) {
        names.push(name.to_owned());
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|value| collect(value, names)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use hufu_core::text::Locale;
    use serde_json::json;

    use super::*;
    use crate::ui::texts;

    #[test]
    fn types_are_told_in_short() {
        let told = |schema: Value| {
            let told = Type::of(&schema);
            format!("{}{}{}", if told.is_schema { "#" } else { "" }, told.name, told.suffix)
        };
        assert_eq!(told(json!({"type": ["integer", "null"]})), "integer | null");
        assert_eq!(told(json!({"$ref": "#/components/schemas/Time"})), "#Time");
        assert_eq!(
            told(json!({"oneOf": [{"$ref": "#/components/schemas/Seat"}, {"type": "null"}]})),
            "#Seat | null"
        );
        assert_eq!(
            told(json!({"type": "array", "items": {"$ref": "#/components/schemas/Step"}})),
            "#Step[]"
        );
        let map = json!({"type": "object", "additionalProperties": {"type": ["string", "null"]}});
        assert_eq!(told(map), "map<string | null>");
    }

    #[test]
    fn code_in_texts_is_found() {
        let prose = Prose::of(&json!("`draft` or else `active`."));
        let expected = [(true, "draft"), (false, " or else "), (true, "active"), (false, ".")];
        assert_eq!(prose.0, expected.map(|(code, text)| (code, text.to_owned())));
    }

    #[test]
    fn every_operation_is_in_a_group_that_has_words_and_every_field_says_what_it_is() {
        let reading = Reading::of("https://login.example.com/admin/api/v1");
        let groups = reading.groups();
        let shown: usize = groups.iter().map(|group| group.operations.len()).sum();
        let all = objects(&reading.document["paths"]).map(|(_, item)| objects(item).count());
        assert_eq!(shown, all.sum::<usize>());
        for group in &groups {
            assert!(!group.operations.is_empty(), "{}", group.name);
            for locale in [Locale::ZhCn, Locale::En] {
                for kind in ["group", "text"] {
                    let key = format!("api_docs.{kind}_{}", group.key());
                    assert_ne!(texts::text(locale, &key), key);
                }
            }
            for operation in &group.operations {
                assert!(!operation.summary.is_empty(), "{}", operation.id);
                assert!(
                    operation.parameters.iter().all(|row| !row.text.0.is_empty()),
                    "{}",
                    operation.id
                );
            }
            for schema in reading.schemas_of(group) {
                let dumb = schema
                    .fields
                    .iter()
                    .find(|row| row.text.0.is_empty() && !row.kind.is_schema);
                assert!(dumb.is_none(), "{}.{}", schema.name, dumb.unwrap().name);
                assert!(
                    !schema.text.0.is_empty() || schema.name.starts_with("Page_"),
                    "{}",
                    schema.name
                );
            }
        }
    }
}
