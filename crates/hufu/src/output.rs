//! Answers on standard output, everything else on standard error. Nothing is printed anywhere else.
//!
//! Written with `writeln!`, not `println!`: a reader that closes the pipe early (`hufu audit list | head`) ends the
//! command quietly instead of making it panic.

use std::io;

use hufu_core::text::{Locale, Text};
use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;

/// How this process talks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    locale: Locale,
}

impl Output {
    pub(crate) fn new(json: bool, locale: Locale) -> Self {
        Self { json, locale }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// The one of two texts that the person reads.
    pub(crate) fn say(self, zh: &'static str, en: &'static str) -> &'static str {
        match self.locale {
            Locale::ZhCn => zh,
            Locale::En => en,
        }
    }

    /// A text in the person's language.
    pub(crate) fn text(self, text: &Text) -> &str {
        text.get(self.locale)
    }

    /// The command's answer: one JSON line, or text.
    pub(crate) fn answer(self, document: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
        let answer = if self.json { line(document)? } else { text() };
        Ok(write(io::stdout().lock(), &answer)?)
    }

    /// Something a person should know beside the answer.
    pub(crate) fn note(self, code: &str, text: &Text) {
        let line = if self.json {
            json!({"note": code, "message": text.get(self.locale)}).to_string()
        } else {
            text.get(self.locale).to_owned()
        };
        // Whoever closed standard error does not want to know.
        let _ = write(io::stderr().lock(), &line);
    }

    /// Why the command failed.
    pub(crate) fn failure(self, failure: &Failure) {
        if matches!(failure, Failure::ClosedPipe) {
            return;
        }
        let message = failure.text();
        let message = message.get(self.locale);
        let line = if self.json {
            json!({"error": failure.code(), "message": message}).to_string()
        } else {
            format!("{}: {message}", self.say("错误", "error"))
        };
        let _ = write(io::stderr().lock(), &line);
    }
}

/// Help and usage errors as clap writes them.
pub(crate) fn usage(error: &clap::Error, json: bool) {
    let text = error.render().to_string();
    let _ = if !error.use_stderr() {
        write(io::stdout().lock(), text.trim_end())
    } else if json {
        write(
            io::stderr().lock(),
            &json!({"error": "usage", "message": text.trim_end()}).to_string(),
        )
    } else {
        write(io::stderr().lock(), text.trim_end())
    };
}

/// One JSON line.
pub(crate) fn line(document: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(document).map_err(|error| Failure::internal(&error))
}

fn write(mut to: impl io::Write, text: &str) -> io::Result<()> {
    writeln!(to, "{text}")?;
    to.flush()
}
