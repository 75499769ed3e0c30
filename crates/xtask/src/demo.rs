//! `cargo xtask demo`.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;

use crate::process::{self, Done, Failure};

/// What the task takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Given to `hufu demo`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Becomes `hufu demo`, so that an interrupt from the terminal reaches it alone and it can end in order.
pub(crate) fn run(options: &Options) -> Done {
    let mut command = process::program("cargo", ["run", "--package", "hufu", "--", "demo"]);
    let error = command.args(&options.arguments).exec();
    Err(Failure(format!("{} ({error})", process::spell(&command))))
}
