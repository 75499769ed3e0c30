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
    use crate::testing::{CLIENT, CONNECTORS, Host, html};

    #[test]
    fn the_request_stays_as_it_was() {
        let url = "https://login.example/t/a/login?client_id=x&connection=&state=a%26b%20c&connection=y";
        assert_eq!(
            with_connection(url, "01J"),
            "https://login.example/t/a/login?client_id=x&state=a%26b%20c&connection=01J"
        );
        assert_eq!(with_connection("https://a/t", "01J"), "https://a/t?connection=01J");
    }

    #[tokio::test]
    async fn a_computer_with_two_doors_has_the_choice() {
        let host = Host::new();
        host.connectors(&["follow", "desk", "quiet"]);
        let path = format!("/t/acme/login?client_id={CLIENT}&state=a%26b&scope=profile");
        let response = host.get_as("Desktop", &path).await;
        assert_eq!(response.status(), 200);
        assert!(!response.headers().contains_key("set-cookie"), "nothing has begun");
        let page = html(response).await;
        for (id, name) in [(CONNECTORS[0], "follow"), (CONNECTORS[1], "desk")] {
            let link = format!(
                "href=\"https://login.example.com{}&#38;connection={id}\"",
                path.replace('&', "&#38;")
            );
            assert!(page.contains(&link), "no {link} in {page}");
            assert!(page.contains(&format!("测试&#60;{name}&#62;")));
        }
        assert!(!page.contains(CONNECTORS[2]), "what does not work here is not offered");
        assert_eq!(host.saves(), 0);

        let one = host
            .get_as("Desktop", &format!("{path}&connection={}", CONNECTORS[1]))
            .await;
        assert_eq!(one.status(), 303);
        let other = host
            .get_as("Desktop", &format!("{path}&connection={}", CONNECTORS[0]))
            .await;
        assert!(html(other).await.contains("data:image/svg+xml"));
    }

    #[tokio::test]
    async fn one_door_is_no_choice() {
        let host = Host::new();
        host.connectors(&["follow", "desk"]);
        let path = format!("/t/acme/login?client_id={CLIENT}");
        assert_eq!(
            host.get_as("Phone", &path).await.status(),
            303,
            "the page inside WeChat"
        );
        host.connectors(&["quiet", "app"]);
        let elsewhere = html(host.get_as("Desktop", &path).await).await;
        assert!(elsewhere.contains("请用微信扫一扫打开此页面"), "{elsewhere}");
        host.connectors(&["desk", "code"]);
        let elsewhere = html(host.get_as("Phone", &path).await).await;
        assert!(elsewhere.contains("请用微信扫一扫打开此页面"), "{elsewhere}");
        host.connectors(&["code"]);
        let response = host.get_as("Phone", &path).await;
        assert_eq!(response.status(), 403);
        assert!(html(response).await.contains("这个浏览器里没有可用的登录方式"));
        host.connectors(&["app"]);
        let response = host.get_as("Phone", &path).await;
        assert_eq!(response.status(), 403);
        assert!(html(response).await.contains("登录方式尚未配置"));
    }

    #[tokio::test]
    async fn a_connector_that_is_not_the_clients_is_no_door() {
        let host = Host::new();
        host.connectors(&["desk", "follow"]);
        host.public_client(&[CONNECTORS[1]]);
        let path = format!(
            "/t/acme/login?client_id={CLIENT}&code_challenge={}&code_challenge_method=S256",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        let own = host.get_as("Desktop", &path).await;
        assert_eq!(own.status(), 200, "{own:?}");
        assert!(html(own).await.contains("data:image/svg+xml"), "its only door");
        let other = host
            .get_as("Desktop", &format!("{path}&connection={}", CONNECTORS[0]))
            .await;
        assert_eq!(other.status(), 403);
    }
}
