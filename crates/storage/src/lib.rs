//! Hufu's stores on SQLite and PostgreSQL.
pub mod config;
mod entity;
mod error;
