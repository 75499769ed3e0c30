//! Rows, one file a table, as the newest migration leaves them. Nothing outside this crate sees one.
//!
//! A new table: its migration, its file here, and the file of its aggregate, which turns rows into domain values.
#![expect(
    unreachable_pub,
    reason = "sea-orm's derives make public items; the modules keep them in the crate"
)]

pub(crate) mod access_token;
pub(crate) mod attempt;
pub(crate) mod audit_event;
pub(crate) mod client;
pub(crate) mod connector;
pub(crate) mod counter;
pub(crate) mod identity;
pub(crate) mod record;
pub(crate) mod session;
pub(crate) mod session_login;
pub(crate) mod signing_key;
pub(crate) mod subject;
pub(crate) mod tenant;
pub(crate) mod union;
pub(crate) mod verify_file;
