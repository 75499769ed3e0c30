//! One person logging in again and again: authorize, WeChat's page, callback, token.

use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::Value;
use tokio::time::Instant;

use super::Person;
use crate::{RelyingParty, WECHAT_USER_AGENT};

/// A login.
#[derive(Debug)]
pub struct LoggedIn {
    /// How long it took.
    pub total: Duration,
    /// What the token endpoint answered.
    pub answer: String,
}

impl LoggedIn {
    /// The token endpoint's answer, read.
    pub fn tokens(&self) -> Value {
        serde_json::from_str(&self.answer).unwrap()
    }
}

/// A browser and an app.
#[derive(Debug)]
pub struct Journey {
    http: Client,
    authorize: String,
    token: String,
    client_id: String,
    client_secret: String,
    redirect_uri: String,
    cookie: Option<String>,
    /// Who logs in next; no two journeys meet in one person.
    person: usize,
    step: usize,
    people: usize,
}

impl Journey {
    /// The app must ask for no more than what WeChat gives without a page of its own (`openid`, `offline_access`).
    ///
    /// Journeys that begin with `first` and go on by the same `step` meet in nobody of the simulator's `people`: with one
    /// person for all, logins would wait for each other's row.
    pub fn new(app: &RelyingParty, first: usize, step: usize, people: usize) -> Self {
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(WECHAT_USER_AGENT);
        Self {
            http: http.timeout(Duration::from_secs(20)).build().unwrap(),
            authorize: format!(
                "{}/oauth2/authorize?client_id={}&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code\
                 &scope={}&state=s",
                app.issuer,
                app.client_id,
                app.scope.replace(' ', "+")
            ),
            token: format!("{}/oauth2/token", app.issuer),
            client_id: app.client_id.clone(),
            client_secret: app.client_secret.clone().unwrap_or_default(),
            redirect_uri: app.redirect_uri.clone(),
            cookie: None,
            person: first,
            step,
            people,
        }
    }

    /// One login.
    ///
    /// # Errors
    /// What the step that went wrong answered.
    pub async fn log_in(&mut self) -> Result<LoggedIn, String> {
        let started = Instant::now();
        self.person = (self.person + self.step) % self.people;
        let begun = self.get(&self.authorize.clone()).await?;
        if let Some(cookie) = begun.headers().get(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap_or_default();
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        let at_wechat = self.get(&location(&begun)?).await?;
        let finished = self.get(&location(&at_wechat)?).await?;
        let callback = location(&finished)?;
        let code = callback.split("code=").nth(1).and_then(|rest| rest.split('&').next());
        let code = code.ok_or_else(|| format!("no code: {callback}"))?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
        ];
        let request = self
            .http
            .post(&self.token)
            .basic_auth(&self.client_id, Some(&self.client_secret))
            .form(&form);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let (status, body) = (answer.status(), answer.text().await.unwrap_or_default());
        if !body.contains("id_token") {
            return Err(format!("token endpoint: {status} {body}"));
        }
        Ok(LoggedIn {
            total: started.elapsed(),
            answer: body,
        })
    }

    async fn get(&self, url: &str) -> Result<Response, String> {
        let mut request = self.http.get(url).header("x-sim-user", format!("p{}", self.person));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        request.send().await.map_err(|error| error.to_string())
    }
}

impl Person for Journey {
    async fn once(&mut self) -> Result<Duration, String> {
        Ok(self.log_in().await?.total)
    }
}

fn location(answer: &Response) -> Result<String, String> {
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    location
        .map(str::to_owned)
        .ok_or_else(|| format!("{} did not redirect", answer.url().path()))
}
