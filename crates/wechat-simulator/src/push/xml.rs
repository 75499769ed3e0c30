//! As much XML as messages need: one level of named fields.

use quick_xml::Reader;
use quick_xml::events::Event;

/// A value as WeChat writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(String),
}

/// `<xml>` around the fields.
pub(super) fn document(fields: &[(&str, Value)]) -> String {
    let mut xml = String::from("<xml>");
    for (name, value) in fields {
        let text = match value {
            // Nothing can end the section early.
            Value::Text(text) => format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>")),
            Value::Number(text) => text.clone(),
        };
        xml.push_str(&format!("<{name}>{text}</{name}>"));
    }
    xml.push_str("</xml>");
    xml
}

/// The fields of `<xml>`; those with fields of their own have an empty text.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// `None`: not well formed, another root, or a document type.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut depth = 0_usize;
        let mut closed = false;
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    let name = start.name().0.to_owned();
                    match depth {
                        0 if closed || name != "xml" => return None,
                        1 => fields.push((name, String::new())),
                        _ => {}
                    }
                    depth += 1;
                }
                Event::Empty(empty) if depth == 1 => {
                    let name = empty.name().0.to_owned();
                    fields.push((name, String::new()));
                }
                Event::End(_) => {
                    depth = depth.checked_sub(1)?;
                    closed = depth == 0;
                }
                Event::CData(data) if depth == 2 => push(&mut fields, &data),
                Event::Text(data) if depth == 2 => push(&mut fields, &data),
                Event::GeneralRef(entity) if depth == 2 => push(&mut fields, &resolved(&entity)?),
                Event::Text(data) if depth == 0 && !data.trim().is_empty() => return None,
                Event::DocType(_) => return None,
                Event::Eof => return closed.then_some(Self(fields)),
                _ => {}
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value)
    }
}

fn push(fields: &mut [(String, String)], text: &str) {
    if let Some((_, value)) = fields.last_mut() {
        value.push_str(text);
    }
}

/// The five entities of XML, and characters by number.
fn resolved(entity: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if let Some(character) = entity.resolve_char_ref().ok()? {
        return Some(character.to_string());
    }
    let text = match &**entity {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let xml = document(&[
            ("Content", Value::Text("a]]>b<c>&amp;".into())),
            ("CreateTime", Value::Number("12".into())),
        ]);
        let fields = Fields::read(&xml).unwrap();
        assert_eq!(fields.get("Content"), Some("a]]>b<c>&amp;"));
        assert_eq!(fields.get("CreateTime"), Some("12"));
        assert_eq!(fields.get("Other"), None);
    }

    #[test]
    fn entities_spaces_and_nesting() {
        let fields = Fields::read("<xml>\n <A>1 &lt; &#50;</A>\n <Image><MediaId>m</MediaId></Image></xml>\n").unwrap();
        assert_eq!(fields.get("A"), Some("1 < 2"));
        assert_eq!(fields.get("Image"), Some(""));
    }

    #[test]
    fn what_is_no_message() {
        for bad in [
            "",
            "success",
            "<html></html>",
            "<xml>",
            "<xml></xml>x",
            "<xml></xml><xml></xml>",
            "<!DOCTYPE xml><xml></xml>",
            "<xml><A>&bomb;</A></xml>",
            "{}",
        ] {
            assert!(Fields::read(bad).is_none(), "{bad}");
        }
    }
}
