//! SIGKILL between callback and token: the code was durable before it left, so a new process redeems it.
#![cfg(test)]

use std::net::SocketAddr;

use hufu_test_kit::postgres;
use hufu_tests::Browser;
use hufu_tests::installation::Installation;
use tokio::net::TcpListener;
use wechat_simulator::{Config, Simulator};

async fn killed_between_callback_and_token(database: Option<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let simulator_url = format!("http://{}", listener.local_addr().unwrap());
    let simulator = Simulator::new(Config::strict());
    let router = simulator.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let installation = Installation::make(database.as_deref(), &simulator_url).await;
    let app = installation.client("RS256").await;
    let (mut first, _) = installation.serve().await;
    let browser = Browser::wechat("zhangsan");
    let login = app.start("crash");
    let within = [installation.url.as_str(), simulator_url.as_str()];
    let callback = browser.follow(&login.url, &within).await.location();
    // A second person stands between WeChat and the callback when the process dies.
    let (other, waiting) = (Browser::wechat("lisi"), app.start("waiting"));
    let sent = other.get(&waiting.url).await.location();
    let answered = other.follow(sent, &[simulator_url.as_str()]).await.location();
    first.kill().await.unwrap();

    let (_second, _) = installation.serve().await;
    let tokens = app.finish(&login, &callback).await;
    assert_eq!(tokens.claims["name"], "张三🙂<b>");
    let callback = other.get(answered).await.location();
    app.finish(&waiting, &callback).await;

    let events = installation
        .run(&["audit", "list", "--tenant", "acme", "--action", "login"])
        .await;
    let outcomes: Vec<_> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["succeeded", "succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    killed_between_callback_and_token(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    killed_between_callback_and_token(Some(postgres::fresh_database().await.url)).await;
}
