//! WeChat's own shape at the root of the host: for programs that speak to WeChat and only had their host changed.

pub(crate) mod authorize;
mod error;
mod numbers;
pub(crate) mod sns;
mod wire;
