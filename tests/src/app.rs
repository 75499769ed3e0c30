//! A real Hufu beside a real simulator, on SQLite or PostgreSQL, on free ports of this machine.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hufu::config::{Config, SecondFactor};
use hufu::{Hufu, Injected};
use hufu_core::clock::{Clock, SystemClock, SystemRandom, Timestamp};
use hufu_core::ids::AgencyId;
use hufu_core::manage::{Manager, NewClient, NewConnector, NewTenant, Operators};
use hufu_core::model::{
    Action, AuditEvent, AuditFilter, Client, ClientKind, Connector, SnapshotPolicy, Tenant, TenantCode,
};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::text::Locale;
use hufu_test_kit::postgres;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wechat_simulator::{Account, Control, Simulator};

use crate::RelyingParty;

/// The kind of connector most stories use.
const KIND: &str = "wechat-official-account";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of its own in the tests' own PostgreSQL server.
    Postgres,
}

/// The machine's clock, moved on by hand: tokens stay valid for libraries that read the machine's clock themselves.
#[derive(Debug, Default)]
pub struct OffsetClock(AtomicI64);

impl OffsetClock {
    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        self.0
            .fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for OffsetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.0.load(Ordering::SeqCst))
    }
}

/// What a story looks at inside an instance.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Decides logins.
    pub engine: Arc<hufu_core::flow::Engine>,
    /// Keeps them.
    pub database: Arc<hufu_storage::Database>,
    /// Lets operators in.
    pub operators: Operators,
    manager: Manager,
}

/// One running instance.
#[derive(Debug)]
struct Instance {
    url: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Hufu, its database and its simulator.
pub struct TestApp {
    /// Where Hufu listens (the first instance).
    pub url: String,
    /// Where the simulator listens.
    pub simulator_url: String,
    /// The simulator's controls.
    pub simulator: Control,
    /// Hufu's clock.
    pub clock: Arc<OffsetClock>,
    /// The parts of the first instance.
    pub hufu: Parts,
    /// What it was configured with.
    pub config: Config,
    instances: Vec<Instance>,
    _data: TempDir,
}

/// A tenant with one account and one app, as most stories need it.
#[derive(Debug, Clone)]
pub struct TestTenant {
    /// The tenant.
    pub tenant: Tenant,
    /// Its account.
    pub connector: Connector,
    /// Its app, as registered.
    pub client: Client,
    /// Its app, as it logs people in.
    pub app: RelyingParty,
    /// The account's AppID.
    pub app_id: String,
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

impl TestApp {
    /// Starts everything; the simulator is strict, as WeChat is.
    pub async fn start(engine: Engine) -> Self {
        let mut simulator = wechat_simulator::Config::strict();
        simulator.deny = wechat_simulator::DenyStyle::StateOnly;
        Self::start_with(engine, simulator).await
    }

    /// The same with browser sessions, as installations have them.
    pub async fn start_signed_in(engine: Engine) -> Self {
        let mut simulator = wechat_simulator::Config::strict();
        simulator.deny = wechat_simulator::DenyStyle::StateOnly;
        Self::start_as(engine, simulator, |config| config.login.session_seconds = 28_800).await
    }

    /// Starts everything with a simulator of this configuration.
    pub async fn start_with(engine: Engine, simulator: wechat_simulator::Config) -> Self {
        Self::start_as(engine, simulator, |_| {}).await
    }

    /// The same with these changes to the configuration of stories.
    pub async fn start_as(
        engine: Engine,
        simulator: wechat_simulator::Config,
        change: impl FnOnce(&mut Config) + Send,
    ) -> Self {
        let simulator = Simulator::new(simulator);
        let (listener, simulator_url) = listen().await;
        let router = simulator.router().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, router).await });

        let data = tempfile::tempdir().unwrap();
        let (listener, url) = listen().await;
        let mut config = Config::in_dir(data.path());
        config.gateway.public_url = url.parse().unwrap();
        config.wechat.pages_url = simulator_url.parse().unwrap();
        config.wechat.calls_url = simulator_url.parse().unwrap();
        config.wechat.timeout_millis = 2000;
        config.database.migrate_on_start = Some(true);
        // Stories count statements: counters are written when a story says so.
        config.database.storage.count_seconds = 3600;
        // Stories count calls to WeChat, and sign in often.
        config.console.check_minutes = 0;
        config.console.probe_minutes = 0;
        config.console.second_factor = SecondFactor::Optional;
        // One browser logs several people in: stories of sessions say when they want one.
        config.login.session_seconds = 0;
        if engine == Engine::Postgres {
            config.database.storage.url = postgres::fresh_database().await.url;
        }
        change(&mut config);
        config.create_keyring(&SystemRandom).unwrap();

        let clock = Arc::new(OffsetClock::default());
        let (hufu, instance) = Self::run(&config, &clock, listener, &url).await;
        Self {
            url,
            simulator_url,
            simulator: simulator.control(),
            clock,
            hufu,
            config,
            instances: vec![instance],
            _data: data,
        }
    }

    async fn run(config: &Config, clock: &Arc<OffsetClock>, listener: TcpListener, url: &str) -> (Parts, Instance) {
        let injected = Injected {
            clock: Arc::clone(clock) as Arc<dyn Clock>,
            random: Arc::new(SystemRandom),
        };
        let hufu = Hufu::assemble(config, injected).await.unwrap();
        let parts = Parts {
            engine: Arc::clone(&hufu.engine),
            database: Arc::clone(&hufu.database),
            operators: hufu.operators(),
            manager: hufu.manager("cli:tests"),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            hufu.run(listener, stopped).await.unwrap();
        });
        (
            parts,
            Instance {
                url: url.to_owned(),
                stop: Some(stop),
                task,
            },
        )
    }

    /// Starts another instance on the same database; returns where it listens. Its issuer is the first one's, as
    /// behind a load balancer.
    pub async fn another_instance(&mut self) -> (String, Parts) {
        let (listener, url) = listen().await;
        let (hufu, instance) = Self::run(&self.config, &self.clock, listener, &url).await;
        self.instances.push(instance);
        (url, hufu)
    }

    /// Starts again where the first instance was, on the same data.
    pub async fn restart(&mut self) -> (String, Parts) {
        let address = self.url.trim_start_matches("http://");
        let listener = TcpListener::bind(address).await.unwrap();
        let (hufu, instance) = Self::run(&self.config, &self.clock, listener, &self.url).await;
        self.instances = vec![instance];
        self.hufu = hufu.clone();
        (self.url.clone(), hufu)
    }

    /// Stops all instances as an operator would and waits until they are down.
    pub async fn stop(&mut self) {
        for instance in &mut self.instances {
            drop(instance.stop.take());
            (&mut instance.task)
                .await
                .unwrap_or_else(|error| panic!("{}: {error}", instance.url));
        }
    }

    /// Makes changes as an operator.
    pub fn manager(&self) -> Manager {
        self.hufu.manager.clone()
    }

    /// Adds a tenant with an account of its own in the simulator and one confidential app.
    pub async fn tenant(&self, code: &str) -> TestTenant {
        self.tenant_with(code, &[]).await
    }

    /// The same for an agency's tenant.
    pub async fn tenant_of(&self, code: &str, agency: AgencyId) -> TestTenant {
        self.furnished(code, Some(agency), &[]).await
    }

    /// The same with settings of the connector.
    pub async fn tenant_with(&self, code: &str, settings: &[(&str, &str)]) -> TestTenant {
        self.furnished(code, None, settings).await
    }

    async fn furnished(&self, code: &str, agency_id: Option<AgencyId>, settings: &[(&str, &str)]) -> TestTenant {
        let new = NewTenant {
            code: code.parse().unwrap(),
            name: format!("租户 {code}"),
            locale: Locale::ZhCn,
            agency_id,
        };
        let tenant = self.manager().add_tenant_of(new).await.unwrap();
        let (app_id, connector) = self.connector(&tenant.code, settings).await;
        let (client, app) = self.client(&tenant.code, ClientKind::Confidential).await;
        TestTenant {
            tenant,
            connector,
            client,
            app,
            app_id,
        }
    }

    /// Adds a connector with a new account in the simulator.
    pub async fn connector(&self, tenant: &TenantCode, settings: &[(&str, &str)]) -> (String, Connector) {
        let number = self.simulator.accounts().len();
        let (app_id, secret) = (format!("wx{number:016x}"), format!("{number:032x}"));
        let mut account = Account::service(&app_id, &secret, &["127.0.0.1", "localhost"]);
        account.open_platform = Some("tests".to_owned());
        self.simulator.add_account(account);
        let mut values: BTreeMap<_, _> = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        values.insert("appid".to_owned(), app_id.clone());
        let new = NewConnector {
            kind: KIND.to_owned(),
            name: format!("公众号 {number}"),
            status: hufu_core::model::Status::Active,
            settings: values,
            secrets: BTreeMap::from([("secret".to_owned(), secret.into())]),
        };
        (app_id, self.manager().add_connector(tenant, new).await.unwrap())
    }

    /// Adds an app.
    pub async fn client(&self, tenant: &TenantCode, kind: ClientKind) -> (Client, RelyingParty) {
        self.client_with(tenant, kind, SigningAlgorithm::Rs256, SnapshotPolicy::Refuse)
            .await
    }

    /// Adds an app with these policies.
    pub async fn client_with(
        &self,
        tenant: &TenantCode,
        kind: ClientKind,
        id_token_alg: SigningAlgorithm,
        snapshot_policy: SnapshotPolicy,
    ) -> (Client, RelyingParty) {
        let redirect_uri = "https://app.example/callback?from=hufu";
        let new = NewClient {
            name: "商城".to_owned(),
            kind,
            redirect_uris: vec![redirect_uri.to_owned(), "https://app.example/second".to_owned()],
            post_logout_redirect_uris: Vec::new(),
            scopes: Vec::new(),
            connectors: Vec::new(),
            id_token_alg,
            snapshot_policy,
        };
        let (client, secret) = self.manager().add_client(tenant, new).await.unwrap();
        let issuer = format!("{}/t/{tenant}", self.url);
        let secret = secret.as_ref().map(hufu_core::secret::ExposeSecret::expose_secret);
        let app = RelyingParty::new(&issuer, &client.id.to_string(), secret, redirect_uri);
        (client, app)
    }

    /// The tenant's audit events of this action, oldest first.
    pub async fn events(&self, tenant: &Tenant, action: Action) -> Vec<AuditEvent> {
        let filter = AuditFilter {
            action: Some(action),
            ..AuditFilter::default()
        };
        let mut events = self
            .hufu
            .engine
            .store()
            .begin(tenant.id)
            .list_events(&filter, 500)
            .await
            .unwrap();
        events.reverse();
        events
    }
}
