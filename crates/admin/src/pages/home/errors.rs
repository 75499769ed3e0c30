//! What Hufu's stable codes mean and what to do about them, in words: `errors.{code}.title` and `.remedy`.

use hufu_core::text::Locale;

use crate::ui::texts;

/// A code in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages) struct Explained {
    /// What happened; the code itself when it is none of ours.
    pub(in crate::pages) title: String,
    /// What to do.
    pub(in crate::pages) remedy: Option<String>,
}

/// The words of a code.
pub(in crate::pages) fn explain(locale: Locale, code: &str) -> Explained {
    let known = |part: &str| {
        let key = format!("errors.{code}.{part}");
        // A text that is not there is answered by its key.
        Some(texts::text(locale, &key)).filter(|text| *text != key)
    };
    Explained {
        title: known("title").unwrap_or_else(|| code.to_owned()),
        remedy: known("remedy"),
    }
}

#[cfg(test)]
mod tests {
    use hufu_core::flow::ProblemCode;
    use hufu_core::provider::ProviderErrorCode;

    use super::*;

    /// Why the token endpoint refuses a code, and why an operator is not let in.
    const MORE: [&str; 14] = [
        "client_mismatch",
        "code_expired",
        "code_replayed",
        "face_mismatch",
        "refresh_token_expired",
        "pkce_mismatch",
        "redirect_uri_mismatch",
        "subject_unknown",
        "person_blocked",
        "wrong_password",
        "wrong_code",
        "unknown_operator",
        "disabled",
        "revoked",
    ];

    const PROVIDER: [ProviderErrorCode; 11] = [
        ProviderErrorCode::Unreachable,
        ProviderErrorCode::Busy,
        ProviderErrorCode::Nonsense,
        ProviderErrorCode::CodeInvalid,
        ProviderErrorCode::CodeUsed,
        ProviderErrorCode::TokenInvalid,
        ProviderErrorCode::Misconfigured,
        ProviderErrorCode::QuotaExceeded,
        ProviderErrorCode::PersonBlocked,
        ProviderErrorCode::NotAllowed,
        ProviderErrorCode::Unknown,
    ];

    #[test]
    fn every_code_of_the_log_is_explained() {
        let problems = ProblemCode::ALL.map(ProblemCode::as_str);
        let provider = PROVIDER.map(ProviderErrorCode::as_str);
        for code in problems.into_iter().chain(provider).chain(MORE) {
            for locale in [Locale::ZhCn, Locale::En] {
                let explained = explain(locale, code);
                assert!(explained.title != code && explained.remedy.is_some(), "{code}");
            }
        }
    }

    #[test]
    fn a_foreign_code_stands_for_itself() {
        let explained = explain(Locale::En, "<b>odd.title");
        assert_eq!(explained.title, "<b>odd.title");
        assert_eq!(explained.remedy, None);
    }
}
