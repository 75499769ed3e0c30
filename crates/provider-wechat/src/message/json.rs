//! JSON into the same tree. Repeats are kept, which `serde_json`'s own value would silently drop.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::error::MessageError;
use super::node::{DEEPEST, Fields, Node, printable};

/// How the elements of an array are called, as in WeChat's XML.
const ITEM: &str = "item";

const TOO_DEEP: &str = "too deep";

/// The fields of the object.
pub(super) fn parse(text: &str) -> Result<Fields, MessageError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let node = Level(1).deserialize(&mut reader).map_err(|error| classify(&error))?;
    reader.end().map_err(|_| MessageError::Malformed)?;
    match node {
        Node::Branch(fields) => Ok(fields),
        Node::Leaf(_) => Err(MessageError::Malformed),
    }
}

fn classify(error: &serde_json::Error) -> MessageError {
    if error.is_data() && error.to_string().starts_with(TOO_DEEP) {
        MessageError::TooDeep
    } else {
        MessageError::Malformed
    }
}

/// Reads a value at this level, the object itself being the first.
#[derive(Clone, Copy)]
struct Level(usize);

impl Level {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.0 > DEEPEST {
            Err(E::custom(TOO_DEEP))
        } else {
            Ok(Self(self.0 + 1))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Leaf(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Leaf(printable(value)))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(String::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Node, A::Error> {
        let inner = self.deeper()?;
        let mut fields = Fields::new();
        while let Some(node) = array.next_element_seed(inner)? {
            fields.push((ITEM.to_owned(), node));
        }
        Ok(Node::Branch(fields))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Node, A::Error> {
        let inner = self.deeper()?;
        let mut fields = Fields::new();
        while let Some(name) = object.next_key::<String>()? {
            if name.is_empty() {
                return Err(A::Error::custom("a field without a name"));
            }
            fields.push((name, object.next_value_seed(inner)?));
        }
        Ok(Node::Branch(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(name: &str, text: &str) -> (String, Node) {
        (name.to_owned(), Node::Leaf(text.to_owned()))
    }

    #[test]
    fn values_become_texts() {
        let text = r#" {"a":"中\u0000","b":18446744073709551615,"c":-1,"d":23.13,"e":true,"f":null,"g":[1,{"h":""}],"a":"2"} "#;
        let list = Node::Branch(vec![
            leaf("item", "1"),
            ("item".to_owned(), Node::Branch(vec![leaf("h", "")])),
        ]);
        let expected = [
            leaf("a", "中\u{fffd}"),
            leaf("b", "18446744073709551615"),
            leaf("c", "-1"),
            leaf("d", "23.13"),
            leaf("e", "true"),
            leaf("f", ""),
            ("g".to_owned(), list),
            leaf("a", "2"),
        ];
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn what_is_no_object() {
        for wrong in ["", "1", "\"a\"", "{", "{}}", "{\"a\":1,}", "{\"\":1}", "{} x", "{a:1}"] {
            assert_eq!(parse(wrong), Err(MessageError::Malformed), "{wrong}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}{}", "{\"a\":".repeat(depth), 1, "}".repeat(depth));
        assert!(parse(&nested(8)).is_ok());
        assert_eq!(parse(&nested(9)), Err(MessageError::TooDeep));
        assert_eq!(parse(&nested(5000)), Err(MessageError::TooDeep));
        assert_eq!(
            parse(&format!("{{\"a\":{}", "[".repeat(50_000))),
            Err(MessageError::TooDeep)
        );
    }
}
