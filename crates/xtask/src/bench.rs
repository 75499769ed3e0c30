//! `cargo xtask bench`.

use std::ffi::OsString;

use crate::process::{self, Done, program};
use crate::report::heading;

/// What is measured.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bench {
    /// Whole logins, closed loop, against the simulator, on SQLite and PostgreSQL.
    Login {
        /// Given to the measuring program; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

/// Builds for release and measures.
pub(crate) fn run(bench: &Bench) -> Done {
    let Bench::Login { arguments } = bench;
    let packages = ["--package", "hufu", "--package", "hufu-tests"];
    let mut build = program("cargo", ["build", "--release", "--bins"]);
    build.args(packages);
    heading("build", &process::spell(&build));
    process::run(&mut build)?;
    let mut measure = program("cargo", ["run", "--release"]);
    // The same packages as above, so that the same features are chosen and nothing is built again.
    measure
        .args(packages)
        .args(["--bin", "bench_login", "--"])
        .args(arguments);
    heading("bench login", &process::spell(&measure));
    process::run(&mut measure)
}
