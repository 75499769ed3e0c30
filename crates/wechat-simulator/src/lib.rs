//! A stand-in for WeChat's servers: the login pages of `open.weixin.qq.com`, the calls of `api.weixin.qq.com` that a
//! login needs, and the messages that WeChat pushes to an account's server, with a clock that can be moved, users that
//! can be chosen and faults that can be provoked.
//!
//! It shares no code with the login server it is used to test, so that a mistake made there is not repeated here.
//!
//! ```
//! use wechat_simulator::{Config, Simulator};
//!
//! let simulator = Simulator::new(Config::demo());
//! let everything_on_one_origin: axum::Router = simulator.router();
//! simulator.control().always_user(Some("lisi".to_owned()));
//! # drop(everything_on_one_origin);
//! ```

mod account;
mod admin;
mod calls;
mod clock;
mod config;
mod control;
mod failed_call;
mod fault;
mod follow;
mod ids;
mod js_ticket;
mod menu;
mod mini;
mod next_user;
mod pages;
mod params;
mod person;
mod push;
mod qr;
mod qr_login;
mod quota;
mod request_log;
mod server_token;
mod shelf;
mod simulator;
mod sns_token;
mod user;
mod wire;
mod world;

pub use account::{Account, AccountKind};
pub use config::{Config, DenyStyle};
pub use control::{Control, ControlError};
pub use fault::{Effect, Fault};
pub use js_ticket::{JsConfig, JsProblem};
pub use mini::SignedData;
pub use next_user::NextUser;
pub use push::{PushAttempt, PushConfig, PushConfigError, PushFault, PushMode, PushOutcome, PushRecord};
pub use qr_login::{QrLogin, QrLoginState};
pub use quota::Quotas;
pub use request_log::RequestLogEntry;
pub use simulator::Simulator;
pub use user::User;
