//! What a menu changes against another, button by button.

use std::collections::BTreeSet;

use serde_json::Value;

use super::place;
use super::shape::{list, text};
use crate::text::Text;

words! {
    /// What became of a button.
    pub enum MenuChangeKind {
        /// It is new.
        Added = "added",
        /// It is gone.
        Removed = "removed",
        /// It does something else, or is called otherwise.
        Changed = "changed",
        /// It stands elsewhere among the buttons that stayed.
        Moved = "moved",
    }
}

/// One change of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuChange {
    /// What.
    pub kind: MenuChangeKind,
    /// Where it is, `button[1].sub_button[0]`; of one that is gone, where it was.
    pub path: String,
    /// What the button is called; of one that is gone, what it was called.
    pub name: String,
    /// Of a changed one: which fields.
    pub fields: Vec<MenuFieldChange>,
}

/// One field of a button that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuFieldChange {
    /// As the menu's JSON calls it.
    pub field: String,
    /// `None`: there was none.
    pub before: Option<String>,
    /// `None`: it is gone.
    pub after: Option<String>,
}

impl MenuChange {
    /// The change in words.
    #[must_use]
    pub fn text(&self) -> Text {
        let (at, name) = (place::words(&self.path), &self.name);
        let fields: Vec<_> = self.fields.iter().map(|change| change.field.as_str()).collect();
        match self.kind {
            MenuChangeKind::Added => Text::owned(
                format!("新增「{name}」（{}）", at.zh),
                format!("“{name}” is new ({})", at.en),
            ),
            MenuChangeKind::Removed => Text::owned(
                format!("删除「{name}」（原{}）", at.zh),
                format!("“{name}” is gone (was {})", at.en),
            ),
            MenuChangeKind::Changed => Text::owned(
                format!("修改「{name}」（{}）：{}", at.zh, fields.join("、")),
                format!("“{name}” changes ({}): {}", at.en, fields.join(", ")),
            ),
            MenuChangeKind::Moved => Text::owned(
                format!("移动「{name}」到{}", at.zh),
                format!("“{name}” moves to {}", at.en),
            ),
        }
    }

    /// One line for the log, which has no language: `+ button[0] name`, `~ button[1].sub_button[0] name: url`.
    pub(super) fn line(&self) -> String {
        let sign = match self.kind {
            MenuChangeKind::Added => '+',
            MenuChangeKind::Removed => '-',
            MenuChangeKind::Changed => '~',
            MenuChangeKind::Moved => '>',
        };
        let fields: Vec<_> = self.fields.iter().map(|change| change.field.as_str()).collect();
        let line = format!("{sign} {} {}", self.path, self.name);
        if fields.is_empty() {
            line
        } else {
            format!("{line}: {}", fields.join(", "))
        }
    }
}

/// What changes from one menu to another, in the order of the second; what is gone comes after its neighbours.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<MenuChange> {
    let mut found = Vec::new();
    compare(list(before, "button"), list(after, "button"), "button", &mut found);
    found
}

/// Two lists of at most five buttons each, unless somebody writes what no provider takes.
fn compare(before: &[Value], after: &[Value], path: &str, found: &mut Vec<MenuChange>) {
    let pairs = pairs(before, after);
    let mut stayed: Vec<usize> = pairs.iter().copied().flatten().collect();
    stayed.sort_unstable();
    let mut rank = 0;
    for (at, (button, of)) in after.iter().zip(&pairs).enumerate() {
        let here = format!("{path}[{at}]");
        let Some(old) = of.and_then(|of| before.get(of)) else {
            found.push(change(MenuChangeKind::Added, here, button, Vec::new()));
            continue;
        };
        if stayed.get(rank).copied() != *of {
            found.push(change(MenuChangeKind::Moved, here.clone(), button, Vec::new()));
        }
        rank += 1;
        let fields = fields(old, button);
        if !fields.is_empty() {
            found.push(change(MenuChangeKind::Changed, here.clone(), button, fields));
        }
        let below = format!("{here}.sub_button");
        compare(list(old, "sub_button"), list(button, "sub_button"), &below, found);
    }
    for (at, button) in before.iter().enumerate() {
        if !stayed.contains(&at) {
            let here = format!("{path}[{at}]");
            found.push(change(MenuChangeKind::Removed, here, button, Vec::new()));
        }
    }
}

/// For each button of `after` the one of `before` that it was: of the same name, else at the same place.
fn pairs(before: &[Value], after: &[Value]) -> Vec<Option<usize>> {
    let mut taken = BTreeSet::new();
    let mut pairs: Vec<Option<usize>> = Vec::with_capacity(after.len());
    for (at, button) in after.iter().enumerate() {
        let same = |of: &usize| {
            before
                .get(*of)
                .is_some_and(|old| text(old, "name") == text(button, "name"))
        };
        let mut places = std::iter::once(at).chain(0..before.len());
        let of = places.find(|of| !taken.contains(of) && same(of));
        taken.extend(of);
        pairs.push(of);
    }
    for (at, of) in pairs.iter_mut().enumerate() {
        if of.is_none() && at < before.len() && taken.insert(at) {
            *of = Some(at);
        }
    }
    pairs
}

fn change(kind: MenuChangeKind, path: String, button: &Value, fields: Vec<MenuFieldChange>) -> MenuChange {
    MenuChange {
        kind,
        path,
        name: text(button, "name").to_owned(),
        fields,
    }
}

fn fields(before: &Value, after: &Value) -> Vec<MenuFieldChange> {
    let names = |button: &Value| {
        let fields = button.as_object().into_iter().flatten();
        fields.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let all: BTreeSet<String> = names(before).into_iter().chain(names(after)).collect();
    let shown = |value: Option<&Value>| match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    all.into_iter()
        .filter(|name| name != "sub_button" && before.get(name) != after.get(name))
        .map(|field| MenuFieldChange {
            before: shown(before.get(&field)),
            after: shown(after.get(&field)),
            field,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(before: &Value, after: &Value) -> Vec<String> {
        let (before, after) = (json!({ "button": before }), json!({ "button": after }));
        changes(&before, &after).iter().map(MenuChange::line).collect()
    }

    fn click(name: &str) -> Value {
        json!({"name": name, "type": "click", "key": name})
    }

    #[test]
    fn buttons_are_known_by_their_names_then_by_their_places() {
        let (a, b, c) = (click("a"), click("b"), click("c"));
        assert_eq!(lines(&json!([a, b]), &json!([a, b])), Vec::<String>::new());
        // One in front of the others leaves them what they were.
        assert_eq!(lines(&json!([a, b]), &json!([c, a, b])), ["+ button[0] c"]);
        assert_eq!(lines(&json!([a, b, c]), &json!([a, c])), ["- button[1] b"]);
        assert_eq!(lines(&json!([a, b]), &json!([a, c])), ["~ button[1] c: key, name"]);
        assert_eq!(
            lines(&json!([a, b]), &json!([b, a])),
            ["> button[0] b", "> button[1] a"]
        );
        assert_eq!(lines(&json!([]), &json!([a])), ["+ button[0] a"]);
        assert_eq!(lines(&json!([a]), &json!([])), ["- button[0] a"]);
    }

    #[test]
    fn two_of_one_name_are_two() {
        let (a, other) = (click("a"), json!({"name": "a", "type": "click", "key": "x"}));
        assert_eq!(lines(&json!([a, a]), &json!([a, other])), ["~ button[1] a: key"]);
    }

    #[test]
    fn entries_below_a_button_have_their_own_lines() {
        let before = json!([{"name": "m", "sub_button": [click("a"), click("b")]}]);
        let after = json!([{"name": "m", "sub_button": [click("a"), {"name": "b", "type": "view", "url": "https://x/"}, click("c")]}]);
        assert_eq!(
            lines(&before, &after),
            [
                "~ button[0].sub_button[1] b: key, type, url",
                "+ button[0].sub_button[2] c"
            ]
        );
    }

    #[test]
    fn in_words() {
        let found = changes(
            &json!({"button": [click("a")]}),
            &json!({"button": [click("a"), click("登录")]}),
        );
        assert_eq!(found[0].text().zh, "新增「登录」（第 2 个按钮）");
        assert_eq!(found[0].text().en, "“登录” is new (button 2)");
    }
}
