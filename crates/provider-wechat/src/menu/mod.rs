//! An account's menu (Tencent's documentation, 自定义菜单): its model, and every limit of WeChat's as a check that
//! names the place, so that an admin need not learn it from an errcode.

mod authorize_link;
mod check;
mod limits;
mod link;
mod model;
mod violation;

pub use check::check;
pub use model::{Button, ButtonType, Menu};
pub use violation::{Severity, Violation};
