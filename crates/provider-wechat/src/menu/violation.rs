//! What is wrong with a menu, and where.

use hufu_core::text::Text;

/// Whether WeChat would refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// WeChat takes the menu, but it may not do what is wanted.
    Warning,
    /// WeChat refuses the menu, or a button of it cannot work.
    Error,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Whether the menu can be published with it.
    pub severity: Severity,
    /// Stable text, as `menu_name_too_long`.
    pub code: &'static str,
    /// Where: `button[1].sub_button[0].name`.
    pub path: String,
    /// What is there and what is allowed.
    pub message: Text,
    /// What WeChat would answer; `None` where it would take the menu and people would see the fault.
    pub errcode: Option<i64>,
}

/// A button's place: how it is named, and which of the two numbers WeChat has for each fault is this level's.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) is_sub: bool,
}

impl Place {
    pub(super) fn top(nth: usize) -> Self {
        Self {
            path: format!("button[{nth}]"),
            is_sub: false,
        }
    }

    pub(super) fn below(&self, nth: usize) -> Self {
        Self {
            path: format!("{}.sub_button[{nth}]", self.path),
            is_sub: true,
        }
    }

    /// An error in this button's `field` that WeChat has a number for, one for each level.
    pub(super) fn error(&self, field: &str, code: &'static str, (top, sub): (i64, i64), message: Text) -> Violation {
        Violation {
            severity: Severity::Error,
            code,
            path: format!("{}.{field}", self.path),
            message,
            errcode: Some(if self.is_sub { sub } else { top }),
        }
    }

    /// A fault in this button's `field` that WeChat does not see.
    pub(super) fn unseen(&self, field: &str, severity: Severity, code: &'static str, message: Text) -> Violation {
        Violation {
            severity,
            code,
            path: format!("{}.{field}", self.path),
            message,
            errcode: None,
        }
    }
}
