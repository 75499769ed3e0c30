//! An app that renews one person's tokens again and again. Each renewal writes the next refresh token, an access token and
//! its event, all durable, and signs an ID token.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hufu_tests::RelyingParty;
use hufu_tests::bench::{Journey, Person};
use reqwest::Client;
use serde_json::Value;
use tokio::time::Instant;

pub(crate) struct Refreshing {
    http: Client,
    token_endpoint: String,
    client_id: String,
    client_secret: String,
    refresh_token: String,
    id_token: String,
}

impl Refreshing {
    /// One of so many people logs in.
    pub(crate) async fn log_in(app: &RelyingParty, number: usize, people: usize) -> Self {
        let tokens = Journey::new(app, number, 0, people).log_in().await.unwrap().tokens();
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(20));
        Self {
            http: http.build().unwrap(),
            token_endpoint: format!("{}/oauth2/token", app.issuer),
            client_id: app.client_id.clone(),
            client_secret: app.client_secret.clone().unwrap(),
            refresh_token: text("refresh_token"),
            id_token: text("id_token"),
        }
    }

    /// Of the ID token.
    pub(crate) fn claims(&self) -> Value {
        let claims = URL_SAFE_NO_PAD
            .decode(self.id_token.split('.').nth(1).unwrap())
            .unwrap();
        serde_json::from_slice(&claims).unwrap()
    }
}

impl Person for Refreshing {
    async fn once(&mut self) -> Result<Duration, String> {
        let started = Instant::now();
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*self.refresh_token)];
        let request = self.http.post(&self.token_endpoint);
        let request = request
            .basic_auth(&self.client_id, Some(&self.client_secret))
            .form(&form);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let (status, body) = (answer.status(), answer.text().await.map_err(|error| error.to_string())?);
        let took = started.elapsed();
        let body: Value = serde_json::from_str(&body).map_err(|_| format!("{status} {body}"))?;
        match (body["refresh_token"].as_str(), body["id_token"].as_str()) {
            (Some(next), Some(_)) => self.refresh_token = next.to_owned(),
            _ => return Err(format!("{status} {body}")),
        }
        Ok(took)
    }
}
