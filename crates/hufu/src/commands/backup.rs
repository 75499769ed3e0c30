//! `hufu backup`.

use std::path::PathBuf;

use hufu_storage::{BackupError, Database};
use serde_json::json;

use super::context::Context;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the copy goes; a file that is there is never written over
    file: PathBuf,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let (config, output) = (context.config(), context.output);
    let copied = Database::backup(&config.database.storage, &args.file).await;
    let bytes = copied.map_err(|error| failure(args, &error))?;
    let keyring = config
        .keyring
        .is_none()
        .then(|| config.keyring_path().display().to_string());
    let document = json!({"file": args.file.display().to_string(), "bytes": bytes, "keyring_file": keyring});
    output.answer(&document, || {
        let file = args.file.display();
        let keys = keyring.as_deref().unwrap_or("HUFU_KEYRING");
        match output.say("zh", "en") {
            "zh" => format!("已备份到 {file}（{bytes} 字节）\n没有密钥文件就无法恢复：{keys} 请另存他处。"),
            _ => format!(
                "Copied to {file} ({bytes} bytes)\nIt is of no use without the key ring: keep {keys} in another place."
            ),
        }
    })
}

fn failure(args: &Args, error: &BackupError) -> Failure {
    match error {
        BackupError::NotSqlite => Failure::new(
            "not_sqlite",
            "数据库不是 SQLite：请用 pg_dump 备份 PostgreSQL",
            "the database is not SQLite: pg_dump copies PostgreSQL",
        ),
        BackupError::File(error) => Failure::file(&args.file, error),
        BackupError::Database(error) => hufu::AssembleError::from(error.clone()).into(),
    }
}
