//! What the measuring programs (`cargo xtask bench …`) share: a Hufu of its own beside a simulator of its own, people who
//! do one thing again and again, what Linux says of the processes, and Markdown tables.

mod drive;
mod journey;
pub mod machine;
mod running;
pub mod table;

use clap::ValueEnum;
use hufu_test_kit::postgres;

pub use self::drive::{Measured, Person, drive, measure};
pub use self::journey::{Journey, LoggedIn};
pub use self::running::{Prepared, Running};

/// On what database Hufu runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Database {
    /// A file of its own.
    Sqlite,
    /// A new database of the server that the tests use.
    Postgres,
}

impl Database {
    /// The URL of a new one; `None`: the default.
    pub async fn make(self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(postgres::fresh_database().await.url),
        }
    }

    /// As people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}
