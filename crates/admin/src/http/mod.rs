//! From requests to what pages are given, and from what pages answer to responses.
//!
//! - [`Visitor`]: any browser, signed in or not: language, theme, the token its forms carry.
//! - [`SignedIn`]: an operator with a full session, and their [`crate::access::Access`].
//! - [`Posted`]: a form body whose token was checked. There is no other way to read a body in a page, so no form
//!   is without its check.
//! - [`Refusal`]: why nothing was done. It travels as an extension of an empty response; [`dress`] makes a page of it
//!   in the visitor's language, or a problem document under `/admin/api`.

mod cookies;
mod dress;
mod posted;
mod refusal;
mod signed_in;
mod visitor;

pub(crate) use cookies::{clear_session, set_session, set_taste};
pub(crate) use dress::{dress, flash_to, is_ours};
pub(crate) use posted::{File, Posted};
pub(crate) use refusal::{Place, Refusal, Slip};
pub(crate) use signed_in::{HalfSignedIn, SignedIn};
pub(crate) use visitor::{Visitor, acquaint};

/// What pages answer.
pub(crate) type Answer = Result<axum::response::Response, Refusal>;
