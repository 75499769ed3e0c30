//! The process's environment: read here and nowhere else.

use std::os::unix::fs::MetadataExt as _;

use hufu_core::secret::SecretString;
use hufu_core::text::Locale;

/// The language of a person's terminal: Chinese when the locale says so, else English.
#[must_use]
pub fn language() -> Locale {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(read);
    named.as_deref().and_then(Locale::of_tag).unwrap_or(Locale::En)
}

/// Who runs the command line, for the audit log: `cli:name`.
#[must_use]
pub fn actor() -> String {
    let plain = |name: &String| name.len() <= 64 && !name.chars().any(char::is_control);
    let user = ["USER", "LOGNAME"].into_iter().filter_map(read).find(plain);
    match user {
        Some(name) => format!("cli:{name}"),
        // A service without a login: at least its number, where the system tells it.
        None => std::fs::metadata("/proc/self")
            .map_or_else(|_| "cli:unknown".to_owned(), |me| format!("cli:uid-{}", me.uid())),
    }
}

/// `HUFU_KEYRING`, as it stands: its text would be taken for a list by the reader of the other variables.
pub(super) fn keyring() -> Option<SecretString> {
    read("HUFU_KEYRING").map(SecretString::from)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
