//! The one place that talks HTTP: bounded in time and size, and silent about URLs, which carry secrets.

use std::error::Error as _;
use std::time::Duration;

use hufu_core::secret::{ExposeSecret as _, SecretString};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value as Json};
use tokio::time::Instant;
use url::Url;

use super::call::{Method, Request, Value};
use super::failure::Failure;
use super::lane::Lanes;
use super::relay::{MAX_RELAYED_BYTES, Relay};
use crate::config::Config;
use crate::official_account::SetupError;

/// Shorter than the keep-alive of usual servers: a connection that the other end has just closed would lose a code.
const IDLE: Duration = Duration::from_secs(20);

/// A client for WeChat's calls.
pub(crate) struct Http {
    client: reqwest::Client,
    calls_url: Url,
    timeout: Duration,
    max_body_bytes: usize,
    lanes: Lanes,
}

/// An answer whose body was read whole.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Http {
    pub(crate) fn new(config: &Config) -> Result<Self, SetupError> {
        let on_this_machine = config.calls_url.scheme() == "http" && is_loopback(&config.calls_url);
        if config.calls_url.scheme() != "https" && !on_this_machine {
            return Err(SetupError::PlainHttp);
        }
        let client = reqwest::Client::builder()
            .user_agent(concat!("hufu/", env!("CARGO_PKG_VERSION")))
            .https_only(!on_this_machine)
            .connect_timeout(config.connect_timeout())
            .timeout(config.timeout())
            .pool_idle_timeout(IDLE)
            // A redirect would carry the query, and so the AppSecret, to wherever it points.
            .redirect(reqwest::redirect::Policy::none())
            // Which call may be made twice is decided where its meaning is known.
            .retry(reqwest::retry::never())
            // The environment of the process must not choose who reads the query.
            .no_proxy()
            .build()
            .map_err(|error| SetupError::Client(describe(error)))?;
        Ok(Self {
            client,
            calls_url: config.calls_url.clone(),
            timeout: config.timeout(),
            max_body_bytes: config.max_body_bytes,
            lanes: Lanes::new(config),
        })
    }

    /// The time limit of one call.
    pub(crate) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The accounts' lanes.
    pub(super) const fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    pub(super) async fn send(&self, request: &Request<'_>, deadline: Option<Instant>) -> Result<Answer, Failure> {
        self.receive(self.prepare(request), deadline, self.max_body_bytes).await
    }

    /// Makes a call for another system: the token in the query, everything else as it was given.
    pub(super) async fn relay(
        &self,
        relay: &Relay<'_>,
        token: &SecretString,
        deadline: Option<Instant>,
    ) -> Result<Answer, Failure> {
        let mut url = self.url(relay.path());
        url.query_pairs_mut()
            .append_pair("access_token", token.expose_secret())
            .extend_pairs(relay.query());
        let call = match relay.body() {
            None => self.client.get(url),
            Some(body) => self
                .client
                .post(url)
                .header(CONTENT_TYPE, body.content_type)
                .body(body.bytes.to_vec()),
        };
        self.receive(call, deadline, MAX_RELAYED_BYTES).await
    }

    async fn receive(
        &self,
        call: reqwest::RequestBuilder,
        deadline: Option<Instant>,
        max_body_bytes: usize,
    ) -> Result<Answer, Failure> {
        let left = deadline.map_or(self.timeout, |at| {
            at.saturating_duration_since(Instant::now()).min(self.timeout)
        });
        if left.is_zero() {
            return Err(Failure::TimedOut);
        }
        let mut response = call.timeout(left).send().await.map_err(classify)?;
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let mut answer = Answer {
            status: response.status().as_u16(),
            content_type: content_type.map(|text| text.chars().take(100).collect()),
            body: Vec::new(),
        };
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(answer),
                Ok(Some(chunk)) if answer.body.len() + chunk.len() > max_body_bytes => {
                    return Err(answer.nonsense(&format!("longer than {max_body_bytes} bytes")));
                }
                Ok(Some(chunk)) => answer.body.extend_from_slice(&chunk),
                Err(error) if error.is_timeout() => return Err(Failure::TimedOut),
                Err(_) => return Err(answer.nonsense("it broke off")),
            }
        }
    }

    /// Where a call is; the calls may stand below a path.
    fn url(&self, path: &str) -> Url {
        let mut url = self.calls_url.clone();
        url.set_path(&format!("{}{path}", self.calls_url.path().trim_end_matches('/')));
        url
    }

    fn prepare(&self, request: &Request<'_>) -> reqwest::RequestBuilder {
        let mut url = self.url(request.endpoint.path());
        let pairs = request.parameters.iter().map(|(name, value)| (name, value.expose()));
        match request.method {
            Method::Get => {
                url.query_pairs_mut().extend_pairs(pairs);
                self.client.get(url)
            }
            Method::PostBody(body) => {
                url.query_pairs_mut().extend_pairs(pairs);
                self.client
                    .post(url)
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.json.to_owned())
            }
            Method::PostJson => {
                let members = request
                    .parameters
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), json(*value)));
                self.client
                    .post(url)
                    .json(&Json::Object(members.collect::<Map<_, _>>()))
            }
        }
    }
}

impl Answer {
    /// Says what is wrong by shape alone: the body may hold tokens.
    pub(super) fn nonsense(&self, what: &str) -> Failure {
        let Self {
            status,
            content_type,
            body,
        } = self;
        Failure::Nonsense(format!(
            "{what} (status {status}, {}, {} bytes)",
            content_type.as_deref().unwrap_or("no content type"),
            body.len()
        ))
    }
}

fn json(value: Value<'_>) -> Json {
    match value {
        Value::Flag(flag) => Json::Bool(flag),
        Value::Open(text) | Value::Secret(text) => Json::String(text.to_owned()),
    }
}

fn classify(error: reqwest::Error) -> Failure {
    // A timeout of connecting is both; nothing has been sent then.
    if error.is_connect() {
        Failure::NotConnected(describe(error))
    } else if error.is_timeout() {
        Failure::TimedOut
    } else {
        Failure::Broken(describe(error))
    }
}

/// The chain of causes, without the URL, which has the AppSecret in its query.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_up(calls_url: &str) -> Result<Http, SetupError> {
        Http::new(&Config {
            calls_url: Url::parse(calls_url).unwrap(),
            ..Config::default()
        })
    }

    #[test]
    fn the_app_secret_leaves_this_machine_over_https_only() {
        for fine in [
            "https://api.weixin.qq.com",
            "http://127.0.0.1:8081",
            "http://[::1]:1",
            "http://localhost:2/sim",
        ] {
            assert!(set_up(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "http://api.weixin.qq.com",
            "http://10.0.0.1:8081",
            "http://localhost.example.cn",
            "ftp://localhost",
        ] {
            assert!(matches!(set_up(wrong), Err(SetupError::PlainHttp)), "{wrong}");
        }
    }
}
