//! The tree that XML and JSON are read into.

use std::collections::BTreeMap;

use super::error::MessageError;

/// The deepest nesting, the root being the first level. WeChat's have at most five.
pub(super) const DEEPEST: usize = 8;

/// A field's content.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node {
    Leaf(String),
    Branch(Fields),
}

/// Fields in the order in which they came, repeats and all.
pub(super) type Fields = Vec<(String, Node)>;

/// Takes the leaf `name` out of `fields`.
pub(super) fn take(fields: &mut Fields, name: &'static str) -> Result<Option<String>, MessageError> {
    let Some(place) = fields.iter().position(|(field, _)| field == name) else {
        return Ok(None);
    };
    let (_, node) = fields.remove(place);
    if fields.iter().any(|(field, _)| field == name) {
        return Err(MessageError::Repeated(name));
    }
    match node {
        Node::Leaf(text) => Ok(Some(text)),
        Node::Branch(_) => Err(MessageError::Invalid(name)),
    }
}

/// The leaves by their paths: `SendPicsInfo.Count`, and `PicList.item[1]` for the second of a name.
pub(super) fn flatten(fields: Fields) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    collect("", fields, &mut flat);
    flat
}

/// As deep as the tree, which is bounded.
fn collect(prefix: &str, fields: Fields, into: &mut BTreeMap<String, String>) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (name, node) in fields {
        let path = match seen.get_mut(&name) {
            None => format!("{prefix}{name}"),
            Some(nth) => {
                *nth += 1;
                format!("{prefix}{name}[{nth}]")
            }
        };
        seen.entry(name).or_insert(0);
        match node {
            Node::Leaf(text) => {
                into.insert(path, text);
            }
            Node::Branch(fields) => collect(&format!("{path}."), fields, into),
        }
    }
}

/// `text` without the control characters that XML forbids and databases refuse; each leaves a mark.
pub(super) fn printable(text: &str) -> String {
    let is_forbidden = |c: char| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.replace(is_forbidden, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(name: &str, text: &str) -> (String, Node) {
        (name.to_owned(), Node::Leaf(text.to_owned()))
    }

    #[test]
    fn a_field_is_taken_once() {
        let mut fields = vec![leaf("a", "1"), leaf("b", "2"), leaf("b", "2")];
        assert_eq!(take(&mut fields, "a"), Ok(Some("1".to_owned())));
        assert_eq!(take(&mut fields, "a"), Ok(None));
        assert_eq!(take(&mut fields, "b"), Err(MessageError::Repeated("b")));
        let mut nested = vec![("c".to_owned(), Node::Branch(Vec::new()))];
        assert_eq!(take(&mut nested, "c"), Err(MessageError::Invalid("c")));
    }

    #[test]
    fn leaves_are_named_by_their_paths() {
        let items = vec![leaf("item", "a"), leaf("item", "b"), leaf("item", "c")];
        let fields = vec![leaf("Count", "3"), ("List".to_owned(), Node::Branch(items))];
        let flat = flatten(fields);
        let flat: Vec<_> = flat.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(
            flat,
            [
                ("Count", "3"),
                ("List.item", "a"),
                ("List.item[1]", "b"),
                ("List.item[2]", "c")
            ]
        );
    }

    #[test]
    fn what_cannot_be_stored_is_marked() {
        assert_eq!(printable("a\0b\u{1f}\t\n你"), "a\u{fffd}b\u{fffd}\t\n你");
    }
}
