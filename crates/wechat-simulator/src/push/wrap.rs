//! From a message to a request: signatures, encryption, and what a fault makes of them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use url::Url;

use super::config::{PushConfig, PushMode};
use super::crypto::{Envelope, signature};
use super::fault::PushFault;
use super::xml::{Value, document};
use crate::ids::Random;

const FORGED_TOKEN: &str = "NotTheTokenOfThisAccount";
const OTHER_APP_ID: &str = "wx00000000000000ff";
const DOCTYPE: &str = r#"<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/never.dtd">"#;

/// One request, ready to be sent.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) body: String,
}

/// What goes into a request.
pub(super) struct Parts<'a> {
    pub(super) config: &'a PushConfig,
    pub(super) app_id: &'a str,
    pub(super) original_id: &'a str,
    pub(super) openid: &'a str,
    pub(super) message: &'a str,
    pub(super) now: i64,
    pub(super) fault: Option<PushFault>,
}

impl Parts<'_> {
    /// Each with its own nonce. `None`: the configuration was never checked.
    pub(super) fn request(&self, random: &Random) -> Option<Request> {
        let (config, fault) = (self.config, self.fault);
        let past = match fault {
            Some(PushFault::StaleTimestamp { seconds }) => seconds,
            _ => 0,
        };
        let timestamp = self.now.saturating_sub(past).to_string();
        let nonce = random.digits(10);
        let forged = fault == Some(PushFault::ForgedSignature);
        let plain = config.mode == PushMode::Plain;
        let forged_inside = forged || fault == Some(PushFault::ForgedMsgSignature);
        let token = |forged: bool| if forged { FORGED_TOKEN } else { config.token.as_str() };
        let outer = token(if plain { forged_inside } else { forged });
        let signed = signature([outer, &timestamp, &nonce]);
        let mut query = vec![
            ("signature", signed.as_str()),
            ("timestamp", &timestamp),
            ("nonce", &nonce),
            ("openid", self.openid),
        ];
        if plain {
            let body = self.spoiled(self.message.to_owned(), false);
            let url = config.url_with(&query)?;
            return Some(Request { url, body });
        }
        let encrypted = self.encrypted(random)?;
        let msg_signature = signature([token(forged_inside), &timestamp, &nonce, &encrypted]);
        query.push(("encrypt_type", "aes"));
        query.push(("msg_signature", &msg_signature));
        let body = self.spoiled(self.envelope(&encrypted), false);
        let url = config.url_with(&query)?;
        Some(Request { url, body })
    }

    fn encrypted(&self, random: &Random) -> Option<String> {
        let envelope = Envelope::new(&self.config.encoding_aes_key, self.app_id)?;
        let message = self.spoiled(self.message.to_owned(), true);
        let salt = random.bytes();
        match self.fault {
            Some(PushFault::WrongAppId) => Some(envelope.seal_for(&salt, message.as_bytes(), OTHER_APP_ID)),
            Some(PushFault::FlippedCiphertext) => flipped(&envelope.seal(&salt, message.as_bytes())),
            _ => Some(envelope.seal(&salt, message.as_bytes())),
        }
    }

    /// The body around a ciphertext; in compatible mode it keeps the plain fields.
    fn envelope(&self, encrypted: &str) -> String {
        let text = |text: &str| Value::Text(text.to_owned());
        if self.config.mode == PushMode::Compatible
            && let Some(open) = self.message.strip_suffix("</xml>")
        {
            return format!("{open}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>");
        }
        document(&[("ToUserName", text(self.original_id)), ("Encrypt", text(encrypted))])
    }

    fn spoiled(&self, xml: String, inside: bool) -> String {
        match self.fault {
            Some(PushFault::Doctype { encrypted }) if encrypted == inside => format!("{DOCTYPE}{xml}"),
            Some(PushFault::EntityBomb { encrypted }) if encrypted == inside => bomb(&xml),
            Some(PushFault::Oversized { bytes }) if !inside => {
                let padding = "x".repeat(usize::try_from(bytes).unwrap_or_default());
                xml.replacen("</xml>", &format!("<Padding>{padding}</Padding></xml>"), 1)
            }
            _ => xml,
        }
    }
}

/// Somewhere in the second block, which holds the beginning of the message.
fn flipped(encrypted: &str) -> Option<String> {
    let mut bytes = BASE64_STANDARD.decode(encrypted).ok()?;
    *bytes.get_mut(20)? ^= 1;
    Some(BASE64_STANDARD.encode(bytes))
}

/// A billion laughs.
fn bomb(xml: &str) -> String {
    let mut dtd = String::from(r#"<!DOCTYPE xml [<!ENTITY a0 "哈">"#);
    for level in 1..=9 {
        let many = format!("&a{};", level - 1).repeat(10);
        dtd.push_str(&format!(r#"<!ENTITY a{level} "{many}">"#));
    }
    format!("{dtd}]>{}", xml.replacen("</xml>", "<Bomb>&a9;</Bomb></xml>", 1))
}
