//! The login link: a button, a menu entry, an H5 page.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use hufu_core::flow::{Problem, Step};
use hufu_web::body::read_query;
use hufu_web::tenant::Hosted;

use crate::Gateway;
use crate::arrival::Arrival;

pub(crate) async fn get(State(gateway): State<Gateway>, RawQuery(query): RawQuery, arrival: Arrival) -> Response {
    let Arrival { hosted, scene } = arrival;
    let step = login(&gateway, hosted, query.as_deref()).await;
    Arrival::answer(&scene, &gateway, step)
}

async fn login(gateway: &Gateway, hosted: Result<Hosted, Problem>, query: Option<&str>) -> Result<Step, Problem> {
    let hosted = hosted?;
    let form = read_query(query)?;
    Ok(gateway.site.engine.login(&hosted.tenant, form, &hosted.visit).await)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use crate::testing::{CLIENT, Host, html, request};

    #[tokio::test]
    async fn the_client_is_enough() {
        let response = Host::new().get(&format!("/t/acme/login?client_id={CLIENT}")).await;
        assert_eq!(response.status(), 303);
        assert!(response.headers().contains_key("set-cookie"));
    }

    #[tokio::test]
    async fn another_browser_gets_the_same_address_to_open_elsewhere() {
        let path = format!("/t/acme/login?client_id={CLIENT}&x=%22%3Cb%3E");
        let request = request(&path)
            .header("host", "evil.example")
            .header("user-agent", "Desktop");
        let response = Host::new().call(request.body("".into()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert!(!response.headers().contains_key("set-cookie"));
        let page = html(response).await;
        assert!(
            page.contains(&format!(
                "value=\"https://login.example.com{}\"",
                path.replace('&', "&#38;")
            )),
            "{page}"
        );
        assert!(
            page.contains("请用微信扫一扫") && page.contains("测试&#60;号&#62;"),
            "{page}"
        );
        assert!(!page.contains("evil.example"));
        let svg = page
            .split("data:image/svg+xml;base64,")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert!(
            String::from_utf8(STANDARD.decode(svg).unwrap())
                .unwrap()
                .contains("<svg")
        );
    }

    #[tokio::test]
    async fn an_unknown_tenant_or_client_is_a_page() {
        let host = Host::new();
        assert_eq!(host.get("/t/nobody/login?client_id=x").await.status(), 404);
        assert_eq!(host.get("/t/acme/login?client_id=x").await.status(), 404);
        assert_eq!(
            host.get(&format!("/t/closed/login?client_id={CLIENT}")).await.status(),
            403
        );
    }
}
