//! Who hears every answer, and knows every secret that was given or planted.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use hufu_tests::Page;
use reqwest::RequestBuilder;
use serde_json::Value;

/// Members of answers that are secrets meant for whoever asked.
const GIVEN: [&str; 6] = [
    "access_token",
    "refresh_token",
    "id_token",
    "device_code",
    "ticket",
    "secret",
];

#[derive(Debug, Default)]
pub(super) struct Witness {
    /// Names by value.
    planted: Mutex<BTreeMap<Vec<u8>, String>>,
    heard: Mutex<Vec<(String, String)>>,
}

impl Witness {
    /// Nobody may show this. Of a token in parts it is the last that makes it one.
    pub(super) fn plant(&self, name: &str, value: &str) {
        let last = value.rsplit('.').next().unwrap_or_default();
        let value = if last.len() >= 20 { last } else { value };
        self.plant_bytes(name, value.as_bytes());
    }

    pub(super) fn plant_bytes(&self, name: &str, value: &[u8]) {
        let mut planted = self.planted.lock().unwrap();
        planted.entry(value.to_vec()).or_insert_with(|| name.to_owned());
    }

    /// All that was planted, by name.
    pub(super) fn planted(&self) -> Vec<(String, Vec<u8>)> {
        let planted = self.planted.lock().unwrap();
        planted
            .iter()
            .map(|(value, name)| (name.clone(), value.clone()))
            .collect()
    }

    /// All that was answered.
    pub(super) fn heard(&self) -> Vec<(String, String)> {
        self.heard.lock().unwrap().clone()
    }

    /// Hears an answer. What it is meant to give is planted and struck out, so that only others may not say it.
    pub(super) fn hear(&self, what: &str, text: &str, gives: &[(String, String)]) {
        let mut text = text.to_owned();
        for (name, value) in gives {
            self.plant(name, value);
            text = text.replace(value, "*");
        }
        self.heard.lock().unwrap().push((what.to_owned(), text));
    }

    /// Hears a page: it may set cookies, and lead to an app with a code.
    pub(super) fn page(&self, page: &Page) {
        let mut gives = Vec::new();
        let mut text = String::new();
        for (name, value) in &page.headers {
            writeln!(text, "{name}: {value}").unwrap();
            if name == "set-cookie" {
                let (cookie, value) = value.split(';').next().unwrap().split_once('=').unwrap();
                gives.push((format!("cookie {cookie}"), value.to_owned()));
            }
        }
        gives.retain(|(_, value)| value.len() >= 20);
        if page.header("location").is_some()
            && page.location().host_str() == Some("app.example")
            && let Some(code) = page.location_parameter("code")
        {
            gives.push(("code".to_owned(), code));
        }
        text.push_str(&page.body);
        self.hear(page.url.path(), &text, &gives);
    }

    /// Sends a program's request and hears the answer.
    pub(super) async fn ask(&self, what: &str, request: RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let headers = format!("{:?}", answer.headers());
        let body = answer.text().await.unwrap();
        let read: Value = serde_json::from_str(&body).unwrap_or_default();
        let gives: Vec<_> = GIVEN
            .iter()
            .filter_map(|name| Some((format!("{what}'s {name}"), read[name].as_str()?.to_owned())))
            .collect();
        self.hear(what, &format!("{headers}\n{body}"), &gives);
        (status, read)
    }
}
