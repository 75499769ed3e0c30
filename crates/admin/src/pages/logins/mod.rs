//! The log: the history of logins and the changes by operators. Both lists are one code with another [`Kind`].
//!
//! ```text
//! query ─▶ Asked (texts by name) ─▶ Wanted (a checked filter, and whose log) ─┬─▶ list, changes   pages by key
//!                 │                                                         ├─▶ export          pages as a stream
//!                 └─ chips, links, saved views: the same query again         └─▶ live_events     what is new, each second
//! ```

mod asked;
mod change;
mod changes;
mod chart;
mod export;
mod fields;
mod kind;
mod list;
mod live;
mod live_events;
mod login;
mod names;
mod paging;
mod row;
mod seek;
mod views;
mod wanted;
mod words;

use axum::Router;
use axum::routing::{get, post};

use crate::console::Console;
pub(crate) use export::Export;
pub(crate) use kind::Kind;
pub(crate) use names::Names;

pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/admin/logins", get(list::get))
        .route("/admin/logins/export", get(export::logins))
        .route("/admin/logins/live", get(live::logins))
        .route("/admin/logins/live/events", get(live_events::logins))
        .route("/admin/logins/views", post(views::save))
        .route("/admin/logins/views/{id}/delete", post(views::delete))
        .route("/admin/logins/{tenant}/{event_id}", get(login::get))
        .route("/admin/changes", get(changes::get))
        .route("/admin/changes/export", get(export::changes))
        .route("/admin/changes/live", get(live::changes))
        .route("/admin/changes/live/events", get(live_events::changes))
        .route("/admin/changes/{event_id}", get(change::get))
}
