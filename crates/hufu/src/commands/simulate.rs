//! `hufu simulate`: the WeChat stand-in alone.

use std::time::Duration;

use hufu::server::serve;
use serde_json::{Value, json};
use tokio::sync::watch;
use wechat_simulator::{Account, Config, Simulator, User};

use super::context::Context;
use super::demo::ports;
use super::signals;
use crate::failure::Failure;
use crate::table;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Port on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 8082)]
    port: u16,
    /// As strict as WeChat: only its own browser is let in
    #[arg(long)]
    strict: bool,
    /// Another number gives other openids
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let listener = ports::bind(args.port, "--port").await?;
    let url = ports::url(&listener)?;
    let simulator = Simulator::new(Config {
        seed: args.seed,
        strict: args.strict,
        pages_url: Some(url.clone()),
        ..Config::demo()
    });
    let control = simulator.control();
    let accounts = control.accounts();
    let users = control.users();
    let account = |account: &Account| {
        json!({
            "appid": account.app_id,
            "secret": account.secret,
            "name": account.name,
            "callback_domains": account.callback_domains,
        })
    };
    let document = json!({
        "simulator_url": url,
        "pages_url": url,
        "calls_url": url,
        "strict": args.strict,
        "accounts": accounts.iter().map(account).collect::<Vec<Value>>(),
        "users": users.iter().map(|user| json!({"id": user.id, "nickname": user.nickname})).collect::<Vec<Value>>(),
    });
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(serve(simulator.router(), listener, stopped, Duration::from_secs(2)));
    context
        .output
        .answer(&document, || text(context, &url, &accounts, &users))?;
    signals::stop().await;
    stop.send_replace(true);
    server.await.map_err(|error| Failure::internal(&error))??;
    Ok(())
}

fn text(context: &Context, url: &str, accounts: &[Account], users: &[User]) -> String {
    let say = |zh, en| context.output.say(zh, en);
    let mut lines = vec![(say("控制页", "control page"), format!("{url}/"))];
    for account in accounts {
        lines.push((say("公众号", "account"), account.name.clone()));
        lines.push(("AppID", account.app_id.clone()));
        lines.push(("AppSecret", account.secret.clone()));
        lines.push((
            say("网页授权域名", "callback domains"),
            account.callback_domains.join(" "),
        ));
    }
    let users: Vec<&str> = users.iter().map(|user| user.nickname.as_str()).collect();
    lines.push((say("用户", "people"), users.join("  ")));
    let hint = say(
        "让虎符使用它：在配置中设 wechat.pages_url 和 wechat.calls_url 为上面的地址。Ctrl-C 结束。",
        "To use it, set wechat.pages_url and wechat.calls_url of Hufu to the address above. Ctrl-C ends it.",
    );
    format!("{}\n\n{hint}", table::facts(&lines))
}
