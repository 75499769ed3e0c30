//! The provider against the stand-in for WeChat, and against servers that WeChat's stand-in would not be.

#![cfg(test)]

mod account;
mod api;
mod canary;
mod contract;
mod diagnose;
mod doors;
mod faults;
mod fuzz_push;
mod lane;
mod login;
mod odd_answers;
mod push;
mod refusals;
mod relay;
mod scripted_server;
mod server_token;
mod support;
