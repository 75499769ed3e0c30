//! What WeChat makes of the answer to a push (Tencent doc: passive replies).

use super::config::{PushConfig, PushMode};
use super::crypto::{Envelope, signature};
use super::message::Message;
use super::xml::Fields;

/// The longest text, in bytes.
const LONGEST_TEXT: usize = 2048;
/// The kinds of reply besides text, which are shown by their name.
const OTHER_KINDS: [&str; 6] = ["image", "voice", "video", "music", "news", "transfer_customer_service"];

/// A good answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Nothing,
    Message(String),
}

/// `Err` says what is wrong.
pub(super) fn read(config: &PushConfig, app_id: &str, to: &Message, status: u16, body: &[u8]) -> Result<Reply, String> {
    if status != 200 {
        return Err(format!("HTTP status {status}"));
    }
    let body = std::str::from_utf8(body).map_err(|_| "not UTF-8")?;
    if body.is_empty() || body == "success" {
        return Ok(Reply::Nothing);
    }
    let fields = Fields::read(body).ok_or("neither success nor XML")?;
    match (fields.get("Encrypt"), config.mode) {
        (Some(_), PushMode::Plain) => Err("encrypted in plain mode".to_owned()),
        (None, PushMode::Safe) => Err("not encrypted in safe mode".to_owned()),
        (None, _) => message(&fields, to),
        (Some(encrypted), _) => {
            let plain = opened(config, app_id, &fields, encrypted)?;
            message(&Fields::read(&plain).ok_or("no XML inside the ciphertext")?, to)
        }
    }
}

fn opened(config: &PushConfig, app_id: &str, fields: &Fields, encrypted: &str) -> Result<String, String> {
    let timestamp = fields.get("TimeStamp").ok_or("TimeStamp is missing")?;
    let nonce = fields.get("Nonce").ok_or("Nonce is missing")?;
    let wanted = signature([&config.token, timestamp, nonce, encrypted]);
    if fields.get("MsgSignature") != Some(wanted.as_str()) {
        return Err("MsgSignature is wrong".to_owned());
    }
    let envelope = Envelope::new(&config.encoding_aes_key, app_id).ok_or("no key")?;
    let plain = envelope.open(encrypted).ok_or("the ciphertext does not open")?;
    String::from_utf8(plain).map_err(|_| "not UTF-8 inside the ciphertext".to_owned())
}

fn message(fields: &Fields, to: &Message) -> Result<Reply, String> {
    if fields.get("ToUserName") != Some(to.openid.as_str()) {
        return Err("ToUserName is not the sender's openid".to_owned());
    }
    if fields.get("FromUserName") != Some(to.original_id.as_str()) {
        return Err("FromUserName is not the account's original id".to_owned());
    }
    if fields
        .get("CreateTime")
        .and_then(|time| time.parse::<i64>().ok())
        .is_none()
    {
        return Err("CreateTime is no number".to_owned());
    }
    match fields.get("MsgType").unwrap_or_default() {
        "text" => text(fields.get("Content").unwrap_or_default()),
        kind if OTHER_KINDS.contains(&kind) => Ok(Reply::Message(format!("[{kind}]"))),
        kind => Err(format!("MsgType {kind:?} is unknown")),
    }
}

fn text(content: &str) -> Result<Reply, String> {
    match content.len() {
        0 => Err("Content is empty".to_owned()),
        length if length > LONGEST_TEXT => Err(format!("Content has {length} bytes, more than {LONGEST_TEXT}")),
        _ => Ok(Reply::Message(content.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::Kind;
    use super::*;

    fn read_plain(body: &str) -> Result<Reply, String> {
        read_in(PushMode::Plain, 200, body)
    }

    fn read_in(mode: PushMode, status: u16, body: &str) -> Result<Reply, String> {
        let config = PushConfig {
            url: "http://127.0.0.1:1/".into(),
            token: "AAAAA".into(),
            encoding_aes_key: "A".repeat(43),
            mode,
        };
        let to = Message {
            original_id: "gh_1".into(),
            openid: "o1".into(),
            created_at: 1,
            msg_id: "1".into(),
            kind: Kind::Unsubscribe,
        };
        read(&config, "wx1", &to, status, body.as_bytes())
    }

    fn reply(to: &str, from: &str, content: &str) -> String {
        format!(
            "<xml><ToUserName>{to}</ToUserName><FromUserName>{from}</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>{content}</Content></xml>"
        )
    }

    fn sealed(plain: &str, token: &str, app_id: &str) -> String {
        let envelope = Envelope::new(&"A".repeat(43), app_id).unwrap();
        let encrypted = envelope.seal(&[1; 16], plain.as_bytes());
        let signed = signature([token, "5", "n", &encrypted]);
        format!(
            "<xml><Encrypt>{encrypted}</Encrypt><MsgSignature>{signed}</MsgSignature><TimeStamp>5</TimeStamp><Nonce>n</Nonce></xml>"
        )
    }

    #[test]
    fn success_and_nothing_are_enough() {
        assert_eq!(read_plain("success"), Ok(Reply::Nothing));
        assert_eq!(read_plain(""), Ok(Reply::Nothing));
        for bad in ["ok", "\"success\"", "success\n", "{\"errcode\":0}", "<html></html>"] {
            assert!(read_plain(bad).is_err(), "{bad}");
        }
        assert!(read_in(PushMode::Plain, 500, "success").is_err());
    }

    #[test]
    fn a_text_is_checked() {
        assert_eq!(read_plain(&reply("o1", "gh_1", "hi")), Ok(Reply::Message("hi".into())));
        assert!(read_plain(&reply("gh_1", "o1", "hi")).is_err(), "not swapped");
        assert!(read_plain(&reply("o1", "gh_1", "")).is_err());
        assert!(read_plain(&reply("o1", "gh_1", &"x".repeat(2048))).is_ok());
        assert!(
            read_plain(&reply("o1", "gh_1", &"字".repeat(683))).is_err(),
            "bytes count"
        );
        assert!(read_plain(&reply("o1", "gh_1", "hi").replace(">text<", ">txt<")).is_err());
    }

    #[test]
    fn encryption_follows_the_mode() {
        let plain = reply("o1", "gh_1", "hi");
        let good = sealed(&plain, "AAAAA", "wx1");
        let hi = || Ok(Reply::Message("hi".into()));
        assert_eq!(read_in(PushMode::Safe, 200, &good), hi());
        assert_eq!(read_in(PushMode::Compatible, 200, &good), hi());
        assert_eq!(read_in(PushMode::Compatible, 200, &plain), hi());
        assert!(read_in(PushMode::Safe, 200, &plain).is_err());
        assert!(read_in(PushMode::Plain, 200, &good).is_err());
        let forged = read_in(PushMode::Safe, 200, &sealed(&plain, "BBBBB", "wx1"));
        assert_eq!(forged, Err("MsgSignature is wrong".into()));
        assert!(read_in(PushMode::Safe, 200, &sealed(&plain, "AAAAA", "wx2")).is_err());
    }
}
