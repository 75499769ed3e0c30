//! Checks of the installation itself.

use std::time::Duration;

use hufu_core::clock::{Clock as _, SystemClock, Timestamp};
use hufu_core::text::Text;
use hufu_storage::Database;
use hufu_web::urls::PublicUrl;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::report::Report;
use crate::commands::context::Context;

pub(super) fn configuration(context: &Context, report: &mut Report) {
    let files: Vec<String> = context
        .loaded
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let files = if files.is_empty() {
        "-".to_owned()
    } else {
        files.join(", ")
    };
    report.ok(
        "configuration",
        Text::owned(
            format!("配置可读，文件：{files}"),
            format!("configuration, files: {files}"),
        ),
    );
    for unknown in &context.loaded.unknown {
        report.warn(
            "configuration",
            Text::owned(
                format!("未知的配置项 {unknown}"),
                format!("unknown configuration key {unknown}"),
            ),
            Some(Text::new(
                "检查拼写；全部配置项见 config/hufu.example.toml",
                "check its spelling; config/hufu.example.toml has every key",
            )),
        );
    }
}

pub(super) fn public_url(context: &Context, report: &mut Report) {
    let url = &context.config().gateway.public_url;
    let text = |zh: &str, en: &str| Text::owned(format!("对外地址 {url}{zh}"), format!("public URL {url}{en}"));
    if url.is_https() {
        report.ok("public_url", text("", ""));
    } else if is_local(url) {
        let remedy = Text::new(
            "正式使用时设 gateway.public_url 为 https 地址",
            "for real use set gateway.public_url to an https address",
        );
        report.warn(
            "public_url",
            text("：仅限本机试用", ": for trying on this machine only"),
            Some(remedy),
        );
    } else {
        let remedy = Text::new(
            "在反向代理上启用 https，并设 gateway.public_url 为 https 地址：登录码和 Cookie 会以明文经过网络",
            "put https in front and set gateway.public_url to it: codes and cookies cross the network in the clear",
        );
        report.fail("public_url", text(" 不是 https", " is not https"), Some(remedy));
    }
}

/// Whether only this machine can reach it.
pub(super) fn is_local(url: &PublicUrl) -> bool {
    let host = url.host();
    let is_loopback = |ip: std::net::Ipv4Addr| ip.is_loopback();
    host == "localhost" || host == "[::1]" || host.parse().is_ok_and(is_loopback)
}

/// A wrong clock makes every ID token wrong. The other side's `Date` is taken from WeChat, which must be in reach anyway.
pub(super) async fn clock(context: &Context, report: &mut Report) {
    let now = SystemClock.now();
    let remedy = Some(Text::new("启用时间同步（NTP）", "switch time synchronisation (NTP) on"));
    if Timestamp::parse("2026-01-01T00:00:00Z").is_ok_and(|then| now < then) {
        let text = Text::owned(
            format!("系统时间 {now} 早于本软件"),
            format!("the clock says {now}, before this program was made"),
        );
        report.fail("clock", text, remedy);
        return;
    }
    let date = wechat_date(context, report).await;
    let apart = date.map_or(0, |date| (date - now.as_secs()).unsigned_abs());
    if apart > 30 {
        let text = Text::owned(
            format!("系统时间与微信相差 {apart} 秒"),
            format!("the clock is {apart} s apart from WeChat's"),
        );
        report.warn("clock", text, remedy);
    } else {
        let text = Text::owned(format!("系统时间 {now}"), format!("clock {now}"));
        report.ok("clock", text);
    }
}

async fn wechat_date(context: &Context, report: &mut Report) -> Option<i64> {
    let url = context.config().wechat.calls_url.as_str();
    match date_of(url).await {
        Ok(date) => {
            let text = Text::owned(format!("可连接 {url}"), format!("{url} answers"));
            report.ok("wechat_reachable", text);
            date
        }
        Err(error) => {
            let text = Text::owned(
                format!("无法连接 {url}：{error}"),
                format!("{url} cannot be reached: {error}"),
            );
            let remedy = Text::new(
                "检查出站网络、DNS、代理和 wechat.calls_url",
                "check outgoing network, DNS, proxy and wechat.calls_url",
            );
            report.fail("wechat_reachable", text, Some(remedy));
            None
        }
    }
}

/// The error with its causes: the first alone says only that a request was not sent.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

async fn date_of(url: &str) -> Result<Option<i64>, String> {
    let plain = |error: reqwest::Error| chain(&error.without_url());
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(plain)?;
    let answer = client.get(url).send().await.map_err(plain)?;
    let date = answer
        .headers()
        .get(reqwest::header::DATE)
        .and_then(|date| date.to_str().ok());
    // HTTP writes GMT where RFC 2822 wants an offset.
    let date = date.map(|date| date.replace("GMT", "+0000"));
    Ok(date
        .and_then(|date| OffsetDateTime::parse(&date, &Rfc2822).ok())
        .map(OffsetDateTime::unix_timestamp))
}

/// Says whether there is one.
pub(super) fn key_ring(context: &Context, report: &mut Report) -> bool {
    let config = context.config();
    let place = match &config.keyring {
        Some(_) => "HUFU_KEYRING / keyring".to_owned(),
        None => config.keyring_path().display().to_string(),
    };
    let keys = config.load_keyring();
    let is_there = keys.is_ok();
    match keys {
        Ok(_) => report.ok(
            "key_ring",
            Text::owned(format!("密钥文件 {place}"), format!("key ring {place}")),
        ),
        Err(error) => report.fail(
            "key_ring",
            Text::owned(format!("密钥文件：{error}"), error.to_string()),
            Some(Text::new(
                "新安装：`hufu keys init`；已有数据：恢复原来的密钥文件，权限 0600",
                "a new installation: `hufu keys init`; existing data: bring the old file back, mode 0600",
            )),
        ),
    }
    is_there
}

/// Says whether it can be used.
pub(super) async fn database(context: &Context, report: &mut Report) -> bool {
    let config = context.config();
    let missing = config.database.is_sqlite()
        && !context.loaded.is_set("database", "url")
        && !config.data_dir.join("hufu.db").exists();
    let migrate = Some(Text::new(
        "备份后运行 `hufu migrate`",
        "make a backup, then run `hufu migrate`",
    ));
    if missing {
        let dir = config.data_dir.display();
        let text = Text::owned(
            format!("{dir} 中还没有数据库"),
            format!("there is no database in {dir} yet"),
        );
        report.fail(
            "database",
            text,
            Some(Text::new(
                "运行 `hufu migrate` 或 `hufu serve`",
                "run `hufu migrate` or `hufu serve`",
            )),
        );
        return false;
    }
    let pending = Database::pending_migrations(&config.database.storage).await;
    let is_ready = matches!(pending, Ok(0));
    match pending {
        Ok(0) => report.ok(
            "database",
            Text::new("数据库可用，结构为最新", "database in reach, schema up to date"),
        ),
        Ok(pending) => report.fail(
            "database",
            Text::owned(
                format!("数据库结构落后 {pending} 步"),
                format!("the schema is {pending} step(s) behind"),
            ),
            migrate,
        ),
        Err(error) => report.fail(
            "database",
            Text::owned(format!("数据库：{error}"), error.to_string()),
            Some(Text::new(
                "检查 database.url、权限和数据库服务",
                "check database.url, permissions and the server",
            )),
        ),
    }
    is_ready
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_this_machine_is_local() {
        let local = |url: &str| is_local(&url.parse().unwrap());
        for url in [
            "http://127.0.0.1:8080",
            "http://localhost:8080",
            "http://[::1]:8080",
            "https://127.9.9.9",
        ] {
            assert!(local(url), "{url}");
        }
        // A name may begin as it likes.
        for url in ["https://login.example.com", "http://127.example.com", "http://10.0.0.1"] {
            assert!(!local(url), "{url}");
        }
    }
}
