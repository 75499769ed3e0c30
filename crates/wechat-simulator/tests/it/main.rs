//! The simulator from outside, without a network where possible.

// Marked as tests, so that the lints treat helpers as they treat test functions.
#[cfg(test)]
mod admin;
#[cfg(test)]
mod authorize;
#[cfg(test)]
mod connection;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod js_ticket;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod menu;
#[cfg(test)]
mod mini;
#[cfg(test)]
mod push;
#[cfg(test)]
mod push_faults;
#[cfg(test)]
mod qr;
#[cfg(test)]
mod qrconnect;
#[cfg(test)]
mod quota;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod server_token;
#[cfg(test)]
mod sns;
#[cfg(test)]
mod user_info;
