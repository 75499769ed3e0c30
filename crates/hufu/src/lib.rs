//! Hufu, put together: the one crate that names the concrete database, the concrete plug-ins and the concrete faces.
//!
//! [`config`] says what an installation can set, [`providers`] is the list of plug-ins, [`Hufu::assemble`] the list of
//! parts, and [`Hufu::run`] serves them. The commands of the binary stand on this.

mod assemble;
pub mod config;
mod connections;
pub mod deliverer;
mod forwarder;
pub mod measures;
pub mod probe;
pub mod providers;
mod scrape;
pub mod server;
pub mod traces;

pub use assemble::{AssembleError, Hufu, Injected};
pub use config::Config;
