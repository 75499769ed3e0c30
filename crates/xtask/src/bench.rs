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
    /// Logins at one tenant, alone and while another tenant is flooded, on SQLite.
    Flood {
        /// Given to the measuring program; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// The token endpoint with each signature algorithm, beside the bare signature, and public documents, on both.
    Oidc {
        /// Given to the measuring program; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Reads of a held server token, and what many readers cost the provider, on SQLite and PostgreSQL.
    Token {
        /// Given to the measuring program; `--help` lists them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

/// Builds for release and measures.
pub(crate) fn run(bench: &Bench) -> Done {
    let (name, program_name, arguments) = match bench {
        Bench::Login { arguments } => ("bench login", "bench_login", arguments),
        Bench::Flood { arguments } => ("bench flood", "bench_flood", arguments),
        Bench::Oidc { arguments } => ("bench oidc", "bench_oidc", arguments),
        Bench::Token { arguments } => ("bench token", "bench_token", arguments),
    };
    let packages = ["--package", "hufu", "--package", "hufu-tests"];
    let mut build = program("cargo", ["build", "--release", "--bins"]);
    build.args(packages);
    heading("build", &process::spell(&build));
    process::run(&mut build)?;
    let mut measure = program("cargo", ["run", "--release"]);
    // The same packages as above, so that the same features are chosen and nothing is built again.
    measure
        .args(packages)
        .args(["--bin", program_name, "--"])
        .args(arguments);
    heading(name, &process::spell(&measure));
    process::run(&mut measure)
}
