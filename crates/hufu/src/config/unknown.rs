//! Keys that no part of Hufu knows: most are misspelled, and the setting somebody thinks is in force is not.

use std::fmt;

use figment::value::{Dict, Value};
use figment::{Figment, Source};

/// A key that nobody reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// Its path, e.g. `gatway.public_url`.
    pub key: String,
    /// The file or the variable it stands in.
    pub place: String,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.key, self.place)
    }
}

/// Takes out of `given` what `known` does not have, and names it.
pub(super) fn take(given: &mut Dict, known: &Dict, layers: &Figment) -> Vec<UnknownKey> {
    let mut paths = Vec::new();
    walk(given, known, "", &mut paths);
    let named = |key: String| UnknownKey {
        place: place(&key, layers),
        key,
    };
    paths.into_iter().map(named).collect()
}

fn walk(given: &mut Dict, known: &Dict, above: &str, unknown: &mut Vec<String>) {
    given.retain(|name, value| {
        let path = if above.is_empty() {
            name.clone()
        } else {
            format!("{above}.{name}")
        };
        match (known.get(name), value) {
            (None, value) => {
                leaves(value, path, unknown);
                return false;
            }
            (Some(Value::Dict(_, known)), Value::Dict(_, given)) => walk(given, known, &path, unknown),
            (Some(_), _) => {}
        }
        true
    });
}

/// Every key in a table that nobody knows: each may stand in another place.
fn leaves(value: &Value, path: String, into: &mut Vec<String>) {
    match value {
        Value::Dict(_, table) if !table.is_empty() => {
            for (name, value) in table {
                leaves(value, format!("{path}.{name}"), into);
            }
        }
        _ => into.push(path),
    }
}

/// Where a value comes from, for people.
pub(super) fn place(key: &str, layers: &Figment) -> String {
    match layers
        .find_metadata(key)
        .map(|metadata| (&metadata.source, &metadata.name))
    {
        Some((Some(Source::File(path)), _)) => path.display().to_string(),
        Some((_, name)) if name.contains("environment") => {
            format!("HUFU_{}", key.to_uppercase().replace('.', "__"))
        }
        Some((_, name)) => name.to_string(),
        None => "defaults".to_owned(),
    }
}
