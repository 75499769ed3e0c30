//! WeChat as a provider of Hufu.
//!
//! Three kinds: [`WechatOfficialAccount`], login of people inside WeChat through an official account (公众号网页授权);
//! [`WechatWebsite`], login at a computer through a website app (网站应用); [`WechatMiniProgram`], login of mini programs
//! (小程序). The binary makes the first from a [`Config`] and the others beside it, and every connector opened from them
//! shares one HTTP client.
//!
//! ```
//! use hufu_core::provider::ProviderKind;
//! use hufu_provider_wechat::{Config, WechatOfficialAccount};
//!
//! let kind = WechatOfficialAccount::new(Config::default())?;
//! assert_eq!(kind.kind(), "wechat-official-account");
//! # Ok::<(), hufu_provider_wechat::SetupError>(())
//! ```
//!
//! Where things stand: [`api`] calls WeChat and knows its bodies, [`errors`] is the one table of its error numbers,
//! `authorize_url` and [`qrconnect_url`] write the two URLs people are sent to, `form` says what an admin fills in,
//! `official_account` puts these together into what the engine knows of a provider. What WeChat sends by itself is
//! opened by [`crypto`] and read by [`message`]; [`jssdk`] and [`raw_data`] sign for pages and check what mini programs
//! say; [`menu`] knows what a menu may be. None of these knows an HTTP server, a cookie or a row.

pub mod api;
mod app_settings;
mod authorize_url;
mod config;
pub mod crypto;
pub mod errors;
mod form;
mod hex;
pub mod jssdk;
mod login;
pub mod measures;
pub mod menu;
pub mod message;
mod mini_program;
mod official_account;
mod person;
mod probe;
pub mod qrconnect_url;
mod quota;
pub mod raw_data;
mod server_tokens;
mod website_app;

pub use config::Config;
pub use mini_program::WechatMiniProgram;
pub use official_account::{SetupError, WechatOfficialAccount};
pub use website_app::WechatWebsite;
