//! `hufu keys`: the key ring file, and tenants' signing keys.

use clap::{Args, Subcommand, ValueEnum};
use hufu_core::clock::SystemRandom;
use hufu_core::model::{KeyState, SigningKey, TenantCode};
use hufu_core::oidc::SigningAlgorithm;
use serde_json::{Value, json};

use super::context::{Context, Managing};
use crate::failure::Failure;
use crate::table;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key ring file, readable by its owner only; one that is there is left alone
    Init,
    /// A tenant's signing keys
    List {
        /// The tenant's code
        #[arg(long)]
        tenant: TenantCode,
    },
    /// Change a tenant's signing key: the next one is published now and signs when clients have had time to learn it
    Rotate(Rotate),
}

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The tenant's code
    #[arg(long, required_unless_present = "all")]
    tenant: Option<TenantCode>,
    /// Every tenant
    #[arg(long, conflicts_with = "tenant")]
    all: bool,
    /// Which key
    #[arg(long, value_enum, default_value = "RS256")]
    algorithm: Algorithm,
    /// Let the next key sign at once; the old one stays published
    #[arg(long)]
    now: bool,
    /// For a key that leaked: a new one signs at once, and nothing that the old one signed is valid any more
    #[arg(long, conflicts_with = "now")]
    emergency: bool,
}

/// An algorithm as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Algorithm {
    #[value(name = "RS256")]
    Rs256,
    #[value(name = "ES256")]
    Es256,
    #[value(name = "EdDSA")]
    EdDsa,
}

impl From<Algorithm> for SigningAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::Rs256,
            Algorithm::Es256 => Self::Es256,
            Algorithm::EdDsa => Self::EdDsa,
        }
    }
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        Command::Init => init(context),
        Command::List { tenant } => context.managing(async |m| list(&m, &tenant).await).await,
        Command::Rotate(asked) => context.managing(async |m| rotate(&m, &asked).await).await,
    }
}

async fn list(m: &Managing<'_>, tenant: &TenantCode) -> Result<(), Failure> {
    let keys = m.manager.keys(tenant).await?;
    let documents: Vec<Value> = keys.iter().map(document).collect();
    m.output.answer(&json!({"keys": documents}), || {
        let say = |zh, en| m.output.say(zh, en);
        let rows: Vec<_> = keys.iter().map(|key| row(m, key)).collect();
        table::render(
            &[
                say("编号", "id"),
                say("算法", "algorithm"),
                say("阶段", "state"),
                say("自", "since"),
            ],
            &rows,
        )
    })
}

async fn rotate(m: &Managing<'_>, asked: &Rotate) -> Result<(), Failure> {
    let tenants = match &asked.tenant {
        Some(tenant) => vec![tenant.clone()],
        None => m.tenants().await?.into_iter().map(|tenant| tenant.code).collect(),
    };
    let algorithm = asked.algorithm.into();
    let mut made = Vec::new();
    for tenant in tenants {
        let key = if asked.emergency {
            m.manager.replace_key(&tenant, algorithm).await?
        } else {
            m.manager.rotate_key(&tenant, algorithm, asked.now).await?
        };
        made.push((tenant, key));
    }
    let documents: Vec<Value> = made
        .iter()
        .map(|(tenant, key)| {
            let mut shown = document(key);
            shown["tenant"] = json!(tenant);
            shown
        })
        .collect();
    m.output.answer(&json!({"keys": documents}), || {
        let lines = made.iter().map(|(tenant, key)| {
            let (id, algorithm) = (key.id, key.private.algorithm.as_str());
            match (m.output.say("zh", "en"), key.state) {
                ("zh", KeyState::Active) => format!("{tenant}：{algorithm} 密钥 {id} 已开始签名"),
                ("zh", _) => {
                    format!("{tenant}：{algorithm} 密钥 {id} 已公布，公布期满后自动开始签名")
                }
                (_, KeyState::Active) => format!("{tenant}: the {algorithm} key {id} signs now"),
                _ => format!("{tenant}: the {algorithm} key {id} is published, and signs when its time comes"),
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

const fn state(key: &SigningKey) -> &'static str {
    match key.state {
        KeyState::Pending => "pending",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
    }
}

fn document(key: &SigningKey) -> Value {
    json!({
        "id": key.id,
        "algorithm": key.private.algorithm,
        "state": state(key),
        "since": key.changed_at.to_string(),
        "created_at": key.created_at.to_string(),
    })
}

fn row(m: &Managing<'_>, key: &SigningKey) -> Vec<String> {
    let state = match key.state {
        KeyState::Pending => m.output.say("待用", "pending"),
        KeyState::Active => m.output.say("签名中", "active"),
        KeyState::Retired => m.output.say("已停用", "retired"),
    };
    vec![
        key.id.to_string(),
        key.private.algorithm.as_str().to_owned(),
        state.to_owned(),
        key.changed_at.to_string(),
    ]
}

fn init(context: &Context) -> Result<(), Failure> {
    let config = context.config();
    if config.keyring.is_some() {
        let zh = "密钥已由 HUFU_KEYRING 或配置文件给出，无需生成文件";
        return Err(Failure::new(
            "exists",
            zh,
            "the key ring comes from HUFU_KEYRING or the configuration already",
        ));
    }
    let path = config.keyring_path();
    if path.exists() {
        let path = path.display();
        let zh = format!("密钥文件 {path} 已存在，未作改动");
        return Err(Failure::new(
            "exists",
            zh,
            format!("there is a key ring at {path} already; nothing was changed"),
        ));
    }
    config
        .create_keyring(&SystemRandom)
        .map_err(|error| Failure::new("key_ring", format!("密钥文件：{error}"), error.to_string()))?;
    let shown = path.display().to_string();
    context.output.answer(&json!({"keyring_file": shown}), || {
        match context.output.say("zh", "en") {
            "zh" => format!("已生成密钥文件 {shown}\n请与数据库备份分开保存一份副本：丢失后，已保存的密钥无法恢复。"),
            _ => format!(
                "Made the key ring {shown}\nKeep a copy apart from the database's: without it the secrets are lost."
            ),
        }
    })
}
