//! `GET /admin`.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use hufu_core::text::Locale;
use hufu_web::locale;
use hufu_web::page::page;

use crate::texts::Texts;
use crate::ui::Frame;

#[derive(Template)]
#[template(path = "pages/start.html")]
struct Start {
    frame: Frame,
    t: &'static Texts,
}

pub(crate) async fn get(headers: HeaderMap) -> Response {
    let locale = locale::choose(&headers, Locale::default());
    let mut response = page(StatusCode::OK, &of(locale));
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

fn of(locale: Locale) -> Start {
    Start {
        frame: Frame {
            locale,
            title: Texts::of(locale).title.to_owned(),
            ..Frame::default()
        },
        t: Texts::of(locale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_there_in_both_languages_and_promises_nothing() {
        for (locale, lang, words) in [
            (Locale::ZhCn, "zh-CN", "此版本没有网页控制台"),
            (Locale::En, "en", "has no web console"),
        ] {
            let html = of(locale).render().unwrap();
            assert!(
                html.contains(&format!("<html lang=\"{lang}\"")) && html.contains(words),
                "{html}"
            );
            assert!(
                html.contains("hufu connector add") && html.contains("hufu audit list"),
                "{html}"
            );
            for element in [
                "<button",
                "<form",
                "<input",
                "<script>",
                " style=",
                "/admin/preferences",
            ] {
                assert!(!html.contains(element), "{element}");
            }
        }
    }
}
