//! The introspection endpoint (RFC 7662).

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use super::Api;
use super::credentials::{refused, sent, unkept};
use crate::Gateway;

pub(crate) async fn post(State(gateway): State<Gateway>, api: Api, headers: HeaderMap, body: Body) -> Response {
    unkept(
        introspect(&gateway, api, &headers, body)
            .await
            .unwrap_or_else(|response| response),
    )
}

async fn introspect(gateway: &Gateway, api: Api, headers: &HeaderMap, body: Body) -> Result<Response, Response> {
    let hosted = &api.0;
    let asked = sent(gateway, headers, body, hosted).await?;
    let engine = &gateway.site.engine;
    let told = engine.introspect(&hosted.tenant, asked.basic.as_ref(), &asked.form, &hosted.visit);
    let told = told.await.map_err(|error| refused(&error, hosted))?;
    Ok(Json(told).into_response())
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, Request};
    use axum::response::Response;

    use crate::testing::{CLIENT, Host, INTROSPECT, PERSON, TOKEN, asked, html, json};

    #[tokio::test]
    async fn only_who_proves_itself_is_told() {
        let host = Host::new();
        let told = asked(&host, INTROSPECT, &format!("token={TOKEN}")).await;
        assert_eq!(told.headers()["content-type"], "application/json");
        assert_eq!(told.headers()["cache-control"], "no-store");
        assert!(!told.headers().contains_key("access-control-allow-origin"));
        let told = json(told).await;
        let told = |name: &str| told[name].clone();
        assert_eq!(
            (told("active"), told("scope"), told("sub")),
            (true.into(), "openid wechat".into(), PERSON.into())
        );
        assert_eq!(
            (told("client_id"), told("token_type")),
            (CLIENT.into(), "Bearer".into())
        );
        assert_eq!(told("iss"), "https://login.example.com/t/acme");
        for unknown in ["x", "a.b.c", "01J0000000000000000000000F.1.x"] {
            let told = asked(&host, INTROSPECT, &format!("token={unknown}&token_type_hint=x")).await;
            assert_eq!(
                (told.status().as_u16(), html(told).await),
                (200, "{\"active\":false}".to_owned())
            );
        }
        let check = async |response: Response, status: u16, error: &str| {
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
            assert_eq!(json(response).await["error"], error);
        };
        check(asked(&host, INTROSPECT, "").await, 400, "invalid_request").await;
        let wrong = format!("token={TOKEN}&client_id={CLIENT}&client_secret=wrong");
        check(host.form(INTROSPECT, wrong).await, 401, "invalid_client").await;
        let bearer = Request::post(INTROSPECT)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Bearer {TOKEN}"));
        let bearer = host.call(bearer.body(format!("token={TOKEN}").into()).unwrap()).await;
        check(bearer, 401, "invalid_client").await;
        host.public_client(&[]);
        let named = format!("token={TOKEN}&client_id={CLIENT}");
        check(host.form(INTROSPECT, named).await, 401, "invalid_client").await;
        assert_eq!(host.send(Method::OPTIONS, INTROSPECT).await.status(), 405);
    }
}
