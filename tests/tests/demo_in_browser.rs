//! The main job once through a real browser: a phone-sized Chromium drives `hufu demo` from the app's button to the
//! verified claims. Screenshots land in `target/screenshots`.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use hufu_tests::WECHAT_USER_AGENT;
use hufu_tests::process::{Hufu, free_ports, run_hufu};
use serde_json::json;
use thirtyfour::prelude::*;
use tokio::process::{Child, Command};

/// Debian's chromedriver, stopped with the test.
struct Driver {
    _process: Child,
    driver: WebDriver,
    _profile: tempfile::TempDir,
}

impl Driver {
    async fn start() -> Self {
        let port = free_ports(1).to_string();
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        command
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let process = command
            .spawn()
            .expect("chromedriver is installed by `cargo xtask test`");
        let mut options = DesiredCapabilities::chrome();
        options.set_binary("/usr/bin/chromium").unwrap();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=zh-CN",
        ] {
            options.add_arg(argument).unwrap();
        }
        options
            .add_arg(&format!("--user-data-dir={}", profile.path().display()))
            .unwrap();
        let phone = json!({
            "deviceMetrics": {"width": 360, "height": 740, "pixelRatio": 2.0, "touch": true},
            "userAgent": WECHAT_USER_AGENT,
        });
        options.add_experimental_option("mobileEmulation", phone).unwrap();
        let url = format!("http://127.0.0.1:{port}");
        for _ in 0..50 {
            if let Ok(driver) = WebDriver::new(&url, options.clone()).await {
                return Self {
                    _process: process,
                    driver,
                    _profile: profile,
                };
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("chromedriver did not start a browser");
    }

    async fn find(&self, css: &str) -> WebElement {
        let found = self
            .driver
            .query(By::Css(css))
            .wait(Duration::from_secs(20), Duration::from_millis(100));
        found.first().await.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Takes a screenshot after checking that the page does not scroll sideways.
    async fn picture(&self, name: &str) {
        let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let overhang = self.driver.execute(wide, Vec::new()).await.unwrap().json().as_i64();
        assert_eq!(overhang, Some(0), "{name} scrolls sideways at 360 px");
        self.driver
            .screenshot(&screenshots().join(format!("{name}.png")))
            .await
            .unwrap();
    }
}

fn screenshots() -> PathBuf {
    let target = std::env::current_exe().unwrap();
    let folder = target
        .ancestors()
        .find(|path| path.ends_with("target"))
        .unwrap_or(Path::new("target"))
        .join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_logs_in_with_a_phone() {
    let data = tempfile::tempdir().unwrap();
    let data_dir = data.path().to_str().unwrap();
    let port = free_ports(3).to_string();
    let demo = Hufu::start(&["demo", "--port", &port, "--data-dir", data_dir]).await;
    let phone = Driver::start().await;

    phone.driver.goto(demo.text("app_url")).await.unwrap();
    phone.picture("1-app").await;
    phone.find("#login").await.click().await.unwrap();
    phone
        .find("input[name=user][value=zhangsan]")
        .await
        .click()
        .await
        .unwrap();
    phone.picture("2-consent").await;
    phone.find("button[value=allow]").await.click().await.unwrap();
    let name = phone.find("#name").await.text().await.unwrap();
    assert_eq!(name, "张三🙂<b>");
    let claims = phone.find("#id-token").await.text().await.unwrap();
    for claim in [
        "wechat_openid",
        "wechat_unionid",
        "wechat_appid",
        "wechat_snapshot",
        demo.text("issuer"),
    ] {
        assert!(claims.contains(claim), "{claim} in {claims}");
    }
    phone.picture("3-signed-in").await;

    // Who is signed in at the tenant is not sent to WeChat again.
    phone.driver.delete_cookie("demo_app_session").await.unwrap();
    phone.driver.goto(demo.text("app_url")).await.unwrap();
    phone.find("#login").await.click().await.unwrap();
    let name = phone.find("#name").await.text().await.unwrap();
    assert_eq!(name, "张三🙂<b>");

    // Who logs out has left the tenant too. Somebody else takes the phone, and refuses.
    phone.find("#logout").await.click().await.unwrap();
    phone.find("#left").await;
    phone.find("#login").await.click().await.unwrap();
    phone.find("input[name=user][value=lisi]").await.click().await.unwrap();
    phone.find("button[value=deny]").await.click().await.unwrap();
    phone.find("#again").await;
    let refused = phone.find("body").await.text().await.unwrap();
    assert!(refused.contains("access_denied"), "{refused}");
    phone.picture("4-refused").await;

    // Hufu's own pages, as a person meets them.
    phone
        .driver
        .goto(format!("{}/callback/x?code=1&state=2", demo.text("issuer")))
        .await
        .unwrap();
    phone.picture("5-unknown-login").await;
    phone.driver.clone().quit().await.unwrap();

    // The demo's past stands before these two.
    let newest = [
        "audit",
        "list",
        "--action",
        "login",
        "--limit",
        "2",
        "--data-dir",
        data_dir,
    ];
    let events = run_hufu(&newest, &[]).await;
    let outcomes: Vec<_> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["denied", "succeeded"], "newest first");
    demo.kill().await;
}
