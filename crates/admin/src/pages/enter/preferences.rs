//! `GET /admin/preferences`: language and appearance, kept in a cookie.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect};
use hufu_core::text::Locale;
use serde::Deserialize;

use crate::console::Console;
use crate::http::{Answer, Visitor, is_ours, set_taste};
use crate::ui::Theme;

/// The query.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    lang: String,
    theme: String,
    back: String,
}

pub(super) async fn get(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Answer {
    let back = if is_ours(&asked.back) {
        asked.back.as_str()
    } else {
        "/admin"
    };
    let mut response = Redirect::to(back).into_response();
    let taste = taste(&asked, visitor.locale, visitor.theme);
    set_taste(&mut response, console.site.public_url.is_https(), &taste);
    Ok(response)
}

/// What is asked for; what is not named stays.
fn taste(asked: &Asked, locale: Locale, theme: Theme) -> String {
    let locale = Locale::of_tag(&asked.lang).unwrap_or(locale);
    let theme = if asked.theme.is_empty() {
        theme
    } else {
        Theme::of_name(&asked.theme)
    };
    format!("{}.{}", locale.tag(), theme.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_stays() {
        let asked = |lang: &str, theme: &str| Asked {
            lang: lang.to_owned(),
            theme: theme.to_owned(),
            back: String::new(),
        };
        let of = |asked: Asked| taste(&asked, Locale::ZhCn, Theme::Dark);
        assert_eq!(of(asked("", "")), "zh-CN.dark");
        assert_eq!(of(asked("en", "")), "en.dark");
        assert_eq!(of(asked("", "light")), "zh-CN.light");
        assert_eq!(of(asked("; Path=/x", "pink\r\n")), "zh-CN.auto");
    }
}
