//! Texts for people, from `locales/`. Both files have the same keys; tests keep it so.

use hufu_core::text::Locale;

// Chinese comes first: a key that English lacked would still be a sentence.
rust_i18n::i18n!("locales", fallback = "zh-CN");

/// The text of a key in a language.
pub(crate) fn text(locale: Locale, key: &str) -> String {
    let backend = _rust_i18n_backend();
    let found = backend
        .translate(locale.tag(), key)
        .or_else(|| backend.translate(Locale::ZhCn.tag(), key));
    found.map_or_else(|| key.to_owned(), std::borrow::Cow::into_owned)
}

/// The text of a key, with `%{name}` replaced by a value.
pub(crate) fn text_with(locale: Locale, key: &str, name: &str, value: &str) -> String {
    text(locale, key).replace(&format!("%{{{name}}}"), value)
}

#[cfg(test)]
pub(crate) fn has(locale: Locale, key: &str) -> bool {
    _rust_i18n_backend()
        .translate(locale.tag(), key)
        .is_some_and(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(locale: Locale) -> BTreeSet<String> {
        let messages = _rust_i18n_backend().messages_for_locale(locale.tag()).unwrap();
        messages.into_iter().map(|(key, _)| key.into_owned()).collect()
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        assert_eq!(keys(Locale::ZhCn), keys(Locale::En));
        assert!(
            keys(Locale::En)
                .iter()
                .all(|key| has(Locale::En, key) && has(Locale::ZhCn, key))
        );
    }

    #[test]
    fn every_key_that_a_template_names_exists() {
        let templates = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).unwrap();
        let known = keys(Locale::En);
        let mut named = 0;
        for template in templates {
            let source = std::fs::read_to_string(template.unwrap().path()).unwrap();
            for rest in source.split("frame.text(\"").skip(1) {
                let key = rest.split('"').next().unwrap();
                assert!(known.contains(key), "{key}");
                named += 1;
            }
        }
        assert!(named > 5);
    }
}
