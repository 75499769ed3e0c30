//! `hufu demo`: Hufu, a WeChat stand-in and a small app in one process, set up and connected, with a console that has
//! something to show.

mod app;
mod banner;
mod cast;
mod health;
mod history;
mod home;
mod moment;
pub(super) mod ports;
mod setup;
mod team;

use std::path::PathBuf;
use std::time::Duration;

use demo_app::DemoApp;
use hufu::config::{Config, SecondFactor};
use hufu::server::serve;
use hufu::{Hufu, Injected};
use hufu_admin::Zone;
use hufu_core::clock::SystemRandom;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;
use wechat_simulator::Simulator;

use super::context::Context;
use super::signals;
use crate::failure::Failure;
use banner::Ready;
use home::Home;
use ports::Ports;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The app's port; Hufu takes the next one and the WeChat stand-in the one after. 0 takes any free ones
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// How long a browser's open request may keep the demo from ending.
const PATIENCE: Duration = Duration::from_secs(3);

/// Of the console, unless it is told another.
const TIME_ZONE: &str = "Asia/Shanghai";

pub(crate) async fn run(context: &Context, args: &Args, data_dir: Option<PathBuf>) -> Result<(), Failure> {
    let ports = Ports::bind(args.port).await?;
    let home = Home::open(context.output, data_dir)?;
    let config = config(context, &home, &ports)?;
    home.keep_config(&ports)?;
    if !config.keyring_path().exists() {
        let failed = |error| Failure::from(hufu::AssembleError::from(error));
        config.create_keyring(&SystemRandom).map_err(failed)?;
    }

    let simulator = Simulator::new(wechat_simulator::Config {
        pages_url: Some(ports.simulator_url.clone()),
        // WeChat itself says nothing of a refusal today; the demo shows the documented answer, so that there is
        // something to see.
        deny: wechat_simulator::DenyStyle::StateOnly,
        ..wechat_simulator::Config::demo()
    });
    let control = simulator.control();
    cast::at_wechat(&control);
    let hufu = Hufu::assemble(&config, Injected::default()).await?;
    let stage = setup::find_or_make(&hufu, &home, &control, &ports.app_url).await?;
    let operators = team::find_or_make(&hufu, &home, &stage).await?;
    history::tell(&hufu, &control, &stage).await?;
    let ready = Ready::new(&hufu, &ports, &home, &setup::tenant_code()?, &stage.client, operators);
    let app = DemoApp::new(demo_app::Config {
        issuer: ready.issuer.clone(),
        client_id: ready.client_id.clone(),
        client_secret: Some(ready.client_secret.clone()),
        app_url: ports.app_url.clone(),
        scopes: demo_app::Config::default_scopes(),
        provider_name: "微信 WeChat".to_owned(),
    })
    .map_err(|error| Failure::internal(&error))?;

    let (stop, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    servers.spawn(serve(simulator.router(), ports.simulator, stopped.clone(), PATIENCE));
    servers.spawn(serve(app.router(), ports.app, stopped.clone(), PATIENCE));
    health::check(&hufu, &stage).await?;
    let mut asked = stopped;
    servers.spawn(hufu.run(ports.hufu, async move {
        let _ = asked.wait_for(|stopped| *stopped).await;
    }));

    ready.wait_until_all_answer().await?;
    context.output.answer(&ready, || ready.text())?;
    let ended = tokio::select! {
        () = signals::stop() => None,
        // None of them ends by itself unless its listener fails.
        ended = servers.join_next() => ended,
    };
    stop.send_replace(true);
    let rest = servers.join_all().await;
    for answer in ended
        .transpose()
        .map_err(|error| Failure::internal(&error))?
        .into_iter()
        .chain(rest)
    {
        answer?;
    }
    Ok(())
}

/// Hufu as it is by default, with the stand-in for WeChat. What belongs to a real installation is not looked at.
fn config(context: &Context, home: &Home, ports: &Ports) -> Result<Config, Failure> {
    let mut config = Config::in_dir(&home.dir);
    config.log = context.config().log.clone();
    config.console = context.config().console.clone();
    // The operators' passwords are printed for whoever sits here; a telephone would be asked for nothing. The address
    // is the one that the stand-in sees.
    config.console.second_factor = SecondFactor::Optional;
    if config.console.time_zone == Zone::default() {
        config.console.time_zone = Zone::named(TIME_ZONE).map_err(|error| Failure::internal(&error))?;
    }
    config.console.egress_ips = vec![ports.hufu.local_addr()?.ip()];
    config.server.listen = ports.hufu.local_addr()?;
    // Whoever stops a demo does not wait for a browser's open connection.
    config.server.shutdown_seconds = PATIENCE.as_secs();
    config.gateway.public_url = ports.hufu_url.parse().map_err(|error| Failure::internal(&error))?;
    let simulator: Url = ports.simulator_url.parse().map_err(|error| Failure::internal(&error))?;
    config.wechat.pages_url = simulator.clone();
    config.wechat.calls_url = simulator;
    Ok(config)
}
