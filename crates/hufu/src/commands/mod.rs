//! One file a command.

pub(crate) mod agency;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod client;
pub(crate) mod connector;
mod context;
pub(crate) mod demo;
pub(crate) mod doctor;
mod input;
pub(crate) mod keys;
pub(crate) mod menu;
pub(crate) mod migrate;
pub(crate) mod operator;
pub(crate) mod push;
pub(crate) mod secrets;
pub(crate) mod serve;
mod signals;
pub(crate) mod simulate;
pub(crate) mod tenant;
pub(crate) mod verify_file;

use hufu::config::Loaded;

use crate::cli::{Cli, Command};
use crate::failure::Failure;
use crate::output::Output;
use context::Context;

pub(crate) async fn run(cli: Cli, loaded: Loaded, output: Output) -> Result<(), Failure> {
    let data_dir = cli.global.data_dir;
    let context = Context::new(loaded, output);
    context.say_what_was_loaded();
    match cli.command {
        Command::Serve(args) => serve::run(&context, &args).await,
        Command::Demo(args) => demo::run(&context, &args, data_dir).await,
        Command::Simulate(args) => simulate::run(&context, &args).await,
        Command::Migrate(args) => migrate::run(&context, &args).await,
        Command::Backup(args) => backup::run(&context, &args).await,
        Command::Doctor => doctor::run(&context).await,
        Command::Keys(command) => keys::run(&context, command).await,
        Command::Secrets(command) => secrets::run(&context, command).await,
        Command::Tenant(command) => context.managing(async |m| tenant::run(&m, command).await).await,
        Command::Operator(command) => context.managing(async |m| operator::run(&m, command).await).await,
        Command::Agency(command) => context.managing(async |m| agency::run(&m, command).await).await,
        Command::Connector(command) => context.managing(async |m| connector::run(&m, command).await).await,
        Command::Push(command) => context.managing(async |m| push::run(&m, command).await).await,
        Command::Menu(command) => context.managing(async |m| menu::run(&m, command).await).await,
        Command::Client(command) => context.managing(async |m| client::run(&m, command).await).await,
        Command::VerifyFile(command) => context.managing(async |m| verify_file::run(&m, command).await).await,
        Command::Audit(command) => context.managing(async |m| audit::run(&m, command).await).await,
    }
}
