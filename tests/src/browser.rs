//! One person's browser: keeps cookies by host, shows every hop, follows only when told to.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, SET_COOKIE, USER_AGENT};
use reqwest::{Client, Method, StatusCode, Url, redirect::Policy};

/// What WeChat's own browser calls itself.
pub const WECHAT_USER_AGENT: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
     Version/4.0 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50.2701(0x28003253) WeChat/arm64 Language/zh_CN";

/// An answer.
#[derive(Debug, Clone)]
pub struct Page {
    /// Where it was got.
    pub url: Url,
    /// Status.
    pub status: StatusCode,
    /// Header names (lower case) and values.
    pub headers: Vec<(String, String)>,
    /// Body as text.
    pub body: String,
}

impl Page {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Where it redirects to.
    pub fn location(&self) -> Url {
        let location = self
            .header("location")
            .unwrap_or_else(|| panic!("no redirect: {self:?}"));
        self.url.join(location).unwrap()
    }

    /// A parameter of the URL it redirects to.
    pub fn location_parameter(&self, name: &str) -> Option<String> {
        self.location()
            .query_pairs()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// A file that a form sends.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// The field.
    pub field: &'a str,
    /// What the file is called on the sender's machine.
    pub name: &'a str,
    /// What the browser takes it for.
    pub media_type: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

enum Sent<'a> {
    Nothing,
    Form(&'a [(&'a str, &'a str)]),
    Parts(Vec<u8>),
}

/// Between the parts of a form with files.
const BOUNDARY: &str = "----hufu-tests-7MA4YWxkTrZu0gW";

/// One person's browser.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    cookies: Mutex<BTreeMap<(String, String), String>>,
    user_agent: String,
    wechat_user: Option<String>,
    consent: &'static str,
    language: &'static str,
}

impl Browser {
    /// A browser with this `User-Agent`.
    pub fn new(user_agent: &str) -> Self {
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(30))
            .no_proxy()
            .build();
        Self {
            client: client.unwrap(),
            cookies: Mutex::default(),
            user_agent: user_agent.to_owned(),
            wechat_user: None,
            consent: "allow",
            language: "en",
        }
    }

    /// WeChat's browser, signed in to WeChat as one of the simulator's users, who allows what is asked.
    pub fn wechat(user: &str) -> Self {
        Self {
            wechat_user: Some(user.to_owned()),
            ..Self::new(WECHAT_USER_AGENT)
        }
    }

    /// The same, but refuses.
    pub fn refusing(self) -> Self {
        Self {
            consent: "deny",
            ..self
        }
    }

    /// The same with another `Accept-Language`.
    pub fn speaking(self, language: &'static str) -> Self {
        Self { language, ..self }
    }

    /// A copy with the same cookies: another tab, or a restored one.
    pub fn another_tab(&self) -> Self {
        Self {
            client: self.client.clone(),
            cookies: Mutex::new(self.cookies.lock().unwrap().clone()),
            user_agent: self.user_agent.clone(),
            wechat_user: self.wechat_user.clone(),
            ..*self
        }
    }

    /// The value of a cookie, of whichever host.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let kept = self.cookies.lock().unwrap();
        let mut found = kept.iter().filter(|((_, known), _)| known == name);
        found.next().map(|(_, value)| value.clone())
    }

    /// Gives the browser a cookie of the host of this URL.
    pub fn plant(&self, url: &str, name: &str, value: &str) {
        let url = Url::parse(url).unwrap();
        let key = (url.host_str().unwrap_or_default().to_owned(), name.to_owned());
        self.cookies.lock().unwrap().insert(key, value.to_owned());
    }

    /// Forgets all cookies.
    pub fn forget(&self) {
        self.cookies.lock().unwrap().clear();
    }

    /// Gets a URL; does not follow.
    pub async fn get(&self, url: impl AsRef<str>) -> Page {
        self.send(Method::GET, url.as_ref(), Sent::Nothing).await
    }

    /// Posts a form; does not follow.
    pub async fn post(&self, url: impl AsRef<str>, form: &[(&str, &str)]) -> Page {
        self.send(Method::POST, url.as_ref(), Sent::Form(form)).await
    }

    /// Posts a form with files; does not follow.
    pub async fn upload(&self, url: impl AsRef<str>, form: &[(&str, &str)], files: &[Upload<'_>]) -> Page {
        let mut body = Vec::new();
        let mut part = |head: String, bytes: &[u8]| {
            body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").into_bytes());
            body.extend(bytes);
            body.extend(b"\r\n");
        };
        for (name, value) in form {
            part(format!("name=\"{name}\""), value.as_bytes());
        }
        for file in files {
            let head = format!(
                "name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}",
                file.field, file.name, file.media_type
            );
            part(head, file.bytes);
        }
        body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        self.send(Method::POST, url.as_ref(), Sent::Parts(body)).await
    }

    /// Gets a URL and follows redirects while they stay below one of `within`; returns the last answer.
    pub async fn follow(&self, url: impl AsRef<str>, within: &[&str]) -> Page {
        let mut page = self.get(url).await;
        for _ in 0..20 {
            if !page.status.is_redirection() || !within.iter().any(|base| page.location().as_str().starts_with(base)) {
                return page;
            }
            page = self.get(page.location()).await;
        }
        panic!("redirected in a circle: {page:?}");
    }

    async fn send(&self, method: Method, url: &str, sent: Sent<'_>) -> Page {
        let url = Url::parse(url).unwrap();
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut request = self.client.request(method, url.clone());
        request = request
            .header(USER_AGENT, &self.user_agent)
            .header(ACCEPT_LANGUAGE, self.language);
        if let Some(user) = &self.wechat_user {
            request = request.header("x-sim-user", user).header("x-sim-consent", self.consent);
        }
        let cookies: Vec<_> = {
            let kept = self.cookies.lock().unwrap();
            kept.iter()
                .filter(|((h, _), _)| *h == host)
                .map(|((_, name), value)| format!("{name}={value}"))
                .collect()
        };
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        request = match sent {
            Sent::Nothing => request,
            Sent::Form(form) => request.form(form),
            Sent::Parts(body) => request
                .header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
                .body(body),
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        };
        let headers: Vec<_> = answer.headers().iter().map(header).collect();
        for (_, cookie) in headers.iter().filter(|(name, _)| name == SET_COOKIE.as_str()) {
            self.keep(&host, cookie);
        }
        Page {
            url,
            status,
            headers,
            body: answer.text().await.unwrap(),
        }
    }

    fn keep(&self, host: &str, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else {
            return;
        };
        let key = (host.to_owned(), name.trim().to_owned());
        let ended = cookie.to_ascii_lowercase().contains("max-age=0");
        let mut kept = self.cookies.lock().unwrap();
        if ended {
            kept.remove(&key)
        } else {
            kept.insert(key, value.to_owned())
        };
    }
}
