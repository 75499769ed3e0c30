//! Pushes of one account (Tencent's documentation, 接收消息 and 消息加解密).
//!
//! The order of checks: size, the query's form, its time, and then, before a word of the body is believed, the
//! signature. What is written after that comes from WeChat, but maybe for another account.

use std::time::Duration;

use hufu_core::clock::{Timestamp, random_alphanumeric};
use hufu_core::provider::{Push, PushAnswer, PushEvent, PushRefused, WebhookReceiver};
use hufu_core::secret::ExposeSecret as _;

use super::OfficialAccount;
use super::settings::{PushMode, Settings};
use crate::crypto::{EncodingAesKey, KeyAge, PushCipher, PushToken};
use crate::message::{
    self, ACCEPTED, Format, Kind, MAX_BODY_BYTES, MAX_REPLY_BYTES, MessageError, TextReply, parse_push, parse_sealed,
    sealed_json, sealed_xml,
};

/// How far the clocks of WeChat and this machine may be apart, the way between them included. Copies within it are
/// known by their key.
const WINDOW: Duration = Duration::from_secs(600);
/// The longest `echostr` that is given back; WeChat's have up to 20 characters.
const LONGEST_ECHO: usize = 64;

/// Codes of [`PushRefused`].
pub(super) mod code {
    /// A parameter is missing, there twice or malformed.
    pub(in super::super) const QUERY: &str = "query";
    /// The time is too far from now.
    pub(in super::super) const STALE: &str = "stale";
    /// Somebody else signed it, or nobody.
    pub(in super::super) const SIGNATURE: &str = "signature";
    /// It is plain where it must be sealed, or the other way round.
    pub(in super::super) const MODE: &str = "mode";
    /// The body is longer than WeChat's.
    pub(in super::super) const TOO_LARGE: &str = "too_large";
    /// The body is not what WeChat sends.
    pub(in super::super) const MALFORMED: &str = "malformed";
    /// It cannot be opened: another key, another account, or damaged.
    pub(in super::super) const UNOPENABLE: &str = "unopenable";
    /// It is for another account.
    pub(in super::super) const ANOTHER_ACCOUNT: &str = "another_account";
    /// The reply cannot be written.
    pub(in super::super) const REPLY: &str = "reply";
}

/// What is needed to take pushes.
#[derive(Debug)]
pub(super) struct Webhook {
    token: PushToken,
    /// None in plain mode.
    cipher: Option<PushCipher>,
}

impl Webhook {
    /// `None`: pushes are off, or not yet set up.
    pub(super) fn of(settings: &Settings) -> Option<Self> {
        let secrets = &settings.push;
        let token = PushToken::parse(secrets.token.as_ref()?.expose_secret()).ok()?;
        let key = |secret: &hufu_core::secret::SecretString| EncodingAesKey::parse(secret.expose_secret()).ok();
        let cipher = match settings.push_mode {
            PushMode::Off => return None,
            PushMode::Plain => None,
            PushMode::Safe | PushMode::Compatible => Some(PushCipher::new(
                settings.app_id.clone(),
                key(secrets.key.as_ref()?)?,
                secrets.key_before.as_ref().and_then(key),
            )),
        };
        Some(Self { token, cipher })
    }
}

fn refused(code: &'static str, debug: impl Into<String>) -> PushRefused {
    PushRefused {
        code,
        debug: debug.into(),
    }
}

fn unreadable(error: MessageError) -> PushRefused {
    match error {
        MessageError::TooLong { .. } => refused(code::TOO_LARGE, error.to_string()),
        _ => refused(code::MALFORMED, error.to_string()),
    }
}

/// The one value of a parameter.
fn parameter<'a>(query: &'a [(String, String)], name: &str) -> Result<&'a str, PushRefused> {
    let mut values = query.iter().filter(|(known, _)| known == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value),
        (None, _) => Err(refused(code::QUERY, format!("{name} is missing"))),
        (Some(_), Some(_)) => Err(refused(code::QUERY, format!("{name} stands there twice"))),
    }
}

/// Timestamp and nonce, when the time is near now.
fn timely(query: &[(String, String)], now: Timestamp) -> Result<(&str, &str), PushRefused> {
    let (timestamp, nonce) = (parameter(query, "timestamp")?, parameter(query, "nonce")?);
    let is_number = (1..=12).contains(&timestamp.len()) && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = timestamp.parse::<i64>().ok().filter(|_| is_number);
    let seconds = seconds.ok_or_else(|| refused(code::QUERY, "timestamp is no number"))?;
    let apart = now.as_secs().abs_diff(seconds);
    if apart > WINDOW.as_secs() {
        return Err(refused(code::STALE, format!("{apart} s from this machine's clock")));
    }
    Ok((timestamp, nonce))
}

fn is_sealed(query: &[(String, String)]) -> Result<bool, PushRefused> {
    match parameter(query, "encrypt_type") {
        Ok("aes") => Ok(true),
        Ok("" | "raw") => Ok(false),
        Ok(_) => Err(refused(code::QUERY, "encrypt_type is neither aes nor raw")),
        Err(_) if query.iter().all(|(name, _)| name != "encrypt_type") => Ok(false),
        Err(twice) => Err(twice),
    }
}

impl OfficialAccount {
    fn webhook_parts(&self) -> Result<&Webhook, PushRefused> {
        self.webhook
            .as_ref()
            .ok_or_else(|| refused(code::MODE, "pushes are off"))
    }

    fn opened(
        &self,
        webhook: &Webhook,
        query: &[(String, String)],
        body: &[u8],
        (timestamp, nonce): (&str, &str),
    ) -> Result<(message::Push, Option<KeyAge>), PushRefused> {
        let sealed = is_sealed(query)?;
        let Some(cipher) = &webhook.cipher else {
            let signature = parameter(query, "signature")?;
            if sealed {
                return Err(refused(code::MODE, "sealed, where plain mode is set"));
            }
            if !webhook.token.signed_query(timestamp, nonce, signature) {
                return Err(refused(code::SIGNATURE, "signature is not the token's"));
            }
            return Ok((parse_push(body, MAX_BODY_BYTES).map_err(unreadable)?, None));
        };
        if !sealed {
            return Err(refused(code::MODE, "plain, where it must be sealed"));
        }
        let signature = parameter(query, "msg_signature")?;
        let outside = parse_sealed(body, MAX_BODY_BYTES).map_err(unreadable)?;
        if !webhook
            .token
            .signed_message(timestamp, nonce, &outside.encrypt, signature)
        {
            return Err(refused(code::SIGNATURE, "msg_signature is not the token's"));
        }
        let opened = cipher.open(&outside.encrypt);
        let opened = opened.map_err(|error| refused(code::UNOPENABLE, error.to_string()))?;
        let push = parse_push(&opened.message, MAX_BODY_BYTES).map_err(unreadable)?;
        Ok((push, Some(opened.key)))
    }
}

impl WebhookReceiver for OfficialAccount {
    fn handshake(&self, query: &[(String, String)], now: Timestamp) -> Result<String, PushRefused> {
        let webhook = self.webhook_parts()?;
        let echo = parameter(query, "echostr")?;
        let signature = parameter(query, "signature")?;
        let (timestamp, nonce) = timely(query, now)?;
        if !webhook.token.signed_query(timestamp, nonce, signature) {
            return Err(refused(code::SIGNATURE, "signature is not the token's"));
        }
        // The signature is not over it: nobody shall write a page here.
        let is_echo = (1..=LONGEST_ECHO).contains(&echo.len()) && echo.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_echo {
            return Err(refused(code::QUERY, "echostr has not WeChat's form"));
        }
        Ok(echo.to_owned())
    }

    fn receive(&self, query: &[(String, String)], body: &[u8], now: Timestamp) -> Result<Push, PushRefused> {
        let webhook = self.webhook_parts()?;
        if body.len() > MAX_BODY_BYTES {
            return Err(refused(code::TOO_LARGE, format!("{} bytes", body.len())));
        }
        let signed = timely(query, now)?;
        let (push, key) = self.opened(webhook, query, body, signed)?;
        if let Some(own) = &self.settings.original_id
            && *own != push.to_user
        {
            return Err(refused(code::ANOTHER_ACCOUNT, format!("for {}", push.to_user)));
        }
        Ok(Push {
            key: push.dedup_key(),
            event: event(&push),
            at: Timestamp::from_millis(push.create_time.saturating_mul(1000)),
            from: push.from_user,
            to: push.to_user,
            body: push.raw,
            content_type: match push.format {
                Format::Xml => "text/xml",
                Format::Json => "application/json",
            },
            sealed: key.is_some(),
            by_key_before: key == Some(KeyAge::Previous),
        })
    }

    fn accepted(&self) -> PushAnswer {
        PushAnswer {
            content_type: "text/plain",
            body: ACCEPTED.to_owned(),
        }
    }

    fn reply(&self, push: &Push, text: &str, now: Timestamp) -> Result<PushAnswer, PushRefused> {
        let webhook = self.webhook_parts()?;
        let reply = TextReply {
            to_user: &push.from,
            from_user: &push.to,
            create_time: now.as_secs(),
            content: text,
        };
        let xml = reply
            .to_xml()
            .map_err(|error| refused(code::REPLY, error.to_string()))?;
        let is_json = push.content_type == "application/json";
        let written = if is_json { in_json(&reply) } else { xml };
        let body = match &webhook.cipher {
            Some(cipher) if push.sealed => {
                let age = if push.by_key_before {
                    KeyAge::Previous
                } else {
                    KeyAge::Current
                };
                let nonce = random_alphanumeric(&*self.host.random, 16);
                let mut random = [0; 16];
                self.host.random.fill(&mut random);
                let fresh = (now.as_secs(), nonce.as_str(), random);
                let sealed = cipher.seal_reply(age, written.as_bytes(), &webhook.token, fresh);
                if is_json {
                    sealed_json(&sealed)
                } else {
                    sealed_xml(&sealed)
                }
            }
            _ => written,
        };
        Ok(PushAnswer {
            content_type: push.content_type,
            body,
        })
    }
}

/// A reply to a push that came as JSON.
fn in_json(reply: &TextReply<'_>) -> String {
    serde_json::json!({
        "ToUserName": reply.to_user,
        "FromUserName": reply.from_user,
        "CreateTime": reply.create_time,
        "MsgType": "text",
        "Content": reply.content,
    })
    .to_string()
}

fn event(push: &message::Push) -> PushEvent {
    let scene = || push.scene().map(str::to_owned);
    match &push.kind {
        Kind::Text { content, .. } => PushEvent::Text {
            content: content.clone(),
        },
        Kind::Event(event) if event.is("subscribe") => PushEvent::Subscribed { scene: scene() },
        Kind::Event(event) if event.is("unsubscribe") => PushEvent::Unsubscribed,
        Kind::Event(event) => match scene() {
            Some(scene) if event.is("SCAN") => PushEvent::Scanned { scene },
            _ => PushEvent::Other {
                name: event.name.clone(),
            },
        },
        Kind::Other { msg_type, .. } => PushEvent::Other { name: msg_type.clone() },
    }
}

const _: () = assert!(
    MAX_REPLY_BYTES == hufu_core::model::PushText::LONGEST,
    "texts are checked when they are saved"
);

#[cfg(test)]
mod tests;
