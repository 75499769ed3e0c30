//! Why Hufu cannot be put together, and what to do about it.

use std::path::PathBuf;

use hufu_core::error::StoreError;
use hufu_core::text::Text;
use hufu_provider_wechat::SetupError;
use hufu_storage::{KeyRingError, OpenError};

/// A part is missing or cannot work.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// Nobody has made a key ring yet.
    #[error(
        "there is no key ring at {}, so no secret can be sealed. For a new installation make one with `hufu keys init` \
         and keep a copy of it apart from the database's; for a database that is there already, restored or moved, put \
         its own key ring back",
        path.display()
    )]
    NoKeyRing {
        /// Where it would be.
        path: PathBuf,
    },
    /// The key ring cannot be used.
    #[error("{0}")]
    KeyRing(#[from] KeyRingError),
    /// The database was sealed by keys that are not in the ring.
    #[error("no key of the ring opens what this database keeps: put the key ring back that belongs to it ({0})")]
    WrongKeyRing(StoreError),
    /// The schema is older than this binary.
    #[error(
        "the database's schema is {pending} step(s) behind this version. Make a backup, then run `hufu migrate`, or \
         start with --migrate (database.migrate_on_start = true)"
    )]
    PendingMigrations {
        /// How many steps.
        pending: u32,
    },
    /// The database cannot be used.
    #[error("{0}")]
    Database(#[from] OpenError),
    /// What the database keeps cannot be read.
    #[error("{0}")]
    Kept(#[from] StoreError),
    /// WeChat's plug-in cannot be used.
    #[error("wechat: {0}")]
    Wechat(#[from] SetupError),
    /// Most likely no certificates to trust were found.
    #[error("no HTTP client: {0}")]
    Probe(reqwest::Error),
}

impl AssembleError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoKeyRing { .. } => "no_key_ring",
            Self::KeyRing(_) => "key_ring",
            Self::WrongKeyRing(_) => "wrong_key_ring",
            Self::PendingMigrations { .. } => "pending_migrations",
            Self::Database(_) | Self::Kept(_) => "database",
            Self::Wechat(_) | Self::Probe(_) => "configuration",
        }
    }

    /// The message in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::NoKeyRing { path } => format!(
                "没有密钥文件 {}，无法加密保存密钥。新安装请运行 `hufu keys init` 生成，并与数据库备份分开保存一份副本；\
                 数据库已存在（恢复或迁移）时，请放回它原来的密钥文件",
                path.display()
            ),
            Self::KeyRing(error) => format!("密钥文件不可用：{error}"),
            Self::WrongKeyRing(error) => {
                format!("密钥文件中没有能解开此数据库的密钥：请放回属于它的密钥文件（{error}）")
            }
            Self::PendingMigrations { pending } => format!(
                "数据库结构比此版本落后 {pending} 步。请先备份，再运行 `hufu migrate`，或以 --migrate 启动\
                 （database.migrate_on_start = true）"
            ),
            Self::Database(error) => format!("数据库不可用：{error}"),
            Self::Kept(error) => format!("数据库中保存的内容无法读取：{error}"),
            Self::Wechat(error) => format!("微信设置不可用：{error}"),
            Self::Probe(error) => format!("无法建立 HTTP 客户端：{error}"),
        };
        Text::owned(zh, self.to_string())
    }
}
