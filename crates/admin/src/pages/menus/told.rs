//! What is wrong with a menu and what it changes, as pages show it.

use hufu_core::clock::Timestamp;
use hufu_core::manage::{CheckedMenu, MenuChange, MenuChangeKind, menu_place};
use hufu_core::model::MenuBook;
use hufu_core::provider::MenuViolation;

use crate::http::Visitor;
use crate::ui::texts::text_with;
use crate::ui::{Change, Tone};

/// One thing that is wrong.
pub(super) struct Found {
    pub(super) tone: Tone,
    pub(super) place: String,
    pub(super) text: String,
}

/// One change for people.
pub(super) struct Told {
    pub(super) tone: Tone,
    pub(super) text: String,
    pub(super) fields: Vec<Change>,
}

/// A version in the list.
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) at: Timestamp,
    pub(super) by: String,
    pub(super) note: String,
    /// Which one it brought back.
    pub(super) of: Option<String>,
    pub(super) live: bool,
}

pub(super) fn violations(visitor: &Visitor, checked: &CheckedMenu) -> Vec<Found> {
    let found = |violation: &MenuViolation| Found {
        tone: if violation.is_warning { Tone::Warn } else { Tone::Bad },
        place: place(visitor, &violation.path),
        text: visitor.say(&violation.message),
    };
    checked.violations.iter().map(found).collect()
}

/// Where, in words.
pub(super) fn place(visitor: &Visitor, path: &str) -> String {
    let number = |at: usize| (at + 1).to_string();
    match menu_place(path) {
        (Some(top), Some(sub)) => text_with(
            visitor.locale,
            "menus.place_sub",
            &[("top", &number(top)), ("sub", &number(sub))],
        ),
        (Some(top), None) => text_with(visitor.locale, "menus.place_top", &[("top", &number(top))]),
        _ => visitor.text("menus.place_all"),
    }
}

pub(super) fn changes(visitor: &Visitor, changes: &[MenuChange]) -> Vec<Told> {
    let told = |change: &MenuChange| Told {
        tone: match change.kind {
            MenuChangeKind::Added => Tone::Good,
            MenuChangeKind::Removed => Tone::Bad,
            MenuChangeKind::Changed | MenuChangeKind::Moved => Tone::Info,
        },
        text: visitor.say(&change.text()),
        fields: change
            .fields
            .iter()
            .map(|field| Change {
                name: field.field.clone(),
                before: field.before.clone(),
                after: field.after.clone(),
            })
            .collect(),
    };
    changes.iter().map(told).collect()
}

/// Newest first.
pub(super) fn versions(visitor: &Visitor, book: &MenuBook) -> Vec<Row> {
    let row = |version: &hufu_core::model::MenuVersion| Row {
        number: version.number,
        at: version.at,
        by: version.by.clone(),
        note: version.note.clone(),
        of: version
            .of
            .map(|of| text_with(visitor.locale, "menus.brought_back", &[("version", &of.to_string())])),
        live: book.live == Some(version.number),
    };
    book.versions.iter().rev().map(row).collect()
}
