//! The simulator as a value.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use axum::Router;

use crate::clock::Clock;
use crate::config::{Config, DenyStyle};
use crate::control::Control;
use crate::fault::Faults;
use crate::ids::{Random, lock};
use crate::push::PushLog;
use crate::request_log::RequestLog;
use crate::world::World;
use crate::{admin, calls, pages};

/// A stand-in for WeChat's servers. Clones share everything.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

/// The part of [`Config`] that stays as it is.
pub(crate) struct Settings {
    pub(crate) seed: u64,
    pub(crate) strict: bool,
    pub(crate) deny: DenyStyle,
    pub(crate) silent_followers: bool,
    pub(crate) snapshot_profile: bool,
    pub(crate) pages_url: Option<String>,
    pub(crate) push_deadline: Duration,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    world: Mutex<World>,
    faults: Mutex<Faults>,
    log: Mutex<RequestLog>,
    pushes: Mutex<PushLog>,
    client: OnceLock<Option<reqwest::Client>>,
}

impl Simulator {
    /// A simulator that has met nobody yet.
    pub fn new(config: Config) -> Self {
        let Config {
            seed,
            strict,
            deny,
            silent_followers,
            snapshot_profile,
            pages_url,
            push_deadline,
            accounts,
            users,
        } = config;
        let pages_url = pages_url.map(|url| url.trim_end_matches('/').to_owned());
        let clock = Clock::default();
        let now = clock.now();
        let inner = Inner {
            settings: Settings {
                seed,
                strict,
                deny,
                silent_followers,
                snapshot_profile,
                pages_url,
                push_deadline,
            },
            clock,
            random: Random::seeded(seed),
            world: Mutex::new(World::new(now, accounts, users)),
            faults: Mutex::new(Faults::default()),
            log: Mutex::new(RequestLog::default()),
            pushes: Mutex::new(PushLog::default()),
            client: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Pages, calls, control page and admin API on one origin.
    pub fn router(&self) -> Router {
        self.pages_router().merge(self.calls_router())
    }

    /// What stands at `open.weixin.qq.com`, with avatars, the control page and the admin API.
    pub fn pages_router(&self) -> Router {
        pages::routes()
            .merge(admin::routes())
            .with_state(Arc::clone(&self.inner))
    }

    /// What stands at `api.weixin.qq.com`.
    pub fn calls_router(&self) -> Router {
        calls::routes().with_state(Arc::clone(&self.inner))
    }

    /// The strings to pull.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.inner))
    }
}

impl Inner {
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        lock(&self.log)
    }

    pub(crate) fn pushes(&self) -> MutexGuard<'_, PushLog> {
        lock(&self.pushes)
    }

    /// For pushes and duplicate callbacks only, so it is built when the first one is due.
    pub(crate) fn client(&self) -> Option<reqwest::Client> {
        let build = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(Duration::from_secs(20))
                .no_proxy()
                .build()
                .ok()
        };
        self.client.get_or_init(build).clone()
    }
}
