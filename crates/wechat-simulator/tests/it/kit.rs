//! A browser and an API client in a few lines.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;
use wechat_simulator::{Config, Simulator};

pub(crate) const APP: &str = "wx8f3a1c5e7b9d2046";
pub(crate) const SECRET: &str = "5d0c7e1f93ab4862b7e4d1906fa8c235";
pub(crate) const WECHAT: &str = "Mozilla/5.0 (iPhone) MicroMessenger/8.0.50";

pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::FOUND, "{}", self.body);
        Url::parse(self.header(header::LOCATION)).unwrap()
    }

    pub(crate) fn param(&self, name: &str) -> Option<String> {
        self.location()
            .query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    pub(crate) fn code(&self) -> String {
        self.param("code").unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(crate) fn errcode(&self) -> i64 {
        self.json()["errcode"].as_i64().unwrap_or(0)
    }
}

pub(crate) fn demo() -> Simulator {
    Simulator::new(Config::demo())
}

pub(crate) async fn send(simulator: &Simulator, request: Request<Body>) -> Got {
    let response = simulator.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    Got {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

pub(crate) async fn get(simulator: &Simulator, path: &str) -> Got {
    get_with(simulator, path, &[]).await
}

pub(crate) async fn get_with(simulator: &Simulator, path: &str, headers: &[(&str, &str)]) -> Got {
    let mut request = Request::get(path).header("host", "sim.test:8082");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(simulator, request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn post(simulator: &Simulator, path: &str, content_type: &str, body: &str) -> Got {
    let request = Request::post(path)
        .header("content-type", content_type)
        .header("user-agent", WECHAT);
    send(simulator, request.body(Body::from(body.to_owned())).unwrap()).await
}

pub(crate) async fn post_json(simulator: &Simulator, path: &str, body: &Value) -> Got {
    post(simulator, path, "application/json", &body.to_string()).await
}

/// The authorize URL as Tencent's documents write it.
pub(crate) fn authorize_url(scope: &str, state: &str) -> String {
    format!(
        "/connect/oauth2/authorize?appid={APP}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9000%2Fcb&response_type=code&scope={scope}&state={state}"
    )
}

/// A code for a user who allows.
pub(crate) async fn code_for(simulator: &Simulator, user: &str, scope: &str) -> String {
    let headers = [("x-sim-user", user), ("x-sim-consent", "allow"), ("user-agent", WECHAT)];
    get_with(simulator, &authorize_url(scope, "s1"), &headers).await.code()
}

pub(crate) fn exchange_url(secret: &str, code: &str) -> String {
    format!("/sns/oauth2/access_token?appid={APP}&secret={secret}&code={code}&grant_type=authorization_code")
}

pub(crate) async fn exchange(simulator: &Simulator, code: &str) -> Got {
    get(simulator, &exchange_url(SECRET, code)).await
}

pub(crate) async fn tokens_for(simulator: &Simulator, user: &str, scope: &str) -> Value {
    let code = code_for(simulator, user, scope).await;
    exchange(simulator, &code).await.json()
}

/// A stable server token of an account.
pub(crate) async fn server_token(simulator: &Simulator, app_id: &str) -> String {
    let accounts = simulator.control().accounts();
    let account = accounts.iter().find(|account| account.app_id == app_id).unwrap();
    let body = serde_json::json!({"grant_type": "client_credential", "appid": app_id, "secret": account.secret});
    let got = post_json(simulator, "/cgi-bin/stable_token", &body).await;
    text(&got.json(), "access_token")
}

pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {value}"))
        .to_owned()
}
