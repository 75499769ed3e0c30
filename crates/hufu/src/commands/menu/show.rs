//! Menus on the terminal.

use hufu_core::manage::{CheckedMenu, MenuAtProvider, MenuChange, MenuState};
use hufu_core::model::MenuVersion;
use hufu_core::provider::MenuViolation;
use serde_json::{Value, json};

use super::{Which, urls};
use crate::commands::context::Managing;
use crate::failure::Failure;
use crate::table::{self, printable};

pub(super) async fn state(m: &Managing<'_>, which: &Which, live: bool) -> Result<(), Failure> {
    let (code, id) = (&which.tenant, which.connector);
    let state = m.manager.menu(code, id, &urls(m, which)).await?;
    let there = if live {
        Some(m.manager.menu_at_provider(code, id).await?)
    } else {
        None
    };
    m.output.answer(&document(m, which, &state, there.as_ref()), || {
        let mut parts = vec![facts(m, &state, there.as_ref()), buttons(&state.checked.menu)];
        parts.push(findings(m, &state.checked));
        parts.extend(there.filter(|there| there.differs).map(|there| {
            let title = m.output.say("在别处的改动：", "Changed elsewhere:");
            lines(
                title,
                there
                    .changes
                    .iter()
                    .map(|change| m.output.text(&change.text()).to_owned()),
            )
        }));
        parts.push(versions(m, &state));
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    })
}

pub(super) fn checked(m: &Managing<'_>, checked: &CheckedMenu) -> Result<(), Failure> {
    m.output.answer(&check_document(m, checked), || {
        let fine = m.output.say("没有问题", "nothing is wrong");
        let found = findings(m, checked);
        let verdict = if checked.violations.is_empty() { fine } else { "" };
        [verdict, &found]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    })
}

fn facts(m: &Managing<'_>, state: &MenuState, there: Option<&MenuAtProvider>) -> String {
    let say = |zh, en| m.output.say(zh, en);
    let none = say("无", "none").to_owned();
    let (book, locale) = (&state.book, say("第 {} 版", "version {}"));
    let draft = book.draft.as_ref();
    let mut facts = vec![
        (say("连接", "connector"), state.connector.name.clone()),
        (
            say("草稿", "draft"),
            draft.map_or_else(
                || none.clone(),
                |draft| format!("{} · {} · {}", book.edits, draft.by, draft.at),
            ),
        ),
        (
            say("已发布", "published"),
            book.live()
                .map_or(none, |live| locale.replace("{}", &live.number.to_string())),
        ),
    ];
    if let Some(there) = there {
        let verdict = match (&there.menu, there.differs) {
            (_, true) => say("与发布的不同", "another than was published"),
            (None, false) => say("没有菜单", "no menu"),
            (Some(_), false) => say("与发布的一致", "the one that was published"),
        };
        facts.push((say("微信上的菜单", "at WeChat"), verdict.to_owned()));
    }
    table::facts(&facts)
}

/// The tree of buttons with what they do.
fn buttons(menu: &Value) -> String {
    let list = |of: &Value, name: &str| of.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |button: &Value, field: &str| printable(button.get(field).and_then(Value::as_str).unwrap_or_default());
    let line = |button: &Value, indent: &str| {
        let does = ["url", "key", "media_id", "article_id", "appid"].map(|field| text(button, field));
        let does = does.into_iter().find(|value| !value.is_empty()).unwrap_or_default();
        let line = format!("{indent}{}  {} {does}", text(button, "name"), text(button, "type"));
        line.trim_end().to_owned()
    };
    let mut tree = Vec::new();
    for button in list(menu, "button") {
        tree.push(line(&button, ""));
        tree.extend(list(&button, "sub_button").iter().map(|sub| line(sub, "  ")));
    }
    tree.join("\n")
}

fn findings(m: &Managing<'_>, checked: &CheckedMenu) -> String {
    let violation = |violation: &MenuViolation| {
        let sign = if violation.is_warning { "WARN" } else { "FAIL" };
        format!("{sign}  {}: {}", violation.path, m.output.text(&violation.message))
    };
    let changes = checked.changes.iter();
    let parts = [
        lines(
            m.output.say("问题：", "Wrong:"),
            checked.violations.iter().map(violation),
        ),
        lines(
            m.output.say("发布后的变化：", "Publishing changes:"),
            changes.map(|change| m.output.text(&change.text()).to_owned()),
        ),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

fn lines(title: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<_> = lines.map(|line| format!("  {}", printable(&line))).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("{title}\n{}", lines.join("\n"))
}

fn versions(m: &Managing<'_>, state: &MenuState) -> String {
    if state.book.versions.is_empty() {
        return String::new();
    }
    let say = |zh, en| m.output.say(zh, en);
    let headings = [
        say("版本", "VERSION"),
        say("时间", "AT"),
        say("操作者", "BY"),
        say("备注", "NOTE"),
    ];
    let row = |version: &MenuVersion| {
        let back = version.of.map(|of| format!("{}{of}", say("回滚到 ", "back to ")));
        let note = [back.unwrap_or_default(), version.note.clone()];
        vec![
            version.number.to_string(),
            version.at.to_string(),
            version.by.clone(),
            note.join(" ").trim().to_owned(),
        ]
    };
    table::render(
        &headings,
        &state.book.versions.iter().rev().map(row).collect::<Vec<_>>(),
    )
}

fn document(m: &Managing<'_>, which: &Which, state: &MenuState, there: Option<&MenuAtProvider>) -> Value {
    let book = &state.book;
    let version = |version: &MenuVersion| {
        json!({
            "version": version.number,
            "menu": version.written(),
            "published": version.menu,
            "by": version.by,
            "at": version.at.to_string(),
            "note": version.note,
            "of": version.of,
        })
    };
    let mut document = json!({
        "tenant": which.tenant,
        "connector": which.connector,
        "draft": book.draft.as_ref().map(|draft| json!({
            "number": book.edits, "menu": draft.menu, "by": draft.by, "at": draft.at.to_string(),
        })),
        "published": book.live,
        "checked": check_document(m, &state.checked),
        "versions": book.versions.iter().rev().map(version).collect::<Vec<_>>(),
    });
    if let (Some(there), Some(fields)) = (there, document.as_object_mut()) {
        let changes: Vec<_> = there.changes.iter().map(|change| change_document(m, change)).collect();
        let there = json!({"menu": there.menu, "changed_elsewhere": there.differs, "changes": changes});
        fields.insert("at_provider".to_owned(), there);
    }
    document
}

fn check_document(m: &Managing<'_>, checked: &CheckedMenu) -> Value {
    let violation = |violation: &MenuViolation| {
        json!({
            "path": violation.path,
            "rule": violation.rule,
            "message": m.output.text(&violation.message),
            "warning": violation.is_warning,
        })
    };
    json!({
        "ok": !checked.is_refused(),
        "menu": checked.menu,
        "violations": checked.violations.iter().map(violation).collect::<Vec<_>>(),
        "changes": checked.changes.iter().map(|change| change_document(m, change)).collect::<Vec<_>>(),
    })
}

fn change_document(m: &Managing<'_>, change: &MenuChange) -> Value {
    json!({
        "change": change.kind.as_str(),
        "path": change.path,
        "name": change.name,
        "text": m.output.text(&change.text()),
        "fields": change.fields.iter().map(|field| json!({
            "field": field.field, "before": field.before, "after": field.after,
        })).collect::<Vec<_>>(),
    })
}
