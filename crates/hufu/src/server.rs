//! Serving: the faces on one router, and an orderly end.

use std::collections::HashSet;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hufu_admin::Console;
use hufu_core::deliverer::Deliverer;
use hufu_core::flow::Engine;
use hufu_core::ids::ConnectorId;
use hufu_core::manage::{Manager, QuotaWarning, RotationPolicy};
use hufu_core::provider::Level;
use hufu_core::store::Store as _;
use hufu_gateway::Gateway;
use hufu_web::Site;
use hufu_web::host::own_hosts;
use hufu_web::limits::Limits;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::assemble::Hufu;
use crate::config;
use crate::connections::{Bounds, serve_within};
use crate::forwarder::forward;
use crate::{measures, scrape};

impl Hufu {
    /// All faces on one router.
    pub fn router(&self) -> Router {
        let gateway = Gateway::new(Arc::clone(&self.engine), self.config.gateway.clone());
        let gateway = gateway.limited(Limits::new(self.config.limits.clone()));
        let site = gateway.site().clone();
        let faces = gateway.router().merge(hufu_admin::router(self.console(site.clone())));
        own_hosts(site, scrape::beside(faces, &self.config))
    }

    fn bounds(&self) -> Bounds {
        let server = &self.config.server;
        Bounds {
            head: Duration::from_secs(server.header_seconds),
            idle: Duration::from_secs(server.idle_seconds),
            total: server.connections,
            per_address: server.connections_per_address,
            exempt: vec![
                self.config.limits.exempt.clone(),
                self.config.gateway.trusted_proxies.clone(),
            ],
        }
    }

    fn console(&self, site: Site) -> Console {
        let fact = |name: &str, value: String| (name.to_owned(), value);
        let engine = if self.config.database.is_sqlite() {
            "SQLite"
        } else {
            "PostgreSQL"
        };
        let kinds: Vec<_> = self.providers.kinds().map(|kind| kind.kind()).collect();
        Console::new(hufu_admin::Parts {
            site,
            operators: self.operators(),
            manager: self.manager("console"),
            key: self.form_key.clone(),
            zone: self.config.console.time_zone.clone(),
            egress: self.config.console.egress_ips.iter().map(ToString::to_string).collect(),
            rotation: self.config.keys.policy(),
            facts: vec![
                fact("version", env!("CARGO_PKG_VERSION").to_owned()),
                fact("public_url", self.config.gateway.public_url.to_string()),
                fact("database", engine.to_owned()),
                fact("providers", kinds.join(", ")),
                fact("wechat_calls", self.config.wechat.calls_url.to_string()),
                fact("data_dir", self.config.data_dir.display().to_string()),
            ],
        })
    }

    /// Serves until `shutdown` is ready; then takes no new connection, lets what runs finish for a bounded time, and
    /// closes the database last.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
        let (stop, stopped) = watch::channel(false);
        let scraped = scrape::listen(&self.config.metrics).await?;
        let scraper = tokio::spawn(scrape::serve(scraped, scrape::Gate::new(&self.config), stopped.clone()));
        let every = Duration::from_secs(self.config.login.sweep_seconds.max(1));
        let sweeper = tokio::spawn(sweep(Arc::clone(&self.engine), every, stopped.clone()));
        let checker = tokio::spawn(check(
            self.manager("health"),
            self.config.console.clone(),
            stopped.clone(),
        ));
        let rotator = tokio::spawn(rotate_keys(
            self.manager("keys"),
            self.config.keys.policy(),
            stopped.clone(),
        ));
        let warner = tokio::spawn(warn_of_quotas(self.manager("quotas"), stopped.clone()));
        let forwarder = tokio::spawn(forward(
            Arc::clone(&self.engine),
            Arc::clone(&self.deliverer) as Arc<dyn Deliverer>,
            stopped.clone(),
        ));
        let patience = Duration::from_secs(self.config.server.shutdown_seconds);
        let served = serve_within(self.bounds(), self.router(), listener, stopped, patience);
        tokio::pin!(served);
        let answer = tokio::select! {
            answer = &mut served => answer,
            () = shutdown => {
                tracing::info!("stopping: running requests may finish");
                stop.send_replace(true);
                served.await
            }
        };
        stop.send_replace(true);
        if sweeper.await.is_err() {
            tracing::error!("the sweeper ended by a fault");
        }
        if forwarder.await.is_err() {
            tracing::error!("the forwarder ended by a fault");
        }
        // A check that waits for WeChat is worth nothing to a process that ends.
        checker.abort();
        rotator.abort();
        scraper.abort();
        warner.abort();
        self.database.close().await;
        answer
    }
}

/// Serves a router until `stopped`, then for `patience` at most, with the usual bounds of connections.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    router: Router,
    listener: TcpListener,
    stopped: watch::Receiver<bool>,
    patience: Duration,
) -> io::Result<()> {
    serve_within(Bounds::default(), router, listener, stopped, patience).await
}

/// Ends logins whose people never came back, from time to time.
async fn sweep(engine: Arc<Engine>, every: Duration, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            _ = ticks.tick() => {}
        }
        match engine.sweep().await {
            Ok(swept) if swept.expired + swept.purged > 0 => {
                tracing::info!(expired = swept.expired, purged = swept.purged, "swept");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the sweep failed; the next one goes on"),
        }
    }
}

/// Checks connectors and ownership files whose badge is old.
async fn check(manager: Manager, config: config::Console, mut stopped: watch::Receiver<bool>) {
    // Few at a time: several instances and a thousand accounts must not call WeChat all at once.
    const AT_ONCE: usize = 20;
    let minutes = |minutes: u64| (minutes > 0).then(|| Duration::from_secs(minutes * 60));
    let mut ticks = interval(Duration::from_secs(60));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            _ = ticks.tick() => {}
        }
        let due = manager.check_what_is_due(minutes(config.check_minutes), minutes(config.probe_minutes), AT_ONCE);
        match due.await {
            Ok(0) => {}
            Ok(checked) => tracing::debug!(checked, "badges renewed"),
            Err(error) => tracing::warn!(%error, "badges could not be renewed; the next round goes on"),
        }
    }
}

/// Rotates signing keys that are due: soon after the start, then every hour.
async fn rotate_keys(manager: Manager, policy: RotationPolicy, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(Duration::from_secs(3600));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            _ = ticks.tick() => {}
        }
        match manager.rotate_due_keys(&policy).await {
            Ok(0) => {}
            Ok(changed) => tracing::info!(changed, "signing keys were rotated"),
            Err(error) => tracing::warn!(%error, "signing keys could not be rotated; the next round goes on"),
        }
    }
}

/// Logs quotas of accounts that run out: once a day and level.
async fn warn_of_quotas(manager: Manager, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(Duration::from_secs(600));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut told = HashSet::<(u32, ConnectorId, &str, Level)>::new();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            _ = ticks.tick() => {}
        }
        let warnings = match manager.quotas_running_out().await {
            Ok(warnings) => warnings,
            Err(error) => {
                tracing::warn!(%error, "quotas could not be looked at; the next round goes on");
                continue;
            }
        };
        for level in [Level::Notice, Level::Alarm] {
            let count = warnings.iter().filter(|warning| warning.usage.level == level).count();
            measures::quotas(level.as_str(), count);
        }
        let today = warnings.iter().map(|warning| warning.day).max();
        told.retain(|(day, ..)| Some(*day) == today);
        for QuotaWarning {
            tenant_id,
            connector_id,
            day,
            usage,
        } in warnings
        {
            if told.insert((day, connector_id, usage.path, usage.level)) {
                let (path, used, limit, level) = (usage.path, usage.used, usage.limit, usage.level.as_str());
                tracing::warn!(%tenant_id, %connector_id, path, used, limit, level, "a quota runs out");
            }
        }
    }
}
