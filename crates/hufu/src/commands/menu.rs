//! `hufu menu`.

mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use hufu_core::ids::ConnectorId;
use hufu_core::manage::MenuUrls;
use hufu_core::model::TenantCode;

use super::context::Managing;
use super::input;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show how a menu stands: draft, what is wrong with it, what it would change, published versions
    Show {
        #[command(flatten)]
        which: Which,
        /// Ask WeChat too which menu people have
        #[arg(long)]
        live: bool,
    },
    /// Keep a menu as the draft; nobody sees it yet
    Draft {
        /// File with the menu as JSON; - reads standard input
        file: PathBuf,
        #[command(flatten)]
        which: Which,
        /// Only over this draft, as `hufu menu show` numbers it; 0: only when there is none
        #[arg(long, value_name = "NUMBER")]
        over: Option<u32>,
    },
    /// Say what is wrong with the draft, or with a file; WeChat is not asked
    Check {
        #[command(flatten)]
        which: Which,
        /// File with a menu as JSON in place of the draft; - reads standard input
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Make the draft the menu that people see
    Publish {
        #[command(flatten)]
        which: Which,
        /// What for, in the list of versions
        #[arg(long, default_value = "")]
        note: String,
        /// Only this draft, as `hufu menu show` numbers it
        #[arg(long, value_name = "NUMBER")]
        draft: Option<u32>,
    },
    /// Publish a former version again
    Rollback {
        /// The version, as `hufu menu show` numbers it
        number: u32,
        #[command(flatten)]
        which: Which,
    },
    /// Take the menu away; draft and versions stay
    Delete(Which),
    /// Take the menu that WeChat has as the draft
    Pull(Which),
}

/// One account.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The tenant
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// The connector
    connector: ConnectorId,
}

pub(crate) async fn run(m: &Managing<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Show { which, live } => show::state(m, &which, live).await,
        Command::Draft { file, which, over } => {
            let menu = input::json(&file)?;
            let (code, id) = (&which.tenant, which.connector);
            m.manager.save_menu_draft(code, id, &menu, over).await?;
            show::state(m, &which, false).await
        }
        Command::Check { which, file } => check(m, &which, file).await,
        Command::Publish { which, note, draft } => {
            let (code, id, urls) = (&which.tenant, which.connector, urls(m, &which));
            m.manager.publish_menu(code, id, &urls, &note, draft).await?;
            published(m);
            show::state(m, &which, false).await
        }
        Command::Rollback { number, which } => {
            let (code, id, urls) = (&which.tenant, which.connector, urls(m, &which));
            m.manager.roll_back_menu(code, id, &urls, number).await?;
            published(m);
            show::state(m, &which, false).await
        }
        Command::Delete(which) => {
            m.manager.delete_menu(&which.tenant, which.connector).await?;
            published(m);
            show::state(m, &which, false).await
        }
        Command::Pull(which) => {
            let (code, id, urls) = (&which.tenant, which.connector, urls(m, &which));
            m.manager.pull_menu(code, id, &urls, None).await?;
            show::state(m, &which, false).await
        }
    }
}

async fn check(m: &Managing<'_>, which: &Which, file: Option<PathBuf>) -> Result<(), Failure> {
    let (code, id, urls) = (&which.tenant, which.connector, urls(m, which));
    let checked = match file {
        Some(file) => m.manager.check_menu(code, id, &input::json(&file)?, &urls).await?,
        None => m.manager.menu(code, id, &urls).await?.checked,
    };
    show::checked(m, &checked)?;
    if checked.is_refused() {
        return Err(Failure::Said);
    }
    Ok(())
}

fn urls(m: &Managing<'_>, which: &Which) -> MenuUrls {
    MenuUrls {
        login: m.urls(&which.tenant).login(),
        wechat: m.hufu.config.gateway.public_url.at("/connect/oauth2/authorize"),
    }
}

/// WeChat's clients keep a menu for a while (Tencent's documentation, 自定义菜单).
fn published(m: &Managing<'_>) {
    let zh = "微信客户端最多 5 分钟后刷新菜单；取消关注再关注可立即看到。";
    let en = "WeChat's clients fetch the menu again within 5 minutes; unfollow and follow again to see it at once.";
    m.output.note("menu_refetched", &hufu_core::text::Text::new(zh, en));
}
