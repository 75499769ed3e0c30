//! `hufu verify-file`.

use std::path::PathBuf;

use clap::Subcommand;
use hufu_core::model::TenantCode;
use serde_json::json;

use super::context::Managing;
use crate::failure::Failure;
use crate::table;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a file that WeChat's console gave to prove the ownership of a domain
    Add {
        /// The tenant
        #[arg(long, value_name = "CODE")]
        tenant: TenantCode,
        /// The file as it was downloaded: MP_verify_….txt
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Host that WeChat will ask [default: the host of gateway.public_url]
        #[arg(long)]
        host: Option<String>,
    },
}

pub(crate) async fn run(m: &Managing<'_>, command: Command) -> Result<(), Failure> {
    let Command::Add {
        tenant,
        file: path,
        host,
    } = command;
    let public_url = &m.hufu.config.gateway.public_url;
    let host = host.unwrap_or_else(|| public_url.host().to_owned());
    let content = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let file = m.manager.add_verify_file(&tenant, &host, &name, &content).await?;
    let url = if file.host == public_url.host() {
        public_url.at(&format!("/{name}"))
    } else {
        format!("https://{}/{name}", file.host)
    };
    m.output.answer(
        &json!({"tenant": tenant, "host": file.host, "name": name, "url": url}),
        || {
            let say = |zh, en| m.output.say(zh, en);
            table::facts(&[
                (say("域名", "host"), file.host.clone()),
                (say("地址", "URL"), url.clone()),
            ])
        },
    )
}
