//! A push, typed.

use std::collections::BTreeMap;
use std::fmt;

/// What one push says.
#[derive(Clone, PartialEq)]
pub struct Push {
    /// The account: its original id, `gh_…`.
    pub to_user: String,
    /// The person: their openid at this account.
    pub from_user: String,
    /// Seconds since the Unix epoch, by WeChat's clock.
    pub create_time: i64,
    /// What it is about.
    pub kind: Kind,
    /// How it was written; a reply is written the same way.
    pub format: Format,
    /// The message as it was read, after decryption: XML or JSON. Holds what people wrote.
    pub raw: String,
}

/// XML or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What WeChat sends as long as nobody asks for JSON.
    Xml,
    /// An account set to JSON (小程序 can be).
    Json,
}

/// What a push is about.
#[derive(Clone, PartialEq)]
pub enum Kind {
    /// A person wrote.
    Text {
        /// What they wrote.
        content: String,
        /// WeChat's id of the message.
        msg_id: String,
    },
    /// Something happened.
    Event(Event),
    /// A person sent something else: a picture, a place, …
    Other {
        /// WeChat's name of it.
        msg_type: String,
        /// WeChat's id of the message.
        msg_id: Option<String>,
    },
}

/// Something that happened.
#[derive(Clone, PartialEq)]
pub struct Event {
    /// WeChat's name of it: `subscribe`, `SCAN`, `CLICK`, …
    pub name: String,
    /// What it is about: a menu's key or URL, a QR code's scene. Empty counts as none.
    pub key: Option<String>,
    /// The ticket of the QR code that was scanned.
    pub ticket: Option<String>,
    /// Where the person is.
    pub location: Option<Location>,
    /// Everything else by its path: `ScanCodeInfo.ScanResult`.
    pub fields: BTreeMap<String, String>,
}

/// A place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Metres.
    pub precision: f64,
}

/// An encrypted push before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealing {
    /// The account, which nothing proves yet.
    pub to_user: Option<String>,
    /// Base64, for [`crate::crypto::PushCipher::open`].
    pub encrypt: String,
    /// How the sealed reply is to be written.
    pub format: Format,
}

/// Before the scene of a person who was no follower.
const SCENE_OF_NEWCOMER: &str = "qrscene_";

impl Push {
    /// The same for all tries of one push, which WeChat makes up to three times: the id of a message; of what has
    /// none, who, when and what. Unique within one account.
    #[must_use]
    pub fn dedup_key(&self) -> String {
        let what = match &self.kind {
            Kind::Text { msg_id, .. }
            | Kind::Other {
                msg_id: Some(msg_id), ..
            } => return format!("message:{msg_id}"),
            Kind::Event(event) => &event.name,
            Kind::Other { msg_type, .. } => msg_type,
        };
        format!("event:{}:{}:{what}", self.from_user, self.create_time)
    }

    /// The event, when it is one.
    #[must_use]
    pub const fn event(&self) -> Option<&Event> {
        match &self.kind {
            Kind::Event(event) => Some(event),
            _ => None,
        }
    }

    /// The scene of the QR code that was scanned, see [`Event::scene`].
    #[must_use]
    pub fn scene(&self) -> Option<&str> {
        self.event()?.scene()
    }
}

impl Event {
    /// Whether it is the event that WeChat calls `name`; letter case varies in old documentation.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The scene of the QR code that was scanned: bare for a follower, behind `qrscene_` for somebody who follows by
    /// scanning. None where a person follows without a QR code.
    #[must_use]
    pub fn scene(&self) -> Option<&str> {
        let key = self.key.as_deref()?;
        let scene = if self.is("SCAN") {
            key
        } else if self.is("subscribe") {
            key.strip_prefix(SCENE_OF_NEWCOMER)?
        } else {
            return None;
        };
        Some(scene).filter(|scene| !scene.is_empty())
    }
}

/// Without what people wrote and what tells who they are: for logs.
impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("to_user", &self.to_user)
            .field("create_time", &self.create_time)
            .field("kind", &self.kind)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { .. } => f.write_str("Text"),
            Self::Event(event) => event.fmt(f),
            Self::Other { msg_type, .. } => write!(f, "Other({msg_type})"),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({})", self.name)
    }
}
