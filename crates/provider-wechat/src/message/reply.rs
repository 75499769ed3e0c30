//! What is answered to a push, within five seconds (Tencent's documentation, 被动回复用户消息).

use std::fmt::Write as _;

use crate::crypto::Sealed;

/// The answer that accepts a push and says nothing to the person.
pub const ACCEPTED: &str = "success";

/// The longest text of a reply, in bytes of UTF-8. WeChat drops longer ones.
pub const MAX_REPLY_BYTES: usize = 2048;

/// A text to the person who caused a push.
#[derive(Debug, Clone, Copy)]
pub struct TextReply<'a> {
    /// The person: the push's `from_user`.
    pub to_user: &'a str,
    /// The account: the push's `to_user`.
    pub from_user: &'a str,
    /// Seconds since the Unix epoch.
    pub create_time: i64,
    /// At most [`MAX_REPLY_BYTES`]. A longer one is refused, never cut: half a link is worse than none.
    pub content: &'a str,
}

/// Why a reply cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// The text is longer than WeChat takes.
    #[error("a reply of {bytes} bytes, where {MAX_REPLY_BYTES} are allowed")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// WeChat would say "该公众号暂时无法提供服务" to the person.
    #[error("an empty reply")]
    Empty,
    /// A control character, which XML cannot carry.
    #[error("a reply with a control character")]
    ControlCharacter,
}

impl TextReply<'_> {
    /// The reply's XML.
    ///
    /// # Errors
    /// When XML or WeChat cannot carry it.
    pub fn to_xml(&self) -> Result<String, ReplyError> {
        let Self {
            to_user,
            from_user,
            create_time,
            content,
        } = *self;
        if content.len() > MAX_REPLY_BYTES {
            return Err(ReplyError::TooLong { bytes: content.len() });
        }
        if content.trim().is_empty() {
            return Err(ReplyError::Empty);
        }
        if [to_user, from_user, content].into_iter().any(has_forbidden) {
            return Err(ReplyError::ControlCharacter);
        }
        Ok(format!(
            "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>{create_time}</CreateTime>\
             <MsgType><![CDATA[text]]></MsgType><Content>{}</Content></xml>",
            cdata(to_user),
            cdata(from_user),
            cdata(content),
        ))
    }
}

/// The XML around an encrypted reply.
#[must_use]
pub fn sealed_xml(sealed: &Sealed) -> String {
    let Sealed {
        encrypt,
        msg_signature,
        timestamp,
        nonce,
    } = sealed;
    format!(
        "<xml><Encrypt>{}</Encrypt><MsgSignature>{}</MsgSignature><TimeStamp>{timestamp}</TimeStamp><Nonce>{}</Nonce></xml>",
        cdata(encrypt),
        cdata(msg_signature),
        cdata(nonce),
    )
}

/// The same for a push that came as JSON.
#[must_use]
pub fn sealed_json(sealed: &Sealed) -> String {
    serde_json::json!({
        "Encrypt": sealed.encrypt,
        "MsgSignature": sealed.msg_signature,
        "TimeStamp": sealed.timestamp,
        "Nonce": sealed.nonce,
    })
    .to_string()
}

/// `text` as character data. The one thing that would end the section too early is spread over two.
fn cdata(text: &str) -> String {
    let mut section = String::with_capacity(text.len() + 12);
    // Writing to a string cannot fail.
    let _ = write!(section, "<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"));
    section
}

/// XML 1.0, production `Char`.
fn has_forbidden(text: &str) -> bool {
    text.chars()
        .any(|c| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::{Format, Kind, parse_push, parse_sealed};

    fn reply(content: &str) -> Result<String, ReplyError> {
        TextReply {
            to_user: "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
            from_user: "gh_97417a04a28d",
            create_time: 12_345_678,
            content,
        }
        .to_xml()
    }

    #[test]
    fn a_reply_is_written_as_documented() {
        assert_eq!(
            reply("hi").unwrap(),
            "<xml><ToUserName><![CDATA[o9AgO5Kd5ggOC-bXrbNODIiE3bGY]]></ToUserName>\
             <FromUserName><![CDATA[gh_97417a04a28d]]></FromUserName><CreateTime>12345678</CreateTime>\
             <MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content></xml>"
        );
    }

    #[test]
    fn a_long_reply_is_refused_not_cut() {
        assert!(reply(&"a".repeat(2048)).is_ok());
        assert_eq!(reply(&"a".repeat(2049)), Err(ReplyError::TooLong { bytes: 2049 }));
        assert!(reply(&"虎".repeat(682)).is_ok());
        assert_eq!(reply(&"虎".repeat(683)), Err(ReplyError::TooLong { bytes: 2049 }));
    }

    #[test]
    fn what_cannot_be_carried_is_refused() {
        assert_eq!(reply(" \n"), Err(ReplyError::Empty));
        assert_eq!(reply("a\0"), Err(ReplyError::ControlCharacter));
        assert_eq!(reply("a\u{1b}[31m"), Err(ReplyError::ControlCharacter));
        assert!(reply("a\r\n\tb").is_ok());
    }

    #[test]
    fn nothing_gets_out_of_its_section() {
        let xml = reply("]]></Content><Evil>1</Evil><Content><![CDATA[").unwrap();
        assert!(!xml.contains("]]></Content><Evil>"), "{xml}");
        let content = read_back(&xml);
        assert_eq!(content, "]]></Content><Evil>1</Evil><Content><![CDATA[");
    }

    /// A reply has the form of a text message but for its id.
    fn read_back(xml: &str) -> String {
        let message = xml.replace("</xml>", "<MsgId>1</MsgId></xml>");
        match parse_push(message.as_bytes(), 1 << 20).unwrap().kind {
            Kind::Text { content, .. } => content,
            other => panic!("{other:?}"),
        }
    }

    /// The values of vector C.
    #[test]
    fn a_sealed_reply_is_written_as_documented() {
        let sealed = Sealed {
            encrypt: "jn1L23DB+6ELqJ==".to_owned(),
            msg_signature: "82c962d39941aa48552f90ef55aa323dc620cc10".to_owned(),
            timestamp: 1_409_304_348,
            nonce: "xxxxxx".to_owned(),
        };
        assert_eq!(
            sealed_xml(&sealed),
            "<xml><Encrypt><![CDATA[jn1L23DB+6ELqJ==]]></Encrypt>\
             <MsgSignature><![CDATA[82c962d39941aa48552f90ef55aa323dc620cc10]]></MsgSignature>\
             <TimeStamp>1409304348</TimeStamp><Nonce><![CDATA[xxxxxx]]></Nonce></xml>"
        );
        let back = parse_sealed(sealed_json(&sealed).as_bytes(), 4096).unwrap();
        assert_eq!((back.encrypt, back.format), (sealed.encrypt, Format::Json));
    }

    proptest! {
        #[test]
        fn every_text_arrives(content in "[\\]>\\[<!&a虎 \n]{1,60}") {
            prop_assume!(!content.trim().is_empty());
            prop_assert_eq!(read_back(&reply(&content).unwrap()), content);
        }
    }
}
