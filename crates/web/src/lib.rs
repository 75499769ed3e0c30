//! What the HTTP faces of Hufu share: everything of a request that is the same whoever serves it.
//!
//! A face holds a [`Site`] and lays [`request_log::log`] and [`headers::secure`] around its routes. Nothing here
//! decides a login: that is the engine's.

pub mod assets;
pub mod body;
pub mod browser;
pub mod client_ip;
pub mod cookies;
pub mod error;
pub mod headers;
pub mod host;
pub mod limits;
pub mod locale;
pub mod measures;
pub mod page;
pub mod qr;
pub mod request_log;
mod site;
pub mod tenant;
pub mod urls;

pub use site::Site;
