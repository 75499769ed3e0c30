//! `hufu connector`.

mod show;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use hufu_core::ids::ConnectorId;
use hufu_core::manage::{ManageError, NewConnector};
use hufu_core::model::{Connector, Status, TenantCode};
use hufu_core::secret::SecretString;

use super::context::Managing;
use super::input;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add a tenant's account
    Add {
        /// The tenant
        #[arg(long, value_name = "CODE")]
        tenant: TenantCode,
        /// The kind of account
        #[arg(long, default_value = "wechat-official-account")]
        kind: String,
        /// Name for people
        #[arg(long)]
        name: String,
        /// WeChat's AppID; short for --set appid=…
        #[arg(long)]
        appid: Option<String>,
        /// File with the AppSecret; - reads standard input
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
        /// Another setting of the kind, e.g. profile=always; may be repeated
        #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = input::assignment)]
        settings: Vec<(String, String)>,
    },
    /// List a tenant's accounts
    List {
        /// The tenant
        #[arg(long, value_name = "CODE")]
        tenant: TenantCode,
    },
    /// Show an account, with what WeChat's console wants to know
    Show(Which),
    /// Stop logins through an account
    Disable(Which),
    /// Let logins through an account go on
    Enable(Which),
    /// Replace the AppSecret
    RotateSecret {
        #[command(flatten)]
        which: Which,
        /// File with the new AppSecret; - reads standard input
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
    },
    /// Change settings; those not named stay
    Set {
        #[command(flatten)]
        which: Which,
        /// Settings, e.g. browser=wechat_only
        #[arg(required = true, value_name = "FIELD=VALUE", value_parser = input::assignment)]
        settings: Vec<(String, String)>,
    },
    /// Ask WeChat whether it takes the account's settings
    Check(Which),
}

/// One connector.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The tenant
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// The connector
    id: ConnectorId,
}

pub(crate) async fn run(m: &Managing<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add {
            tenant,
            kind,
            name,
            appid,
            secret_file,
            settings,
        } => {
            let mut settings: BTreeMap<_, _> = settings.into_iter().collect();
            settings.extend(appid.map(|appid| ("appid".to_owned(), appid)));
            let secrets = secrets(m, &kind, &secret_file)?;
            let new = NewConnector {
                kind,
                name,
                status: Status::Active,
                settings,
                secrets,
            };
            let connector = m.manager.add_connector(&tenant, new).await?;
            show::one(m, &tenant, &connector)
        }
        Command::List { tenant } => show::list(m, &tenant).await,
        Command::Show(which) => {
            let connector = m.manager.connector(&which.tenant, which.id).await?;
            show::one(m, &which.tenant, &connector)
        }
        Command::Disable(which) => set_status(m, &which, Status::Disabled).await,
        Command::Enable(which) => set_status(m, &which, Status::Active).await,
        Command::RotateSecret { which, secret_file } => {
            let before = m.manager.connector(&which.tenant, which.id).await?;
            let secrets = secrets(m, &before.kind, &secret_file)?;
            let after = m
                .manager
                .rotate_connector_secret(&which.tenant, which.id, secrets)
                .await?;
            show::one(m, &which.tenant, &after)
        }
        Command::Set { which, settings } => {
            refuse_secrets(m, &which, &settings).await?;
            let changed = settings.into_iter().collect();
            let after = m.manager.change_connector(&which.tenant, which.id, changed).await?;
            show::one(m, &which.tenant, &after)
        }
        Command::Check(which) => check(m, &which).await,
    }
}

async fn set_status(m: &Managing<'_>, which: &Which, status: Status) -> Result<(), Failure> {
    let after = m.manager.set_connector_status(&which.tenant, which.id, status).await?;
    show::one(m, &which.tenant, &after)
}

async fn check(m: &Managing<'_>, which: &Which) -> Result<(), Failure> {
    let connector = m.manager.connector(&which.tenant, which.id).await?;
    let checks = m.manager.check_connector(&connector).await?;
    show::checks(m, &checks)?;
    if checks.iter().all(|check| check.problem.is_none()) {
        Ok(())
    } else {
        Err(Failure::Said)
    }
}

/// The kind's secret, from a file.
fn secrets(m: &Managing<'_>, kind: &str, file: &std::path::Path) -> Result<BTreeMap<String, SecretString>, Failure> {
    let Some(known) = m.hufu.providers.kind(kind) else {
        let installed: Vec<_> = m.hufu.providers.kinds().map(|kind| kind.kind()).collect();
        let kind = kind.to_owned();
        return Err(ManageError::Kind {
            kind,
            installed: installed.join(", "),
        }
        .into());
    };
    let form = known.form();
    let name = form.secrets().next().map(str::to_owned);
    match name {
        Some(name) => Ok(BTreeMap::from([(name, input::secret(file)?)])),
        None => Err(Failure::input("此类型没有密钥", "this kind has no secret")),
    }
}

/// A secret as an argument would be visible to every user of the machine.
async fn refuse_secrets(m: &Managing<'_>, which: &Which, settings: &[(String, String)]) -> Result<(), Failure> {
    let connector: &Connector = &*m.manager.connector(&which.tenant, which.id).await?;
    let Some(kind) = m.hufu.providers.kind(&connector.kind) else {
        return Ok(());
    };
    let form = kind.form();
    if form
        .secrets()
        .any(|secret| settings.iter().any(|(name, _)| name == secret))
    {
        let zh = "密钥不能写在命令行中，请用 `hufu connector rotate-secret --secret-file`";
        return Err(Failure::input(
            zh,
            "a secret is no argument: use `hufu connector rotate-secret --secret-file`",
        ));
    }
    Ok(())
}
