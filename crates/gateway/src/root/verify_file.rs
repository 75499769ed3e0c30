//! The files by which WeChat checks who owns a domain: `/MP_verify_{16}.txt`.
//!
//! Chosen by the host asked for, since WeChat asks at the tenant's own domain. Believing it harms nobody: the answer
//! is text that stands in the file's name, at a host for which a tenant placed it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::Method;
use http::request::Parts;
use hufu_core::flow::Problem;
use hufu_core::model::VerifyFile;
use hufu_web::error::json_problem;

use super::refused::{method_not_allowed, not_found};
use crate::Gateway;

pub(crate) async fn any(State(gateway): State<Gateway>, parts: Parts) -> Response {
    let token = VerifyFile::token_of(parts.uri.path().trim_start_matches('/')).map(str::to_owned);
    let (Some(token), Some(host)) = (token, host_of(&gateway, &parts)) else {
        return not_found(State(gateway), parts).await;
    };
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return method_not_allowed(State(gateway), parts).await;
    }
    match gateway.site.engine.store().has_verify_file(&host, &token).await {
        Ok(true) => token.into_response(),
        Ok(false) => not_found(State(gateway), parts).await,
        Err(error) => json_problem(&Problem::from(error)),
    }
}

/// The host asked for, as files are stored: lower case, no port, no root dot.
fn host_of(gateway: &Gateway, parts: &Parts) -> Option<String> {
    let host = gateway.site.asked_host(parts)?;
    let port = host
        .rfind(':')
        .filter(|at| host[at + 1..].bytes().all(|b| b.is_ascii_digit()));
    let host = port.map_or(&*host, |at| &host[..at]);
    Some(host.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use crate::testing::{Host, html, request};

    const FILE: &str = "/MP_verify_P97WLFQjVODXzc3j.txt";

    #[tokio::test]
    async fn exactly_the_token_at_exactly_the_host() {
        let ask = async |host: &str, path: &str| {
            Host::new()
                .call(request(path).header("host", host).body("".into()).unwrap())
                .await
        };
        for host in ["shop.example", "Shop.Example:443", "shop.example."] {
            let response = ask(host, FILE).await;
            assert_eq!(response.status(), 200, "{host}");
            assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
            assert_eq!(html(response).await, "P97WLFQjVODXzc3j");
        }
        assert_eq!(ask("other.example", FILE).await.status(), 404);
        assert_eq!(
            ask("shop.example", "/MP_verify_aaaaaaaaaaaaaaaa.txt").await.status(),
            404
        );
        assert_eq!(ask("shop.example", "/robots.txt").await.status(), 404);
        assert_eq!(Host::new().get(FILE).await.status(), 404);
    }
}
