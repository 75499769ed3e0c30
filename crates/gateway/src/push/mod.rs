//! Where providers push what happens at an account.

pub(crate) mod webhook;
