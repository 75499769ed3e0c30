//! `hufu tenant`.

use clap::Subcommand;
use hufu_core::ids::AgencyId;
use hufu_core::manage::NewTenant;
use hufu_core::model::{HostName, Status, Tenant, TenantCode};
use hufu_core::store::Store as _;
use hufu_core::text::Locale;
use serde_json::{Value, json};

use super::context::Managing;
use crate::failure::Failure;
use crate::table;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add a tenant, with its signing keys
    Add {
        /// Short name in URLs: a-z, 0-9 and hyphens
        code: TenantCode,
        /// Name for people
        #[arg(long)]
        name: String,
        /// Language of pages when the browser names none: zh-CN or en
        #[arg(long, default_value = "zh-CN", value_parser = locale)]
        locale: Locale,
        /// The agency that looks after it [default: none, the platform itself]
        #[arg(long, value_name = "ID")]
        agency: Option<AgencyId>,
    },
    /// List all tenants
    List,
    /// Show a tenant with its URLs
    Show {
        /// The tenant
        code: TenantCode,
    },
    /// Give a tenant a host name of its own, or take it away
    Set {
        /// The tenant
        code: TenantCode,
        /// Host at which it is an issuer too, such as login.shop.example
        #[arg(long, value_name = "NAME", value_parser = HostName::typed, required_unless_present = "no_host")]
        host: Option<HostName>,
        /// It has no host of its own
        #[arg(long, conflicts_with = "host")]
        no_host: bool,
    },
    /// Stop a tenant's logins
    Disable {
        /// The tenant
        code: TenantCode,
    },
    /// Let a tenant's logins go on
    Enable {
        /// The tenant
        code: TenantCode,
    },
}

fn locale(text: &str) -> Result<Locale, String> {
    [Locale::ZhCn, Locale::En]
        .into_iter()
        .find(|locale| locale.tag().eq_ignore_ascii_case(text))
        .ok_or_else(|| "zh-CN or en".to_owned())
}

pub(crate) async fn run(m: &Managing<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add {
            code,
            name,
            locale,
            agency,
        } => {
            if let Some(id) = agency {
                super::agency::known(m, id).await?;
            }
            let new = NewTenant {
                code,
                name,
                locale,
                agency_id: agency,
            };
            answer(m, &m.manager.add_tenant_of(new).await?)
        }
        Command::List => list(m).await,
        Command::Show { code } => show(m, &code).await,
        Command::Set { code, host, .. } => answer(m, &m.manager.set_tenant_host(&code, host, None).await?),
        Command::Disable { code } => answer(m, &m.manager.set_tenant_status(&code, Status::Disabled).await?),
        Command::Enable { code } => answer(m, &m.manager.set_tenant_status(&code, Status::Active).await?),
    }
}

async fn list(m: &Managing<'_>) -> Result<(), Failure> {
    let tenants = m.tenants().await?;
    let documents: Vec<Value> = tenants.iter().map(|tenant| document(m, tenant)).collect();
    m.output.answer(&json!({"tenants": documents}), || {
        let headings = [
            m.output.say("代码", "CODE"),
            m.output.say("名称", "NAME"),
            m.output.say("状态", "STATUS"),
            m.output.say("签发者", "ISSUER"),
        ];
        let row = |tenant: &Tenant| {
            let issuer = m.urls(&tenant.code).issuer().to_owned();
            vec![
                tenant.code.to_string(),
                tenant.name.clone(),
                status(tenant.status),
                issuer,
            ]
        };
        table::render(&headings, &tenants.iter().map(row).collect::<Vec<_>>())
    })
}

async fn show(m: &Managing<'_>, code: &TenantCode) -> Result<(), Failure> {
    let tenant = m.manager.tenant(code).await?;
    let rows = m.hufu.database.begin(tenant.id);
    let connectors = rows.list_connectors().await?.len();
    let clients = rows.list_clients().await?.len();
    let keys: Vec<Value> = rows
        .list_keys()
        .await?
        .iter()
        .map(|key| json!({"kid": key.id, "alg": key.private.algorithm, "state": key.state}))
        .collect();
    let mut document = document(m, &tenant);
    document["connectors"] = json!(connectors);
    document["clients"] = json!(clients);
    document["signing_keys"] = json!(keys);
    m.output.answer(&document, || {
        let mut lines = facts(m, &tenant);
        lines.push((m.output.say("连接", "connectors"), connectors.to_string()));
        lines.push((m.output.say("应用", "clients"), clients.to_string()));
        table::facts(&lines)
    })
}

fn answer(m: &Managing<'_>, tenant: &Tenant) -> Result<(), Failure> {
    m.output
        .answer(&document(m, tenant), || table::facts(&facts(m, tenant)))
}

fn document(m: &Managing<'_>, tenant: &Tenant) -> Value {
    let urls = m.urls(&tenant.code);
    json!({
        "id": tenant.id,
        "code": tenant.code,
        "name": tenant.name,
        "status": tenant.status,
        "locale": tenant.locale,
        "agency_id": tenant.agency_id,
        "created_at": tenant.created_at.to_string(),
        "issuer": urls.issuer(),
        "discovery_url": discovery(urls.issuer()),
        "host": tenant.host,
        "own_issuer": own_issuer(m, tenant),
    })
}

fn facts(m: &Managing<'_>, tenant: &Tenant) -> Vec<(&'static str, String)> {
    let urls = m.urls(&tenant.code);
    let say = |zh, en| m.output.say(zh, en);
    let agency = tenant.agency_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let mut facts = vec![
        (say("代码", "code"), tenant.code.to_string()),
        (say("名称", "name"), tenant.name.clone()),
        (say("状态", "status"), status(tenant.status)),
        (say("代理商", "agency"), agency),
        (say("语言", "locale"), tenant.locale.tag().to_owned()),
        (say("创建时间", "created"), tenant.created_at.to_string()),
        (say("签发者", "issuer"), urls.issuer().to_owned()),
        (say("发现文档", "discovery"), discovery(urls.issuer())),
    ];
    if let Some(issuer) = own_issuer(m, tenant) {
        facts.push((say("自有域名签发者", "own issuer"), issuer));
    }
    facts
}

/// Its issuer at its own host.
fn own_issuer(m: &Managing<'_>, tenant: &Tenant) -> Option<String> {
    let host = tenant.host.as_ref()?;
    let urls = m.hufu.config.gateway.public_url.tenant_at(host);
    Some(urls.issuer().to_owned())
}

fn discovery(issuer: &str) -> String {
    format!("{issuer}/.well-known/openid-configuration")
}

/// The status as it stands in JSON too.
pub(super) fn status(status: Status) -> String {
    match status {
        Status::Active => "active".to_owned(),
        Status::Disabled => "disabled".to_owned(),
        Status::Draft => "draft".to_owned(),
    }
}
