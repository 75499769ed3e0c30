//! Message push: what WeChat's servers send to an account's own server, and what they make of the answer.

mod config;
mod crypto;
mod engine;
mod fault;
mod handshake;
mod log;
mod message;
mod record;
mod reply;
mod wrap;
mod xml;

pub use config::{PushConfig, PushConfigError, PushMode};
pub(crate) use engine::deliver;
pub use fault::PushFault;
pub(crate) use handshake::shake_hands;
pub(crate) use log::{Desks, PushLog};
pub(crate) use message::{Kind, Message};
pub use record::{PushAttempt, PushOutcome, PushRecord};
