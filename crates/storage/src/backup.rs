//! A copy of an SQLite database while it is used.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use crate::config::Config;
use crate::connect::Connections;
use crate::error::OpenError;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is no file: PostgreSQL has its own programs for this.
    #[error("only an SQLite database is copied like this")]
    NotSqlite,
    /// The file cannot be made; one that is there is never written over.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The database cannot be read, or its copy is not sound.
    #[error(transparent)]
    Database(#[from] OpenError),
}

/// Writes all that is committed at this moment to a new file, for its owner alone, and says how many bytes it has. Who
/// reads and writes the database meanwhile is not held up (SQLite, "VACUUM INTO": one read transaction).
pub(crate) async fn copy(config: &Config, to: &Path) -> Result<u64, BackupError> {
    if !config.is_sqlite() {
        return Err(BackupError::NotSqlite);
    }
    // Made first: the copy has the rights of this empty file, and nobody else's file is taken for it.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let copied = fill(config, to, &file).await;
    if copied.is_err() {
        // A half would be taken for a whole one day.
        fs::remove_file(to)?;
    }
    copied
}

async fn fill(config: &Config, to: &Path, file: &File) -> Result<u64, BackupError> {
    // A database that is not there is not made to be copied.
    let there = Config {
        url: config.url.replace("mode=rwc", "mode=rw"),
        ..config.clone()
    };
    let database = Connections::open_single(&there).await?;
    let written = write(&database, to).await;
    database.close().await.map_err(OpenError::from)?;
    written?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

async fn write(database: &DatabaseConnection, to: &Path) -> Result<(), BackupError> {
    let path = to
        .to_str()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidFilename, "its name is not UTF-8"))?;
    let backend = database.get_database_backend();
    let copy = Statement::from_sql_and_values(backend, "VACUUM INTO ?", [path.into()]);
    database.execute_raw(copy).await.map_err(OpenError::from)?;
    let attach = Statement::from_sql_and_values(backend, "ATTACH ? AS copied", [path.into()]);
    database.execute_raw(attach).await.map_err(OpenError::from)?;
    let look = Statement::from_string(backend, "PRAGMA copied.quick_check(1)");
    let said = database.query_one_raw(look).await.map_err(OpenError::from)?;
    let said: Option<String> = said.and_then(|row| row.try_get_by_index(0).ok());
    match said.as_deref() {
        Some("ok") => Ok(()),
        other => Err(BackupError::Database(OpenError::Database {
            debug: format!("the copy is not sound: {other:?}"),
        })),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;
    use crate::Database;

    async fn made(directory: &Path) -> Config {
        let config = Config::at(format!("sqlite://{}?mode=rwc", directory.join("hufu.db").display()));
        Database::migrate(&config).await.unwrap();
        config
    }

    #[tokio::test]
    async fn a_copy_is_whole_and_its_owners() {
        let directory = tempfile::tempdir().unwrap();
        let config = made(directory.path()).await;
        let copy_path = directory.path().join("it's a copy.db");
        let bytes = Database::backup(&config, &copy_path).await.unwrap();
        let metadata = fs::metadata(&copy_path).unwrap();
        assert_eq!((metadata.len(), metadata.mode() & 0o777), (bytes, 0o600));
        let restored = Config::at(format!("sqlite://{}", copy_path.display()));
        assert_eq!(Database::pending_migrations(&restored).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn nothing_is_written_over_and_no_half_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let config = made(directory.path()).await;
        let there = directory.path().join("there");
        fs::write(&there, "mine").unwrap();
        let refused = Database::backup(&config, &there).await;
        assert!(matches!(refused, Err(BackupError::File(error)) if error.kind() == io::ErrorKind::AlreadyExists));
        assert_eq!(fs::read(&there).unwrap(), b"mine");

        let (missing, to) = (directory.path().join("missing.db"), directory.path().join("to"));
        let of_missing = Config::at(format!("sqlite://{}?mode=rwc", missing.display()));
        assert!(matches!(
            Database::backup(&of_missing, &to).await,
            Err(BackupError::Database(_))
        ));
        assert!(!to.exists() && !missing.exists());

        let broken = directory.path().join("broken.db");
        fs::write(&broken, [7; 8192]).unwrap();
        let (broken, to) = (
            Config::at(format!("sqlite://{}", broken.display())),
            directory.path().join("to"),
        );
        assert!(matches!(
            Database::backup(&broken, &to).await,
            Err(BackupError::Database(_))
        ));
        assert!(!to.exists());
    }

    #[tokio::test]
    async fn a_server_has_its_own_programs() {
        let directory = tempfile::tempdir().unwrap();
        let to = directory.path().join("to");
        let refused = Database::backup(&Config::at("postgres://127.0.0.1:1/x"), &to).await;
        assert!(matches!(refused, Err(BackupError::NotSqlite)) && !to.exists());
    }
}
