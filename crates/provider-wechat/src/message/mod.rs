//! What WeChat pushes to an account's server, and what may be answered (Tencent's documentation, 接收消息).
//!
//! Pushes are XML, or JSON where an account is set to it. Both are read into the same small tree and from there into a
//! [`Push`]. Whoever can reach the address can send anything, and the XML is read before a signature over it can be
//! checked, so the readers refuse what WeChat never sends: document types, entities, instructions, deep nesting.

mod error;
mod json;
mod node;
mod push;
mod read;
mod reply;
mod xml;

pub use error::MessageError;
pub use push::{Event, Format, Kind, Location, Push, Sealing};
pub use read::{MAX_BODY_BYTES, parse_push, parse_sealed};
pub use reply::{ACCEPTED, MAX_REPLY_BYTES, ReplyError, TextReply, sealed_json, sealed_xml};
