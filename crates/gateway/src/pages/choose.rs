//! The page on which a person chooses how to log in. Plain links to the same request, so that it works without script.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use hufu_core::flow::{Choice, Way};
use hufu_web::page::page;
use url::Url;

use super::Frame;
use crate::arrival::Scene;

#[derive(Template)]
#[template(path = "choose.html")]
struct ChoosePage {
    frame: Frame,
    title: String,
    doors: Vec<Door>,
}

/// One link.
struct Door {
    url: String,
    account: String,
    how: String,
    scan: bool,
}

/// 200: nothing went wrong.
pub(crate) fn respond(scene: &Scene, choices: &[Choice]) -> Response {
    let frame = Frame::new(scene);
    let title = frame.text("choose.title");
    let doors = choices.iter().map(|choice| door(scene, &frame, choice)).collect();
    page(StatusCode::OK, &ChoosePage { frame, title, doors })
}

fn door(scene: &Scene, frame: &Frame, choice: &Choice) -> Door {
    let how = match choice.way {
        Way::Scan => frame.text_with("choose.scan", "account", &choice.account),
        Way::Redirect => frame.text_with("choose.redirect", "kind", choice.kind.get(scene.locale)),
    };
    Door {
        url: with_connection(&scene.url, &choice.connector.to_string()),
        account: choice.account.clone(),
        how,
        scan: choice.way == Way::Scan,
    }
}

/// The URL asked for, with this connection and no other.
fn with_connection(url: &str, connection: &str) -> String {
    let Ok(mut chosen) = Url::parse(url) else {
        return url.to_owned();
    };
    let others = chosen.query().unwrap_or_default().split('&');
    let others: Vec<_> = others
        .filter(|pair| !pair.is_empty() && *pair != "connection" && !pair.starts_with("connection="))
        .map(str::to_owned)
        .chain([format!("connection={connection}")])
        .collect();
    chosen.set_query(Some(&others.join("&")));
    chosen.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_stays_as_it_was() {
        let url = "https://login.example/t/a/login?client_id=x&connection=&state=a%26b%20c&connection=y";
        assert_eq!(
            with_connection(url, "01J"),
            "https://login.example/t/a/login?client_id=x&state=a%26b%20c&connection=01J"
        );
        assert_eq!(with_connection("https://a/t", "01J"), "https://a/t?connection=01J");
    }
}
