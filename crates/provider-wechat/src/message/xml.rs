//! XML into a tree. Nothing is fetched, nothing is expanded, and depth is bounded.

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesRef, Event};

use super::error::MessageError;
use super::node::{DEEPEST, Fields, Node, printable};

/// An element that has been opened.
struct Open {
    name: String,
    children: Fields,
    text: Vec<Piece>,
}

struct Piece {
    text: String,
    /// White space counts there; elsewhere it is how the message is laid out.
    is_cdata: bool,
}

/// The fields below the root, which is called `xml`.
pub(super) fn parse(text: &str) -> Result<Fields, MessageError> {
    let mut reader = Reader::from_str(text);
    let mut document = Document::default();
    let mut is_first = true;
    loop {
        match reader.read_event().map_err(|_| MessageError::Malformed)? {
            Event::Eof => return document.finish(),
            Event::Decl(declaration) if is_first => check_encoding(&declaration)?,
            Event::Decl(_) | Event::PI(_) => return Err(MessageError::Forbidden("a processing instruction")),
            Event::DocType(_) => return Err(MessageError::Forbidden("a document type")),
            Event::Comment(_) => {}
            // Attributes mean nothing in WeChat's messages and are not looked at.
            Event::Start(start) => document.open(start.name().as_ref())?,
            Event::Empty(start) => {
                document.open(start.name().as_ref())?;
                document.close()?;
            }
            Event::End(_) => document.close()?,
            Event::Text(text) => document.add(&text.xml10_content(), false)?,
            Event::CData(text) => document.add(&text.xml10_content(), true)?,
            Event::GeneralRef(reference) => {
                let mut utf8 = [0; 4];
                document.add(resolve(&reference)?.encode_utf8(&mut utf8), false)?;
            }
        }
        is_first = false;
    }
}

fn check_encoding(declaration: &BytesDecl<'_>) -> Result<(), MessageError> {
    // Markup has no place there; parsers differ in where such a declaration ends.
    if declaration.contains('<') {
        return Err(MessageError::Forbidden("markup in the declaration"));
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(_) => Err(MessageError::NotUtf8),
    }
}

/// One of the five that XML knows by itself, or a character by its number.
fn resolve(reference: &BytesRef<'_>) -> Result<char, MessageError> {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => return Ok(c),
        Ok(None) => {}
        Err(_) => return Err(MessageError::Malformed),
    }
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(MessageError::Forbidden("an entity")),
    }
}

#[derive(Default)]
struct Document {
    stack: Vec<Open>,
    root: Option<Fields>,
}

impl Document {
    fn open(&mut self, name: &str) -> Result<(), MessageError> {
        if self.stack.is_empty() && (self.root.is_some() || name != "xml") {
            return Err(MessageError::Malformed);
        }
        if self.stack.len() == DEEPEST {
            return Err(MessageError::TooDeep);
        }
        self.stack.push(Open {
            name: name.to_owned(),
            children: Vec::new(),
            text: Vec::new(),
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), MessageError> {
        let element = self.stack.pop().ok_or(MessageError::Malformed)?;
        let name = element.name.clone();
        match self.stack.last_mut() {
            Some(parent) => parent.children.push((name, element.into_node()?)),
            None => {
                self.root = Some(match element.into_node()? {
                    Node::Branch(fields) => fields,
                    Node::Leaf(text) if is_blank(&text) => Fields::new(),
                    Node::Leaf(_) => return Err(MessageError::Malformed),
                });
            }
        }
        Ok(())
    }

    fn add(&mut self, text: &str, is_cdata: bool) -> Result<(), MessageError> {
        match self.stack.last_mut() {
            Some(element) => element.text.push(Piece {
                text: text.to_owned(),
                is_cdata,
            }),
            None if is_blank(text) && !is_cdata => {}
            None => return Err(MessageError::Malformed),
        }
        Ok(())
    }

    fn finish(self) -> Result<Fields, MessageError> {
        match self {
            Self {
                root: Some(fields),
                stack,
            } if stack.is_empty() => Ok(fields),
            _ => Err(MessageError::Malformed),
        }
    }
}

impl Open {
    fn into_node(self) -> Result<Node, MessageError> {
        let has_cdata = self.text.iter().any(|piece| piece.is_cdata);
        let counts = |piece: &&Piece| piece.is_cdata || !has_cdata || !is_blank(&piece.text);
        let text: String = self
            .text
            .iter()
            .filter(counts)
            .map(|piece| piece.text.as_str())
            .collect();
        if self.children.is_empty() {
            Ok(Node::Leaf(printable(&text)))
        } else if is_blank(&text) {
            Ok(Node::Branch(self.children))
        } else {
            Err(MessageError::Malformed)
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(name: &str, text: &str) -> (String, Node) {
        (name.to_owned(), Node::Leaf(text.to_owned()))
    }

    #[test]
    fn elements_and_their_text() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n  <A><![CDATA[ 1 <&] ]]></A>\n <B>2</B><C/><D></D>\
                    <E>\n<![CDATA[x]]>\n</E><!-- no --><F a=\"&x;\">&lt;&amp; &amp;&#20013;&#x6587;</F> </xml>\n";
        let expected = [
            leaf("A", " 1 <&] "),
            leaf("B", "2"),
            leaf("C", ""),
            leaf("D", ""),
            leaf("E", "x"),
            leaf("F", "<& &中文"),
        ];
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse("<xml/>"), Ok(Vec::new()));
        assert_eq!(parse("<xml> \n </xml>"), Ok(Vec::new()));
    }

    #[test]
    fn cdata_may_stand_in_pieces() {
        let text = "<xml><A><![CDATA[a]]]]><![CDATA[>b]]></A></xml>";
        assert_eq!(parse(text).unwrap(), [leaf("A", "a]]>b")]);
    }

    #[test]
    fn what_attackers_send() {
        let refused = |text: &str| match parse(text) {
            Err(MessageError::Forbidden(what)) => what,
            other => panic!("{text}: {other:?}"),
        };
        let bomb = "<!DOCTYPE lolz [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><xml><A>&b;</A></xml>";
        let outside = "<?xml version=\"1.0\"?><!DOCTYPE x SYSTEM \"file:///etc/passwd\"><xml/>";
        assert_eq!(refused(bomb), "a document type");
        assert_eq!(refused(outside), "a document type");
        assert_eq!(refused("<xml><!DOCTYPE x></xml>"), "a document type");
        assert_eq!(refused("<xml><A>&xxe;</A></xml>"), "an entity");
        assert_eq!(refused("<xml><A>&nbsp;</A></xml>"), "an entity");
        assert_eq!(
            refused("<?xml-stylesheet href=\"x\"?><xml/>"),
            "a processing instruction"
        );
        assert_eq!(refused("<xml><?php 1 ?></xml>"), "a processing instruction");
        assert_eq!(refused("<xml/><?xml version=\"1.0\"?>"), "a processing instruction");
    }

    #[test]
    fn what_is_not_well_formed() {
        for wrong in [
            "",
            " ",
            "text",
            "<xml>",
            "</xml>",
            "<xml></xml></xml>",
            "<xml/><xml/>",
            "<xml><A></xml></A>",
            "<xml><A></B></xml>",
            "<xml>text</xml>",
            "<xml>a<A/>b</xml>",
            "<xml/>text",
            "<![CDATA[x]]><xml/>",
            "<other/>",
            "<XML/>",
            "<xml><A>&amp</A></xml>",
            "<xml><A>&#0;</A></xml>",
            "<xml><A>&#x110000;</A></xml>",
            "<xml><A>&#99999999999999999999;</A></xml>",
            "<xml><A><![CDATA[x</A></xml>",
            "<xml><!-- ",
            "<xml",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("<xml>{}{}</xml>", "<a>".repeat(depth - 1), "</a>".repeat(depth - 1));
        assert!(parse(&nested(8)).is_ok());
        assert_eq!(parse(&nested(9)), Err(MessageError::TooDeep));
        assert_eq!(parse(&"<xml>".repeat(20_000)), Err(MessageError::TooDeep));
    }

    #[test]
    fn other_encodings() {
        for wrong in ["GBK", "utf-16", "ISO-8859-1", ""] {
            let text = format!("<?xml version=\"1.0\" encoding=\"{wrong}\"?><xml/>");
            assert_eq!(parse(&text), Err(MessageError::NotUtf8), "{wrong}");
        }
        assert!(parse("<?xml version=\"1.0\" encoding='utf-8'?><xml/>").is_ok());
    }
}
