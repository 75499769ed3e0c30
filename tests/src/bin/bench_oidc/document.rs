//! Who reads a public document again and again.

use std::time::Duration;

use hufu_tests::bench::Person;
use reqwest::Client;
use tokio::time::Instant;

pub(crate) struct Reader {
    http: Client,
    url: String,
}

impl Reader {
    pub(crate) fn new(url: &str) -> Self {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(20));
        Self {
            http: http.build().unwrap(),
            url: url.to_owned(),
        }
    }
}

impl Person for Reader {
    async fn once(&mut self) -> Result<Duration, String> {
        let started = Instant::now();
        let answer = self
            .http
            .get(&self.url)
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| error.to_string())?;
        if !status.is_success() || body.is_empty() {
            return Err(format!("{} said {status}", self.url));
        }
        Ok(started.elapsed())
    }
}
