//! Hufu: one binary that turns WeChat accounts into a standard login.

mod cli;
mod commands;
mod failure;
mod output;
mod table;
mod telemetry;

use std::process::ExitCode;

use hufu::config::{Loaded, environment};

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output::Output;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let output = Output::new(cli.global.json, environment::language());
    match run(cli, output).await {
        Ok(()) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(Failure::Said) => ExitCode::FAILURE,
        Err(failure) => {
            output.failure(&failure);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli, output: Output) -> Result<(), Failure> {
    let loaded = Loaded::read(&cli.request())?;
    let traces = telemetry::start(&loaded, cli.command.is_server())?;
    let ended = commands::run(cli, loaded, output).await;
    traces.close().await;
    ended
}
