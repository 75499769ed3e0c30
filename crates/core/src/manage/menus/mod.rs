//! The menus of accounts: written as drafts, checked, published, brought back.
//!
//! | file | |
//! |---|---|
//! | `read` | how a menu stands: draft, what people have, what is wrong, what would change |
//! | `write` | drafts, under their own version |
//! | `publish` | publishes, brings back, takes away: claims, asks the provider, records |
//! | `login` | buttons that log people in, and the URLs they become |
//! | `diff`, `place`, `shape` | pure: changes in words, paths, the menu as JSON |

mod diff;
mod login;
mod place;
mod publish;
mod read;
mod shape;
mod write;

pub use diff::{MenuChange, MenuChangeKind, MenuFieldChange};
pub use login::{MenuLogin, MenuLoginStyle, MenuUrls};
pub use place::menu_place;
pub use read::{CheckedMenu, MenuAtProvider, MenuState};
