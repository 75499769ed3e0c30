//! Checks and how they went.

use hufu_core::text::Text;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::Output;
use crate::table::printable;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Ok,
    Warn,
    Fail,
}

struct Line {
    grade: Grade,
    name: &'static str,
    text: Text,
    remedy: Option<Text>,
}

/// The lines of one visit.
pub(super) struct Report {
    output: Output,
    lines: Vec<Line>,
}

impl Report {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            lines: Vec::new(),
        }
    }

    pub(super) fn ok(&mut self, name: &'static str, text: Text) {
        self.add(Grade::Ok, name, text, None);
    }

    pub(super) fn warn(&mut self, name: &'static str, text: Text, remedy: Option<Text>) {
        self.add(Grade::Warn, name, text, remedy);
    }

    pub(super) fn fail(&mut self, name: &'static str, text: Text, remedy: Option<Text>) {
        self.add(Grade::Fail, name, text, remedy);
    }

    fn add(&mut self, grade: Grade, name: &'static str, text: Text, remedy: Option<Text>) {
        self.lines.push(Line {
            grade,
            name,
            text,
            remedy,
        });
    }

    pub(super) fn has_failed(&self) -> bool {
        self.lines.iter().any(|line| line.grade == Grade::Fail)
    }

    pub(super) fn answer(&self) -> Result<(), Failure> {
        let ok = !self.has_failed();
        let checks: Vec<Value> = self.lines.iter().map(|line| self.document(line)).collect();
        self.output.answer(&json!({"ok": ok, "checks": checks}), || {
            self.lines
                .iter()
                .map(|line| self.text(line))
                .collect::<Vec<_>>()
                .join("\n")
        })?;
        if ok { Ok(()) } else { Err(Failure::Said) }
    }

    fn document(&self, line: &Line) -> Value {
        json!({
            "name": line.name,
            "status": line.grade.name().to_lowercase(),
            "message": self.output.text(&line.text),
            "remedy": line.remedy.as_ref().map(|remedy| self.output.text(remedy)),
        })
    }

    fn text(&self, line: &Line) -> String {
        let remedy = line
            .remedy
            .as_ref()
            .map(|remedy| format!("\n      → {}", printable(self.output.text(remedy))));
        let text = printable(self.output.text(&line.text));
        format!("{:<5} {text}{}", line.grade.name(), remedy.unwrap_or_default())
    }
}

impl Grade {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}
