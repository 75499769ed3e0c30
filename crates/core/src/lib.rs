//! The engine of Hufu: domain model, store ports, provider contract and the login flow.
//!
//! Nothing here knows HTTP servers, SQL, HTTP clients or HTML. Imports run in one direction:
//! `flow, manage → provider → store → model → oidc, ids, clock, secret, error`.
//! [`probe`] and [`deliverer`] are ports to the outside world, beside the stores.
//!
//! The map of one login stands at the head of [`flow`].

#[macro_use]
mod words;

pub mod clock;
pub mod deliverer;
pub mod error;
pub mod flow;
pub mod ids;
pub mod manage;
pub mod model;
pub mod network;
pub mod oidc;
pub mod password;
pub mod probe;
pub mod provider;
pub mod secret;
pub mod sheet;
pub mod store;
pub mod text;
pub mod totp;
