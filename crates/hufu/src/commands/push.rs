//! `hufu push`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use figment::Figment;
use figment::providers::{Format as _, Toml};
use hufu_core::ids::{ConnectorId, DeliveryId};
use hufu_core::manage::PushRules;
use hufu_core::model::{Delivery, DeliveryState, PushSettings, TenantCode};
use serde_json::{Value, json};

use super::context::Managing;
use crate::failure::Failure;
use crate::table;

/// Deliveries that are shown.
const SHOWN: usize = 50;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How an account's pushes are answered and forwarded, and how the latest were delivered
    Show {
        #[command(flatten)]
        account: Account,
    },
    /// Replace the automatic answers by those of a file
    SetRules {
        #[command(flatten)]
        account: Account,
        /// TOML, or JSON as `hufu --json push show` prints under `answers`
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Send again what was not delivered
    Replay {
        #[command(flatten)]
        account: Account,
        /// Only this delivery [default: all]
        #[arg(long, value_name = "ID")]
        delivery: Option<DeliveryId>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Account {
    /// The tenant
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// The connector
    #[arg(long, value_name = "ID")]
    connector: ConnectorId,
}

pub(crate) async fn run(m: &Managing<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Show { account } => show(m, &account).await,
        Command::SetRules { account, file } => set_rules(m, &account, &file).await,
        Command::Replay { account, delivery } => replay(m, &account, delivery).await,
    }
}

async fn show(m: &Managing<'_>, account: &Account) -> Result<(), Failure> {
    let Account { tenant, connector } = account;
    let settings = m.manager.push_settings(tenant, *connector).await?;
    let sight = m.manager.push_sight(tenant, *connector).await?;
    let deliveries = m.manager.deliveries(tenant, *connector, None, SHOWN).await?;
    let url = m.urls(tenant).webhook(*connector);
    let document = json!({
        "url": url,
        "handshake_at": sight.as_ref().and_then(|sight| sight.handshake_at).map(|at| at.to_string()),
        "pushed_at": sight.as_ref().and_then(|sight| sight.pushed_at).map(|at| at.to_string()),
        "answers": PushRules::of(&settings),
        "targets": settings.targets.iter().map(|target| json!({
            "id": target.id, "url": target.url, "events": target.events, "on": target.on,
        })).collect::<Vec<_>>(),
        "deliveries": deliveries.iter().map(delivery_document).collect::<Vec<_>>(),
    });
    m.output.answer(&document, || told(m, &url, &settings, &deliveries))
}

/// Without the body and the person: a terminal's history is no place for them.
fn delivery_document(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "target": delivery.push().map(|push| push.target_id),
        "event": delivery.event,
        "state": delivery.state,
        "tries": delivery.tries,
        "last": delivery.last,
        "at": delivery.created_at.to_string(),
    })
}

fn told(m: &Managing<'_>, url: &str, settings: &PushSettings, deliveries: &[Delivery]) -> String {
    let say = |zh, en| m.output.say(zh, en);
    let dead = deliveries.iter().filter(|one| one.state == DeliveryState::Dead).count();
    let facts = table::facts(&[
        ("URL", url.to_owned()),
        (say("回复规则", "rules"), settings.rules.len().to_string()),
        (say("转发地址", "receivers"), settings.targets.len().to_string()),
        (say("未送达", "not delivered"), dead.to_string()),
    ]);
    let headings = [
        "ID",
        say("事件", "EVENT"),
        say("状态", "STATE"),
        say("次数", "TRIES"),
        say("结果", "LAST"),
    ];
    let row = |delivery: &Delivery| {
        vec![
            delivery.id.to_string(),
            delivery.event.clone(),
            delivery.state.as_str().to_owned(),
            delivery.tries.to_string(),
            delivery.last.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    };
    format!(
        "{facts}\n\n{}",
        table::render(&headings, &deliveries.iter().map(row).collect::<Vec<_>>())
    )
}

async fn set_rules(m: &Managing<'_>, account: &Account, file: &Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
    let rules = read(&text).map_err(|error| {
        let file = file.display();
        Failure::input(
            format!("无法读取 {file}：{error}"),
            format!("{file} cannot be read: {error}"),
        )
    })?;
    let Account { tenant, connector } = account;
    let urls = m.urls(tenant);
    let saved = m.manager.set_push_rules(tenant, *connector, rules, &urls, None).await?;
    m.output.answer(&json!({"answers": PushRules::of(&saved)}), || {
        m.output.say("自动回复已保存。", "The answers are saved.").to_owned()
    })
}

/// JSON when it begins as JSON does.
fn read(text: &str) -> Result<PushRules, String> {
    if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        let read = Figment::from(Toml::string(text)).extract();
        read.map_err(|error: figment::Error| error.to_string())
    }
}

async fn replay(m: &Managing<'_>, account: &Account, delivery: Option<DeliveryId>) -> Result<(), Failure> {
    let Account { tenant, connector } = account;
    let count = match delivery {
        Some(delivery) => {
            m.manager.replay_delivery(tenant, *connector, delivery).await?;
            1
        }
        None => m.manager.replay_dead(tenant, *connector, None).await?,
    };
    m.output.answer(&json!({"replayed": count}), || {
        let text = m
            .output
            .say("条将由运行中的服务重发。", "will be sent again by the running server.");
        format!("{count} {text}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_from_toml_and_json() {
        let toml = "[[rules]]\nwords = [\"登录\"]\n[rules.answer]\ntext = \"{login}\"\n\
                    client_id = \"01J0000000000000000000000C\"\n[greeting]\ntext = \"你好\"\n";
        let rules = read(toml).unwrap();
        assert_eq!(rules.rules[0].words, ["登录"]);
        assert_eq!(rules.greeting.as_ref().unwrap().text, "你好");
        let json = serde_json::to_string(&rules).unwrap();
        assert_eq!(read(&json).unwrap(), rules);
        assert!(read("greting = 1").is_err(), "a misspelt key is no key");
    }
}
