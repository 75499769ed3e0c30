//! What the end-to-end stories are told with: [`TestApp`] (a real Hufu beside a real simulator), [`Browser`] (one
//! person's browser, inside WeChat or not) and [`RelyingParty`] (an app that knows only OpenID Connect).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's helper fails the test"
)]

mod app;
pub mod bench;
mod browser;
mod client_key;
mod console;
pub mod installation;
pub mod process;
mod relying_party;

pub use app::{Engine, OffsetClock, Parts, TestApp, TestTenant};
pub use browser::{Browser, Page, Upload, WECHAT_USER_AGENT};
pub use client_key::ClientKey;
pub use console::{ConsoleUser, PASSWORD, fields};
pub use relying_party::{Login, RelyingParty, Tokens};
