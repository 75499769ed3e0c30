//! `hufu migrate`.

use hufu_storage::Database;
use serde_json::json;

use super::context::Context;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only say how many steps are pending
    #[arg(long)]
    status: bool,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let config = context.config();
    let output = context.output;
    if config.database.is_sqlite() {
        config
            .create_data_dir()
            .map_err(|error| Failure::file(&config.data_dir, &error))?;
    }
    let storage = &config.database.storage;
    let failed = |error| Failure::from(hufu::AssembleError::from(error));
    if args.status {
        let pending = Database::pending_migrations(storage).await.map_err(failed)?;
        return output.answer(&json!({"pending": pending}), || {
            format!("{}: {pending}", output.say("待执行的迁移", "pending migrations"))
        });
    }
    let applied = Database::migrate(storage).await.map_err(failed)?;
    output.answer(&json!({"applied": applied}), || {
        format!("{}: {applied}", output.say("已执行的迁移", "migrations applied"))
    })
}
