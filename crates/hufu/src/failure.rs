//! Why a command did not do what it was asked.

use std::io;

use hufu::AssembleError;
use hufu::config::ConfigError;
use hufu_core::error::StoreError;
use hufu_core::manage::{ManageError, OperatorError};
use hufu_core::text::Text;

/// The end of a command that failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A change was refused.
    Manage(ManageError),
    /// Anything else, with a stable code.
    Other {
        /// For programs.
        code: &'static str,
        /// For people.
        text: Text,
    },
    /// Whoever read the answer has seen enough.
    ClosedPipe,
    /// What is wrong has been said already, as the command's answer.
    Said,
}

impl Failure {
    pub(crate) fn new(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Other {
            code,
            text: Text::owned(zh.into(), en.into()),
        }
    }

    /// What the caller wrote cannot be meant so.
    pub(crate) fn input(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new("invalid_input", zh, en)
    }

    /// A fault of the program or the machine that has no better name.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        Self::new(
            "internal",
            format!("内部错误：{error}"),
            format!("internal error: {error}"),
        )
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        let path = path.display();
        Self::new("file", format!("文件 {path}：{error}"), format!("file {path}: {error}"))
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Manage(error) => error.code(),
            Self::Other { code, .. } => code,
            Self::ClosedPipe => "closed_pipe",
            Self::Said => "failed",
        }
    }

    pub(crate) fn text(&self) -> Text {
        match self {
            Self::Manage(error) => error.text(),
            Self::Other { text, .. } => text.clone(),
            Self::ClosedPipe | Self::Said => Text::new("", ""),
        }
    }
}

impl From<ManageError> for Failure {
    fn from(error: ManageError) -> Self {
        if let ManageError::Store(cause) = &error {
            tracing::error!(%cause, "the database failed");
        }
        Self::Manage(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::from(ManageError::from(error))
    }
}

impl From<OperatorError> for Failure {
    fn from(error: OperatorError) -> Self {
        if let OperatorError::Store(cause) = error {
            return cause.into();
        }
        Self::Other {
            code: error.code(),
            text: error.text(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(
            "configuration",
            format!("配置无效：{error}"),
            format!("configuration: {error}"),
        )
    }
}

impl From<AssembleError> for Failure {
    fn from(error: AssembleError) -> Self {
        Self::Other {
            code: error.code(),
            text: error.text(),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::new(
                "io",
                format!("读写失败：{error}"),
                format!("input or output failed: {error}"),
            ),
        }
    }
}
