//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use hufu::config::Request;

use crate::commands::{
    agency, audit, backup, client, connector, demo, keys, menu, migrate, operator, push, secrets, serve, simulate,
    tenant, verify_file,
};
use crate::output;

/// Hufu (虎符): turns any WeChat account into a standard OpenID Connect login.
#[derive(Debug, Parser)]
#[command(name = "hufu", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file [default: ./hufu.toml when there is one, then hufu.toml in the data directory]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where database and key ring are [default: ./hufu-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// One JSON document on standard output, errors as JSON on standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve logins
    Serve(serve::Args),
    /// Try everything on this machine: Hufu, a WeChat stand-in and a small app, set up and connected
    Demo(demo::Args),
    /// Run the WeChat stand-in alone
    Simulate(simulate::Args),
    /// Bring the database's schema up to date
    Migrate(migrate::Args),
    /// Copy the SQLite database to a new file, also while Hufu runs
    Backup(backup::Args),
    /// Check the installation and every connected account
    Doctor,
    /// The key ring file, and the keys by which tenants sign
    #[command(subcommand)]
    Keys(keys::Command),
    /// Secrets at rest: which key sealed them, and sealing them again
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Tenants: each has its own issuer, keys, accounts, apps and people
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Operators: the people who use the console
    #[command(subcommand)]
    Operator(operator::Command),
    /// Agencies: whom operators and tenants belong to
    #[command(subcommand)]
    Agency(agency::Command),
    /// Connectors: a tenant's WeChat accounts
    #[command(subcommand)]
    Connector(connector::Command),
    /// Pushes: what an account's followers write and do, answered and forwarded
    #[command(subcommand)]
    Push(push::Command),
    /// Menus: what followers see at the foot of an account's chat
    #[command(subcommand)]
    Menu(menu::Command),
    /// Clients: the apps that send their users
    #[command(subcommand)]
    Client(client::Command),
    /// Domain ownership files for WeChat (MP_verify_….txt)
    #[command(subcommand)]
    VerifyFile(verify_file::Command),
    /// The audit log: every login and every change
    #[command(subcommand)]
    Audit(audit::Command),
}

impl Cli {
    /// Reads the arguments; what is to be said about them has been said when it fails.
    pub(crate) fn read() -> Result<Self, ExitCode> {
        Self::try_parse().map_err(|error| {
            let json = std::env::args_os().any(|argument| argument == "--json");
            output::usage(&error, json);
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        })
    }

    /// What the flags say about the configuration.
    pub(crate) fn request(&self) -> Request {
        Request {
            file: self.global.config.clone(),
            data_dir: self.global.data_dir.clone(),
            or_demo: self.command.may_use_demo_data(),
        }
    }
}

impl Command {
    /// Commands that look at or change an installation that is there, rather than make one.
    fn may_use_demo_data(&self) -> bool {
        match self {
            Self::Tenant(_)
            | Self::Operator(_)
            | Self::Agency(_)
            | Self::Connector(_)
            | Self::Client(_)
            | Self::Push(_)
            | Self::Menu(_)
            | Self::VerifyFile(_)
            | Self::Audit(_)
            | Self::Secrets(_)
            | Self::Keys(keys::Command::List { .. } | keys::Command::Rotate(_))
            | Self::Backup(_)
            | Self::Doctor => true,
            Self::Serve(_) | Self::Demo(_) | Self::Simulate(_) | Self::Migrate(_) | Self::Keys(_) => false,
        }
    }

    /// Commands that run until they are stopped, and log as servers do.
    pub(crate) fn is_server(&self) -> bool {
        matches!(self, Self::Serve(_) | Self::Demo(_) | Self::Simulate(_))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_anywhere() {
        let cli = Cli::try_parse_from(["hufu", "audit", "list", "--json", "--data-dir", "d"]).unwrap();
        assert!(cli.global.json && cli.request().data_dir == Some(PathBuf::from("d")) && cli.request().or_demo);
        assert!(!Cli::try_parse_from(["hufu", "keys", "init"]).unwrap().request().or_demo);
    }

    #[test]
    fn operators_of_the_demo_are_found_without_naming_its_directory() {
        for line in [
            vec!["hufu", "operator", "list"],
            vec!["hufu", "operator", "sessions", "end", "li@example.com"],
            vec!["hufu", "agency", "list"],
        ] {
            assert!(Cli::try_parse_from(line).unwrap().request().or_demo);
        }
    }

    #[test]
    fn no_secret_is_taken_as_an_argument() {
        let error = Cli::try_parse_from([
            "hufu",
            "connector",
            "add",
            "--tenant",
            "a",
            "--name",
            "n",
            "--appid",
            "wx",
            "--secret",
            "s",
        ]);
        assert_eq!(error.unwrap_err().exit_code(), 2);
    }
}
