//! WeChat's own shape at the root of the host: for programs that speak to WeChat and only had their host changed.

pub(crate) mod authorize;
pub(crate) mod cgi;
mod error;
mod numbers;
pub(crate) mod sns;
#[cfg(test)]
mod tests;
pub(crate) mod too_often;
mod wire;
