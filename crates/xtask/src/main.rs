//! Tasks of the workspace.
//!
//! `cargo xtask test` is everything that must hold before a change goes in; it needs Rust and, for the database and
//! the browser of the tests, Debian's packages, which it installs when it may.

mod bench;
mod demo;
mod process;
mod report;
mod system;
mod test;

use std::process::ExitCode;

use clap::Parser;

/// Tasks of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Checks all that must hold: format, lints, tests, documentation.
    Test(test::Options),
    /// Starts Hufu with a simulated WeChat and an app: nothing to set up.
    Demo(demo::Options),
    /// Measures in release builds.
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Test(options) => test::run(&options),
        Task::Demo(options) => demo::run(&options),
        Task::Bench(bench) => bench::run(&bench),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::say(&format!("\nFAILED {failure}"));
            ExitCode::FAILURE
        }
    }
}
