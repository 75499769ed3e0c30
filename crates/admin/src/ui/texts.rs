//! Texts for operators, from `admin-ui/locales/{area}.{language}.yml`.
//!
//! Every file has one key at the top, the name of its area, so that areas never meet. Tests keep the two languages
//! equal, and every key that a template or a Rust file names in quotes existing.

use hufu_core::text::Locale;

// Chinese comes first: a key that English lacked would still be a sentence.
rust_i18n::i18n!("../../admin-ui/locales", fallback = "zh-CN");

/// The text of a key in a language.
pub(crate) fn text(locale: Locale, key: &str) -> String {
    let backend = _rust_i18n_backend();
    let found = backend
        .translate(locale.tag(), key)
        .or_else(|| backend.translate(Locale::ZhCn.tag(), key));
    found.map_or_else(|| key.to_owned(), std::borrow::Cow::into_owned)
}

/// The text of a key, with every `%{name}` replaced by its value.
pub(crate) fn text_with(locale: Locale, key: &str, values: &[(&str, &str)]) -> String {
    let text = text(locale, key);
    let mut parts = text.split("%{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    // A value is put in as it is: what looks like a placeholder within it stays.
    for part in parts {
        let known = part
            .split_once('}')
            .and_then(|(name, rest)| values.iter().find(|(n, _)| *n == name).map(|(_, value)| (value, rest)));
        if let Some((value, rest)) = known {
            filled.push_str(value);
            filled.push_str(rest);
        } else {
            filled.push_str("%{");
            filled.push_str(part);
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    fn keys(locale: Locale) -> BTreeSet<String> {
        let messages = _rust_i18n_backend().messages_for_locale(locale.tag()).unwrap();
        messages.into_iter().map(|(key, _)| key.into_owned()).collect()
    }

    fn files(below: &Path, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(files(&path, ending));
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
        found
    }

    fn ours(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
    }

    fn placeholders(text: &str) -> BTreeSet<String> {
        let parts = text.split("%{").skip(1);
        parts
            .filter_map(|part| part.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_placeholders() {
        assert_eq!(keys(Locale::ZhCn), keys(Locale::En));
        for key in keys(Locale::En) {
            let (zh, en) = (text(Locale::ZhCn, &key), text(Locale::En, &key));
            assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{key}");
            assert_eq!(placeholders(&zh), placeholders(&en), "{key}");
        }
    }

    #[test]
    fn a_file_holds_its_own_area_only() {
        let files = files(&ours("../../admin-ui/locales"), ".yml");
        assert!(files.len() >= 2);
        for file in files {
            let area = file
                .file_name()
                .unwrap()
                .to_string_lossy()
                .split('.')
                .next()
                .unwrap()
                .to_owned();
            let source = std::fs::read_to_string(&file).unwrap();
            let tops: Vec<_> = source
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with([' ', '#']))
                .collect();
            assert_eq!(tops, [format!("{area}:")], "{}", file.display());
        }
    }

    #[test]
    fn every_key_that_is_named_exists() {
        let known = keys(Locale::En);
        let mut named = 0;
        for (file, source) in sources() {
            for call in [".text(\"", ".text1(\"", ".text_with(\"", " t(\"", "(locale, \""] {
                for rest in source.split(call).skip(1) {
                    let key = rest.split('"').next().unwrap();
                    assert!(known.contains(key), "{key} in {}", file.display());
                    named += 1;
                }
            }
        }
        assert!(named > 20, "{named}");
    }

    /// Sources without their tests, each as one text.
    fn sources() -> Vec<(PathBuf, String)> {
        let mut found = files(&ours("../../admin-ui/templates"), ".html");
        found.extend(files(&ours("src"), ".rs"));
        let read = |file: PathBuf| {
            let source = std::fs::read_to_string(&file).unwrap();
            let source = source.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            (file, source)
        };
        found.into_iter().map(read).collect()
    }

    /// What stands in quotes and looks like a key of one of our areas; of a text that is put together its beginning.
    fn named_in(source: &str) -> BTreeSet<String> {
        let areas: BTreeSet<String> = keys(Locale::En)
            .iter()
            .filter_map(|key| key.split_once('.').map(|(area, _)| area.to_owned()))
            .collect();
        let quoted = source.split('"').map(|text| text.split('{').next().unwrap_or_default());
        quoted
            .filter(|text| {
                let mut parts = text.split('.');
                let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
                parts.next().is_some_and(|area| areas.contains(area))
                    && parts.next().is_some()
                    && text.chars().all(is_word)
            })
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn every_key_exists_also_where_it_is_only_carried_along() {
        // A file of a template or a list, or a column that core names; not a text.
        let is_file = |name: &str| {
            name == "tenant.code"
                || ["html", "csv", "css", "js", "rs"]
                    .iter()
                    .any(|ending| name.ends_with(&format!(".{ending}")))
        };
        let known = keys(Locale::En);
        // The API names fields of its documents by the same words.
        let pages = sources()
            .into_iter()
            .filter(|(file, _)| !file.starts_with(ours("src/api")));
        for (file, source) in pages {
            for name in named_in(&source) {
                let begins = || known.iter().any(|key| key.starts_with(&name));
                assert!(is_file(&name) || begins(), "{name} in {}", file.display());
                // A whole key, and not the beginning of several.
                if !name.ends_with(['_', '.']) && source.contains(&format!("\"{name}\"")) && !is_file(&name) {
                    assert!(known.contains(&name), "{name} in {}", file.display());
                }
            }
        }
    }

    #[test]
    fn no_text_is_left_over() {
        let named: BTreeSet<String> = sources().iter().flat_map(|(_, source)| named_in(source)).collect();
        let is_used = |key: &String| {
            named.contains(key)
                || named
                    .iter()
                    .any(|name| name.ends_with(['_', '.']) && key.starts_with(name))
        };
        let left: Vec<String> = keys(Locale::En).into_iter().filter(|key| !is_used(key)).collect();
        assert!(left.is_empty(), "nothing says these: {left:#?}");
    }

    #[test]
    fn values_are_filled_in_once() {
        let filled = text_with(Locale::En, "ui.confirm_label", &[("expected", "%{expected}")]);
        assert!(filled.contains("%{expected}"), "{filled}");
        assert_eq!(text_with(Locale::En, "no.such", &[("a", "b")]), "no.such");
        let unknown = text_with(Locale::En, "ui.confirm_label", &[("other", "x")]);
        assert!(unknown.contains("%{expected}"), "{unknown}");
    }
}
