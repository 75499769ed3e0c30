//! An app that knows nothing but OpenID Connect: discovery, code with PKCE, ID token by JWKS, userinfo.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A registered app.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    /// The issuer it was given.
    pub issuer: String,
    /// Its id.
    pub client_id: String,
    /// Its secret; `None`: public.
    pub client_secret: Option<String>,
    /// Its redirect URI. Nothing listens there: the stories look at where the browser is sent.
    pub redirect_uri: String,
    /// What it asks for.
    pub scope: String,
    http: Client,
}

/// A login under way, as the app remembers it.
#[derive(Debug, Clone)]
pub struct Login {
    /// Where the browser is sent.
    pub url: String,
    /// The app's state.
    pub state: String,
    /// The app's nonce.
    pub nonce: String,
    /// PKCE verifier.
    pub verifier: String,
}

/// What the app has in the end.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The token endpoint's answer.
    pub answer: Value,
    /// The ID token's claims, verified.
    pub claims: Value,
    /// The userinfo answer.
    pub userinfo: Value,
}

impl Tokens {
    /// The `sub`.
    pub fn sub(&self) -> &str {
        self.claims["sub"].as_str().unwrap()
    }
}

impl RelyingParty {
    /// An app with these credentials.
    pub fn new(issuer: &str, client_id: &str, client_secret: Option<&str>, redirect_uri: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: client_secret.map(str::to_owned),
            redirect_uri: redirect_uri.to_owned(),
            scope: "openid profile wechat".to_owned(),
            http: Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// The same asking for another scope.
    pub fn asking(self, scope: &str) -> Self {
        Self {
            scope: scope.to_owned(),
            ..self
        }
    }

    /// The discovery document; its issuer must be the one typed in.
    pub async fn discover(&self) -> Value {
        let url = format!("{}/.well-known/openid-configuration", self.issuer);
        let document: Value = self.http.get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(document["issuer"], self.issuer.as_str(), "byte for byte");
        document
    }

    /// Starts a login. `salt` makes state, nonce and verifier differ.
    pub fn start(&self, salt: &str) -> Login {
        let state = format!("st\"{salt}<%00>");
        let nonce = format!("n {salt}");
        let verifier = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("verifier {salt}")));
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let mut url = Url::parse(&format!("{}/oauth2/authorize", self.issuer)).unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", &self.scope)
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Login {
            url: url.into(),
            state,
            nonce,
            verifier,
        }
    }

    /// Sends a code to the token endpoint as it is, with changes to the form.
    pub async fn redeem(&self, code: &str, login: &Login, changes: &[(&str, &str)]) -> Response {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &login.verifier),
        ];
        for (name, value) in changes {
            form.retain(|(known, _)| known != name);
            if !value.is_empty() {
                form.push((name, value));
            }
        }
        let request = self.http.post(format!("{}/oauth2/token", self.issuer));
        let request = match &self.client_secret {
            Some(secret) => request.basic_auth(&self.client_id, Some(secret)),
            None => {
                form.push(("client_id", &self.client_id));
                request
            }
        };
        request.form(&form).send().await.unwrap()
    }

    /// Takes the callback that the browser was sent to and does all an app does with it.
    pub async fn finish(&self, login: &Login, callback: &Url) -> Tokens {
        let parameter = |name: &str| {
            callback
                .query_pairs()
                .find(|(n, _)| n == name)
                .map(|(_, v)| v.into_owned())
        };
        assert!(callback.as_str().starts_with(&self.redirect_uri), "{callback}");
        assert_eq!(parameter("state").as_deref(), Some(login.state.as_str()), "{callback}");
        assert_eq!(parameter("iss").as_deref(), Some(self.issuer.as_str()), "RFC 9207");
        let code = parameter("code").unwrap_or_else(|| panic!("no code: {callback}"));
        let answer = self.redeem(&code, login, &[]).await;
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{answer}");
        let claims = self.verify(answer["id_token"].as_str().unwrap()).await;
        assert_eq!(claims["nonce"], login.nonce.as_str());
        let userinfo = self.userinfo(answer["access_token"].as_str().unwrap()).await;
        assert_eq!(userinfo.0, StatusCode::OK, "{:?}", userinfo.1);
        assert_eq!(userinfo.1["sub"], claims["sub"]);
        Tokens {
            answer,
            claims,
            userinfo: userinfo.1,
        }
    }

    /// Verifies an ID token by discovery and JWKS alone.
    pub async fn verify(&self, id_token: &str) -> Value {
        let document = self.discover().await;
        let keys = self
            .http
            .get(document["jwks_uri"].as_str().unwrap())
            .send()
            .await
            .unwrap();
        let keys: JwkSet = keys.json().await.unwrap();
        let header = decode_header(id_token).unwrap();
        let key = keys.find(header.kid.as_deref().unwrap()).expect("the key is published");
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[&self.client_id]);
        validation.set_issuer(&[&self.issuer]);
        decode::<Value>(id_token, &DecodingKey::from_jwk(key).unwrap(), &validation)
            .unwrap()
            .claims
    }

    /// Asks userinfo.
    pub async fn userinfo(&self, access_token: &str) -> (StatusCode, Value) {
        let url = format!("{}/oauth2/userinfo", self.issuer);
        let answer = self.http.get(url).bearer_auth(access_token).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Posts a form to an endpoint under `/oauth2/` with the app's own proof and these headers; the answer's status and
    /// body, null when it is no JSON.
    pub async fn ask(&self, endpoint: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> (u16, Value) {
        let mut form = form.to_vec();
        let mut request = self.http.post(format!("{}/oauth2/{endpoint}", self.issuer));
        match &self.client_secret {
            Some(secret) => request = request.basic_auth(&self.client_id, Some(secret)),
            None => form.push(("client_id", &self.client_id)),
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.form(&form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Brings a refresh token.
    pub async fn refresh(&self, token: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        form.extend(more);
        self.ask("token", &form, &[]).await
    }

    /// The same app asking another instance.
    pub fn at(&self, app_url: &str, instance_url: &str) -> Self {
        Self {
            issuer: self.issuer.replace(app_url, instance_url),
            ..self.clone()
        }
    }
}
