//! The provider against the stand-in for WeChat, and against servers that WeChat's stand-in would not be.

#![cfg(test)]

mod api;
mod canary;
mod contract;
mod diagnose;
mod faults;
mod fuzz_push;
mod login;
mod odd_answers;
mod refusals;
mod scripted_server;
mod support;
