//! `hufu serve`.

use std::net::SocketAddr;

use hufu::{Hufu, Injected};
use hufu_core::secret::ExposeSecret as _;
use hufu_core::text::Text;
use serde_json::json;
use tokio::net::TcpListener;

use super::context::Context;
use super::signals;
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address and port to listen on [default: server.listen]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Apply pending migrations first [default: database.migrate_on_start: yes for SQLite, no for PostgreSQL]
    #[arg(long)]
    migrate: bool,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let mut config = context.config().clone();
    if args.migrate {
        config.database.migrate_on_start = Some(true);
    }
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    let hufu = Hufu::assemble(&config, Injected::default()).await?;
    let listener = bind(config.server.listen).await?;
    let public_url = config.gateway.public_url.to_string();
    let listen = listener.local_addr()?.to_string();
    if !config.gateway.public_url.is_https() {
        let zh = "注意：gateway.public_url 不是 https，只适合本机试用；微信正式环境需要 https";
        let en = "note: gateway.public_url is not https, which is fit for trying on this machine only";
        context.output.note("public_url_http", &Text::new(zh, en));
    }
    tracing::info!(%listen, %public_url, "serving");
    let setup_url = setup_url(&hufu).await;
    let document = json!({"listen": listen, "public_url": public_url, "setup_url": setup_url});
    context.output.answer(&document, || {
        let serving = context.output.say("虎符已启动：", "Hufu is serving");
        let mut text = format!("{serving} {public_url} ({listen})");
        if let Some(setup_url) = &setup_url {
            let first = context.output.say(
                "控制台还没有操作员。30 分钟内打开此链接创建第一位（只能使用一次）：",
                "The console has no operator yet. Within 30 minutes this link makes the first one, once:",
            );
            text = format!("{text}\n{first}\n  {setup_url}");
        }
        text
    })?;
    Ok(hufu.run(listener, signals::stop()).await?)
}

/// Where the first operator is made; `None` once there is one. A link that cannot be made keeps no login from working.
async fn setup_url(hufu: &Hufu) -> Option<String> {
    match hufu.operators().setup_link().await {
        Ok(None) => None,
        Ok(Some(token)) => {
            let path = format!("/admin/setup?token={}", token.expose_secret());
            let setup_url = hufu.config.gateway.public_url.at(&path);
            // Whoever starts Hufu as a service finds it in its log.
            tracing::warn!(%setup_url, minutes = 30, "there is no operator: this link makes the first one, once");
            Some(setup_url)
        }
        Err(error) => {
            tracing::error!(%error, "no setup link could be made; `hufu operator add` works too");
            None
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(
            "listen",
            format!("无法监听 {address}：{error}（server.listen 或 --listen 可更改）"),
            format!("cannot listen on {address}: {error} (change server.listen or use --listen)"),
        )
    })
}
