//! A simulator on a free port, a kind that talks to it, and a visitor who fetches codes.

use std::sync::Arc;

use hufu_core::model::Identity;
use hufu_core::provider::{AuthorizationUrl, Callback, Provider, ProviderError, ProviderKind as _};
use hufu_core::secret::SecretString;
use hufu_provider_wechat::api::OfficialAccountApi;
use hufu_provider_wechat::{Config, WechatOfficialAccount};
use hufu_test_kit::provider_contract::{Sample, host};
use tokio::net::TcpListener;
use url::Url;
use wechat_simulator::{Account, Control, Effect, Fault, NextUser, Simulator};

pub(crate) const APP_ID: &str = "wx0123456789abcdef";
/// Easy to find where it must not be.
pub(crate) const SECRET: &str = "deadbeefdeadbeefdeadbeefdeadbeef";
pub(crate) const CALLBACK: &str = "https://login.example.cn/t/acme/callback/01JD";
pub(crate) const STATE: &str = "0123456789abcdefghijABCDEFGHIJxy";
pub(crate) const WECHAT: &str = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 MicroMessenger/8.0.50";

pub(crate) const EXCHANGE: &str = "/sns/oauth2/access_token";
pub(crate) const USERINFO: &str = "/sns/userinfo";

/// The timeout of tests that wait for it: short, but not so short that a busy machine is taken for a slow WeChat.
pub(crate) const IMPATIENT_MILLIS: u64 = 800;

pub(crate) struct World {
    pub(crate) control: Control,
    pub(crate) kind: WechatOfficialAccount,
    /// Where the simulator is.
    pub(crate) url: Url,
}

impl World {
    /// The account is bound to an Open Platform account, so that people have a unionid.
    pub(crate) async fn start() -> Self {
        Self::with(kind).await
    }

    /// As [`World::start`], with [`IMPATIENT_MILLIS`].
    pub(crate) async fn impatient() -> Self {
        Self::with(impatient_kind).await
    }

    pub(crate) async fn with(kind: impl FnOnce(&Url) -> WechatOfficialAccount) -> Self {
        let simulator = Simulator::new(wechat_simulator::Config::strict());
        let control = simulator.control();
        control.add_account(Account {
            open_platform: Some("platform".to_owned()),
            ..Account::service(APP_ID, SECRET, &["login.example.cn"])
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, simulator.router()).await });
        Self {
            control,
            kind: kind(&url),
            url,
        }
    }

    pub(crate) fn open(&self, settings: &[(&str, &str)]) -> Arc<dyn Provider> {
        open(&self.kind, SECRET, settings)
    }

    pub(crate) fn api(&self) -> OfficialAccountApi {
        self.kind.api(APP_ID, SecretString::from(SECRET))
    }

    /// A code of the visitor `next`, by way of WeChat's page.
    pub(crate) async fn code(&self, profile: bool, next: NextUser) -> String {
        self.control.next_user(next);
        let provider = self.open(&[]);
        let login = provider.redirect_login().unwrap();
        let request = AuthorizationUrl {
            callback: CALLBACK,
            state: STATE,
            profile,
        };
        let url = login.authorization_url(&request).unwrap();
        let browser = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let answer = browser.get(url).header("user-agent", WECHAT).send().await.unwrap();
        let location = answer
            .headers()
            .get("location")
            .expect("WeChat sends the visitor back")
            .to_str()
            .unwrap();
        let location = Url::parse(location).unwrap();
        let parameters: Vec<(String, String)> = location.query_pairs().into_owned().collect();
        assert!(parameters.contains(&("state".to_owned(), STATE.to_owned())));
        match login.read_callback(&parameters) {
            Callback::Code(code) => code,
            Callback::Denied => panic!("no code in {location}"),
        }
    }

    pub(crate) async fn log_in(&self, profile: bool, next: NextUser) -> Result<Identity, ProviderError> {
        let code = self.code(profile, next).await;
        self.exchange(&code, profile).await
    }

    pub(crate) async fn exchange(&self, code: &str, profile: bool) -> Result<Identity, ProviderError> {
        let proved = self.open(&[]).redirect_login().unwrap().exchange(code, profile).await;
        proved.map(|proved| proved.identity)
    }

    pub(crate) fn break_once(&self, endpoint: &str, effect: Effect) {
        self.control.fault(Fault {
            endpoint: endpoint.to_owned(),
            effect,
            times: Some(1),
        });
    }

    pub(crate) fn break_always(&self, endpoint: &str, effect: Effect) {
        self.control.fault(Fault {
            endpoint: endpoint.to_owned(),
            effect,
            times: None,
        });
    }
}

/// A kind whose pages and calls are at `url`, with the usual timeouts.
pub(crate) fn kind(url: &Url) -> WechatOfficialAccount {
    WechatOfficialAccount::new(config(url)).unwrap()
}

/// A kind with [`IMPATIENT_MILLIS`].
pub(crate) fn impatient_kind(url: &Url) -> WechatOfficialAccount {
    WechatOfficialAccount::new(Config {
        timeout_millis: IMPATIENT_MILLIS,
        ..config(url)
    })
    .unwrap()
}

pub(crate) fn config(url: &Url) -> Config {
    Config {
        pages_url: url.clone(),
        calls_url: url.clone(),
        ..Config::default()
    }
}

pub(crate) fn sample(secret: &str, settings: &[(&str, &str)]) -> Sample {
    let settings: Vec<_> = [("appid", APP_ID)]
        .into_iter()
        .chain(settings.iter().copied())
        .collect();
    Sample::new(&settings, &[("secret", secret)])
}

pub(crate) fn open(kind: &WechatOfficialAccount, secret: &str, settings: &[(&str, &str)]) -> Arc<dyn Provider> {
    kind.open(&sample(secret, settings).connector("wechat-official-account"), &host())
        .unwrap()
}

pub(crate) fn user(id: &str) -> NextUser {
    NextUser {
        user: Some(id.to_owned()),
        ..NextUser::default()
    }
}
