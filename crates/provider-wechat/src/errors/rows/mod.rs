//! The rows of the table.

mod calls;
mod credentials;
mod menu;
mod person;

use super::table::Row;

pub(super) use person::CODE_INVALID;

/// All there are.
pub(super) static TOPICS: [&[Row]; 4] = [person::ROWS, credentials::ROWS, calls::ROWS, menu::ROWS];
