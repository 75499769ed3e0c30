//! Connectors on the terminal. Secrets never: only that they are set.

use hufu_core::model::{Connector, TenantCode};
use hufu_core::provider::CheckResult;
use hufu_core::store::Store as _;
use serde_json::{Map, Value, json};

use crate::commands::context::Managing;
use crate::commands::tenant::status;
use crate::failure::Failure;
use crate::table;

pub(super) fn one(m: &Managing<'_>, tenant: &TenantCode, connector: &Connector) -> Result<(), Failure> {
    m.output.answer(&document(m, tenant, connector), || {
        let say = |zh, en| m.output.say(zh, en);
        let mut lines = vec![
            (say("连接", "connector"), connector.id.to_string()),
            (say("名称", "name"), connector.name.clone()),
            (say("类型", "kind"), connector.kind.clone()),
            (say("状态", "status"), status(connector.status)),
            (say("回调地址", "callback URL"), m.urls(tenant).callback(connector.id)),
            (say("网页授权域名", "callback domain"), domain(m)),
        ];
        lines.extend(
            connector
                .settings
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone())),
        );
        let set = say("已设置", "set");
        lines.extend(connector.secrets.keys().map(|name| (name.as_str(), set.to_owned())));
        let hint = say(
            "请在微信公众平台将“网页授权域名”填为上面的域名（不带 https:// 和路径）。",
            "In WeChat's console, enter the callback domain above as 网页授权域名: no https://, no path.",
        );
        format!("{}\n\n{hint}", table::facts(&lines))
    })
}

pub(super) async fn list(m: &Managing<'_>, tenant: &TenantCode) -> Result<(), Failure> {
    let id = m.manager.tenant(tenant).await?.id;
    let connectors = m.hufu.database.begin(id).list_connectors().await?;
    let documents: Vec<Value> = connectors
        .iter()
        .map(|connector| document(m, tenant, connector))
        .collect();
    m.output.answer(&json!({"connectors": documents}), || {
        let say = |zh, en| m.output.say(zh, en);
        let headings = [
            "ID",
            say("名称", "NAME"),
            say("类型", "KIND"),
            "APPID",
            say("状态", "STATUS"),
        ];
        let row = |connector: &std::sync::Arc<Connector>| {
            vec![
                connector.id.to_string(),
                connector.name.clone(),
                connector.kind.clone(),
                connector.setting("appid").unwrap_or("-").to_owned(),
                status(connector.status),
            ]
        };
        table::render(&headings, &connectors.iter().map(row).collect::<Vec<_>>())
    })
}

pub(super) fn checks(m: &Managing<'_>, checks: &[CheckResult]) -> Result<(), Failure> {
    let document = |check: &CheckResult| {
        let problem = check.problem.as_ref();
        json!({
            "name": check.name,
            "title": m.output.text(&check.title),
            "ok": problem.is_none(),
            "code": problem.map(|problem| problem.code.as_str()),
            "errcode": problem.and_then(|problem| problem.errcode),
            "message": problem.map(|problem| m.output.text(&problem.message)),
            "remedy": problem.and_then(|problem| problem.remedy.as_ref()).map(|remedy| m.output.text(remedy)),
        })
    };
    let ok = checks.iter().all(|check| check.problem.is_none());
    let documents: Vec<Value> = checks.iter().map(document).collect();
    m.output.answer(&json!({"ok": ok, "checks": documents}), || {
        let line = |check: &CheckResult| match &check.problem {
            None => format!("OK    {}", m.output.text(&check.title)),
            Some(problem) => {
                let number = problem.errcode.map(|number| format!(" ({number})")).unwrap_or_default();
                let message = m.output.text(&problem.message);
                let remedy = problem
                    .remedy
                    .as_ref()
                    .map(|remedy| format!("\n      → {}", m.output.text(remedy)));
                format!(
                    "FAIL  {}: {message}{number}{}",
                    m.output.text(&check.title),
                    remedy.unwrap_or_default()
                )
            }
        };
        checks.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

fn document(m: &Managing<'_>, tenant: &TenantCode, connector: &Connector) -> Value {
    let secrets: Map<String, Value> = connector
        .secrets
        .keys()
        .map(|name| (name.clone(), json!("set")))
        .collect();
    json!({
        "id": connector.id,
        "tenant": tenant,
        "kind": connector.kind,
        "name": connector.name,
        "status": connector.status,
        "settings": connector.settings,
        "secrets": secrets,
        "callback_url": m.urls(tenant).callback(connector.id),
        "callback_domain": domain(m),
        "created_at": connector.created_at.to_string(),
    })
}

/// As WeChat's console takes it: a host name alone.
fn domain(m: &Managing<'_>) -> String {
    m.hufu.config.gateway.public_url.host().to_owned()
}
