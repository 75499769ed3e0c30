//! WeChat, overheard: what it gives Hufu is planted too, and when it is told to fail it repeats all that it was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::witness::Witness;

/// How WeChat fails.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// An errcode with a message that repeats the request.
    Errcode(i64),
    /// A page of some proxy, that repeats the request.
    Page,
    /// An answer of the status 500, that repeats the request.
    Broken,
}

/// Stands before the simulator's calls.
#[derive(Clone)]
pub(super) struct Upstream {
    /// Where Hufu is told that WeChat is.
    pub(super) url: String,
    /// Where the simulator is; known when it runs.
    pub(super) simulator: Arc<OnceLock<String>>,
    faults: Arc<Mutex<VecDeque<(&'static str, Fault)>>>,
    witness: Arc<Witness>,
    http: reqwest::Client,
}

impl Upstream {
    pub(super) async fn start(witness: &Arc<Witness>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            simulator: Arc::default(),
            faults: Arc::default(),
            witness: Arc::clone(witness),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        };
        let router = Router::new().fallback(Self::pass).with_state(upstream.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        upstream
    }

    /// The next call of this path fails so.
    pub(super) fn fail(&self, path: &'static str, fault: Fault) {
        self.faults.lock().unwrap().push_back((path, fault));
    }

    /// No call fails any more.
    pub(super) fn forget(&self) {
        self.faults.lock().unwrap().clear();
    }

    async fn pass(State(upstream): State<Self>, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        for (name, value) in query.filter(|(name, _)| ["code", "js_code"].contains(&&**name)) {
            upstream.witness.plant(&format!("WeChat's {name}"), &value);
        }
        let fault = {
            let mut faults = upstream.faults.lock().unwrap();
            let met = faults.iter().position(|(path, _)| *path == parts.uri.path());
            met.and_then(|at| faults.remove(at))
        };
        if let Some((_, fault)) = fault {
            let said = format!("{} {}", parts.uri, String::from_utf8_lossy(&body));
            return match fault {
                Fault::Errcode(code) => json!({"errcode": code, "errmsg": format!("no: {said}")})
                    .to_string()
                    .into_response(),
                Fault::Page => format!("<html>{said}</html>").into_response(),
                Fault::Broken => (StatusCode::INTERNAL_SERVER_ERROR, said).into_response(),
            };
        }
        let url = format!("{}{}", upstream.simulator.get().unwrap(), parts.uri);
        let mut passed = upstream.http.request(parts.method, url).body(body);
        if let Some(kind) = parts.headers.get("content-type") {
            passed = passed.header("content-type", kind);
        }
        let answer = passed.send().await.unwrap();
        let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned());
        let text = answer.text().await.unwrap();
        let given: Value = serde_json::from_str(&text).unwrap_or_default();
        for name in ["access_token", "refresh_token", "session_key", "ticket"] {
            if let Some(value) = given[name].as_str() {
                upstream.witness.plant(&format!("WeChat's {name}"), value);
            }
        }
        let mut response = (status, text).into_response();
        if let Some(kind) = kind {
            response.headers_mut().insert("content-type", kind);
        }
        response
    }
}
