//! `hufu agency`.

use clap::Subcommand;
use hufu_core::ids::AgencyId;
use hufu_core::manage::OperatorError;
use hufu_core::model::Agency;
use serde_json::{Value, json};

use super::context::Managing;
use super::tenant::status;
use crate::failure::Failure;
use crate::table;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add an agency: a company that looks after tenants
    Add {
        /// Name for people
        #[arg(long)]
        name: String,
    },
    /// List all agencies
    List,
}

pub(crate) async fn run(m: &Managing<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add { name } => {
            let agency = m.hufu.operators().add_agency(&m.by(), &name).await?;
            m.output.answer(&document(&agency), || {
                let say = |zh, en| m.output.say(zh, en);
                table::facts(&[
                    (say("代理商", "agency"), agency.id.to_string()),
                    (say("名称", "name"), agency.name.clone()),
                    (say("状态", "status"), status(agency.status)),
                ])
            })
        }
        Command::List => list(m).await,
    }
}

/// The agency of an id, which must be there.
pub(super) async fn known(m: &Managing<'_>, id: AgencyId) -> Result<Agency, Failure> {
    let agency = m.hufu.operators().agency(id).await?;
    agency.ok_or_else(|| OperatorError::NotFound { what: "agency" }.into())
}

async fn list(m: &Managing<'_>) -> Result<(), Failure> {
    const PAGE: u64 = 500;
    let operators = m.hufu.operators();
    let mut agencies: Vec<Agency> = Vec::new();
    loop {
        let page = operators
            .list_agencies(agencies.last().map(|agency| agency.id), PAGE)
            .await?;
        let is_last = (page.len() as u64) < PAGE;
        agencies.extend(page);
        if is_last {
            break;
        }
    }
    let documents: Vec<Value> = agencies.iter().map(document).collect();
    m.output.answer(&json!({"agencies": documents}), || {
        let headings = [
            "ID",
            m.output.say("名称", "NAME"),
            m.output.say("状态", "STATUS"),
            m.output.say("创建时间", "CREATED"),
        ];
        let row = |agency: &Agency| {
            vec![
                agency.id.to_string(),
                agency.name.clone(),
                status(agency.status),
                agency.created_at.to_string(),
            ]
        };
        table::render(&headings, &agencies.iter().map(row).collect::<Vec<_>>())
    })
}

fn document(agency: &Agency) -> Value {
    json!({
        "id": agency.id,
        "name": agency.name,
        "status": agency.status,
        "created_at": agency.created_at.to_string(),
    })
}
