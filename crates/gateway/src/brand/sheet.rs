//! `GET /t/{tenant}/brand.css`: the tenant's colour as a style sheet, since pages allow no inline styles.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use hufu_web::error::json_problem;
use hufu_web::headers::PUBLIC_DOCUMENT;

use super::colour::Colour;
use crate::Gateway;

/// The darkest background that accented text has in light mode and the lightest in dark mode, as `page.css` has them.
const LIGHT: &str = "#f2f5f3";
const DARK: &str = "#181f1c";

const CSS: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");

pub(crate) async fn get(State(gateway): State<Gateway>, mut parts: Parts) -> Response {
    match gateway.site.hosted(&mut parts).await {
        Ok(hosted) => match Colour::of(&hosted.tenant) {
            Some(colour) => (
                [(header::CONTENT_TYPE, CSS), (header::CACHE_CONTROL, PUBLIC_DOCUMENT)],
                sheet(colour),
            )
                .into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        Err(problem) => json_problem(&problem),
    }
}

/// Buttons are filled with the colour as it is; where it is text or a line, it is made readable.
fn sheet(colour: Colour) -> String {
    let on_fill = colour.text();
    let away = if on_fill == Colour::WHITE {
        Colour::BLACK
    } else {
        Colour::WHITE
    };
    let (light, dark) = (
        accent(colour, LIGHT, Colour::BLACK),
        accent(colour, DARK, Colour::WHITE),
    );
    format!(
        ":root{{{light};--fill:{colour};--fill-strong:{};--on-fill:{on_fill}}}\n\
         @media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n",
        colour.towards(away, 3),
    )
}

fn accent(colour: Colour, background: &str, end: Colour) -> String {
    let background = Colour::parse(background).unwrap_or(Colour::WHITE);
    let accent = colour.readable_on(background, end);
    format!("--accent:{accent};--accent-strong:{}", accent.towards(end, 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Host, html};
    use hufu_core::model::Branding;

    /// The colour of a variable in the first or second rule.
    fn colour(sheet: &str, rule: usize, name: &str) -> Colour {
        let rule = sheet.lines().nth(rule).unwrap();
        let value = rule.split(&format!("{name}:")).nth(1).unwrap();
        Colour::parse(&value[..7]).unwrap()
    }

    #[test]
    fn everything_is_readable_whatever_the_colour() {
        let backgrounds = [&["#ffffff", "#f2f5f3", "#f4f7f5"], &["#181f1c", "#0e1311", "#111714"]];
        for text in [
            "#ffffff", "#ffff00", "#000000", "#06783f", "#00ff00", "#ff0000", "#0000ff", "#767676", "#777777",
            "#7f7f7f", "#fffffe", "#010101", "#00ffff", "#ff00ff", "#c0ffee", "#123456",
        ] {
            let sheet = sheet(Colour::parse(text).unwrap());
            for (rule, backgrounds) in backgrounds.iter().enumerate() {
                for name in ["--accent", "--accent-strong"] {
                    let accent = colour(&sheet, rule, name);
                    for background in *backgrounds {
                        let contrast = accent.contrast(Colour::parse(background).unwrap());
                        assert!(contrast >= 4.5, "{text} {name} on {background}: {contrast} in {sheet}");
                    }
                }
            }
            let on_fill = colour(&sheet, 0, "--on-fill");
            for name in ["--fill", "--fill-strong"] {
                let contrast = on_fill.contrast(colour(&sheet, 0, name));
                assert!(contrast >= 4.5, "{text} {name}: {contrast}");
            }
            assert_eq!(
                colour(&sheet, 0, "--fill").to_string(),
                text,
                "buttons have the colour itself"
            );
        }
    }

    #[test]
    fn a_good_colour_is_left_alone() {
        let sheet = sheet(Colour::parse("#06783f").unwrap());
        assert_eq!(colour(&sheet, 0, "--accent").to_string(), "#06783f");
    }

    #[test]
    fn the_backgrounds_are_those_of_the_pages() {
        let css = include_str!("../../static/page.css");
        assert!(css.contains(&format!("--page: {LIGHT}")) && css.contains(&format!("--card: {DARK}")));
    }

    #[tokio::test]
    async fn the_sheet_says_the_colour_and_nothing_else() {
        let host = Host::new();
        let brand = |colour: &str| {
            host.brand(Branding {
                colour: Some(colour.to_owned()),
                ..Branding::default()
            });
        };
        assert_eq!(host.get("/t/acme/brand.css").await.status(), 404, "no colour");
        brand("#ffcc00");
        let response = host.get("/t/acme/brand.css?v=ffcc00").await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/css; charset=utf-8");
        assert_eq!(response.headers()["cache-control"], "public, max-age=300");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let sheet = html(response).await;
        assert!(
            sheet.starts_with(":root{--accent:#") && sheet.contains("--fill:#ffcc00;"),
            "{sheet}"
        );
        brand("#ffcc00}body{background:url(//evil.example)");
        assert_eq!(host.get("/t/acme/brand.css").await.status(), 404);
        assert_eq!(host.get("/t/nobody/brand.css").await.status(), 404);
        host.break_store();
        assert_eq!(host.get("/t/acme/brand.css").await.status(), 503);
    }
}
