//! `hufu client`.

mod show;

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use hufu_core::ids::{ClientId, ConnectorId};
use hufu_core::manage::{ClientEdit, ClientExtras, NewClient, SecretOverlap};
use hufu_core::model::{Client, ClientKind, ClientProtocol, Right, Rights, SnapshotPolicy, Status, TenantCode};
use hufu_core::oidc::SigningAlgorithm;

use super::context::Managing;
use super::input;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add an app; its secret is shown once
    Add(Add),
    /// List a tenant's apps
    List {
        /// The tenant
        #[arg(long, value_name = "CODE")]
        tenant: TenantCode,
    },
    /// Show an app
    Show(Which),
    /// Change an app: what is named is replaced, the rest stays
    Set(Set),
    /// Refuse an app's logins
    Disable(Which),
    /// Let an app's logins go on
    Enable(Which),
    /// Give an app a new secret, shown once
    RotateSecret {
        #[command(flatten)]
        which: Which,
        /// How long the old secret works beside the new one: 24h, 30m, 7d, 0
        #[arg(long, default_value = "24h", value_parser = input::duration)]
        overlap: Duration,
    },
}

/// A new app.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The tenant
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// Name for people
    #[arg(long)]
    name: String,
    /// Exact URI that logins return to; may be repeated, the first is the login link's
    #[arg(long = "redirect-uri", required = true, num_args = 1.., value_name = "URI")]
    redirect_uris: Vec<String>,
    /// An app that can keep no secret, such as one that runs in the browser
    #[arg(long)]
    public: bool,
    /// Exact URI for after a logout; may be repeated
    #[arg(long = "post-logout-redirect-uri", num_args = 1.., value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Scope it may ask for; may be repeated [default: all but offline_access]
    #[arg(long = "scope", num_args = 1.., value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Connector it may use; may be repeated [default: all]
    #[arg(long = "connector", num_args = 1.., value_name = "ID")]
    connectors: Vec<ConnectorId>,
    /// Algorithm of its ID tokens
    #[arg(long, value_enum, default_value = "RS256")]
    id_token_alg: Algorithm,
    /// What happens to visitors of WeChat's snapshot pages
    #[arg(long, value_enum, default_value = "refuse")]
    snapshot: Snapshot,
    #[command(flatten)]
    rights: RightsGiven,
}

/// What changes.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Exact URI that logins return to; may be repeated, the first is the login link's
    #[arg(long = "redirect-uri", num_args = 1.., value_name = "URI")]
    redirect_uris: Vec<String>,
    #[command(flatten)]
    rights: RightsGiven,
    /// Take all rights away, networks and calls with them
    #[arg(long, conflicts_with_all = ["rights", "networks", "calls", "json_answers"])]
    no_rights: bool,
    /// Let its rights work from anywhere
    #[arg(long, conflicts_with = "networks")]
    any_network: bool,
    /// Let no calls be relayed
    #[arg(long, conflicts_with = "calls")]
    no_calls: bool,
    /// Setting of the protocol, such as consent=ask or backchannel_logout_uri=https://…; KEY= takes it away, KEY=@FILE
    /// reads the value from a file; may be repeated
    #[arg(long = "protocol", num_args = 1.., value_name = "KEY=VALUE", value_parser = setting)]
    protocol: Vec<(String, String)>,
}

/// A change of an app.
#[derive(Debug, Args)]
pub(crate) struct Set {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    change: Change,
}

/// What an app may do beside logging people in.
#[derive(Debug, Default, PartialEq, Eq, Args)]
struct RightsGiven {
    /// Right: wechat.token, wechat.jssdk, wechat.profile, wechat.relay; may be repeated
    #[arg(long = "right", num_args = 1.., value_name = "RIGHT", value_parser = right)]
    rights: Vec<Right>,
    /// Address or network from which its rights work; may be repeated [default: any]
    #[arg(long = "network", num_args = 1.., value_name = "NETWORK")]
    networks: Vec<String>,
    /// Call that may be relayed, such as "POST /cgi-bin/message/template/send" or "GET /cgi-bin/user/*"; may be repeated
    #[arg(long = "call", num_args = 1.., value_name = "CALL")]
    calls: Vec<String>,
    /// Whether the WeChat-shaped endpoints answer it as application/json
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    json_answers: Option<bool>,
}

/// A setting's name and value. What is wrong with them is said when they are put in.
fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("write KEY=VALUE; known: {}", ClientProtocol::SETTINGS.join(", ")))?;
    let value = match value.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?,
        None => value.to_owned(),
    };
    Ok((name.to_owned(), value))
}

fn right(text: &str) -> Result<Right, String> {
    Right::of(text).ok_or_else(|| format!("known: {}", Right::ALL.map(Right::as_str).join(", ")))
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Algorithm {
    #[value(name = "RS256")]
    Rs256,
    #[value(name = "ES256")]
    Es256,
    /// The tenant needs such a key first: hufu keys rotate --algorithm EdDSA --now
    #[value(name = "EdDSA")]
    EdDsa,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Snapshot {
    Refuse,
    Allow,
}

/// One client.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The tenant
    #[arg(long, value_name = "CODE")]
    tenant: TenantCode,
    /// The client_id
    id: ClientId,
}

pub(crate) async fn run(m: &Managing<'_>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add(add) => {
            let tenant = add.tenant.clone();
            let (new, extras) = add.into_new();
            let (client, secret) = m.manager.add_client_with(&tenant, new, extras).await?;
            show::one(m, &tenant, &client, secret.as_ref())
        }
        Command::List { tenant } => show::list(m, &tenant).await,
        Command::Show(which) => {
            let client = m.manager.client(&which.tenant, which.id).await?;
            show::one(m, &which.tenant, &client, None)
        }
        Command::Set(Set { which, change }) => {
            if change.is_empty() {
                return Err(Failure::input("没有要修改的内容", "nothing to change was given"));
            }
            let before = m.manager.client(&which.tenant, which.id).await?;
            let edit = change.of(&before)?;
            let after = m
                .manager
                .change_client(&which.tenant, which.id, edit, Some(before.version))
                .await?;
            show::one(m, &which.tenant, &after, None)
        }
        Command::Disable(which) => set_status(m, &which, Status::Disabled).await,
        Command::Enable(which) => set_status(m, &which, Status::Active).await,
        Command::RotateSecret { which, overlap } => {
            let overlap = SecretOverlap(overlap);
            let (client, secret) = m
                .manager
                .rotate_client_secret(&which.tenant, which.id, overlap, None)
                .await?;
            show::one(m, &which.tenant, &client, Some(&secret))
        }
    }
}

async fn set_status(m: &Managing<'_>, which: &Which, status: Status) -> Result<(), Failure> {
    let after = m.manager.set_client_status(&which.tenant, which.id, status).await?;
    show::one(m, &which.tenant, &after, None)
}

impl Change {
    /// A group of arguments cannot ask for this: it does not count those of a part of it.
    fn is_empty(&self) -> bool {
        let takes = self.no_rights || self.any_network || self.no_calls;
        let gives =
            !self.redirect_uris.is_empty() || !self.protocol.is_empty() || self.rights != RightsGiven::default();
        !gives && !takes
    }

    fn of(self, client: &Client) -> Result<ClientEdit, Failure> {
        let mut edit = ClientEdit::from(client);
        if !self.redirect_uris.is_empty() {
            edit.redirect_uris = self.redirect_uris;
        }
        if self.no_rights {
            edit.rights = Rights::default();
        }
        if self.any_network {
            edit.rights.networks.clear();
        }
        if self.no_calls {
            edit.rights.calls.clear();
        }
        edit.rights = self.rights.over(edit.rights);
        for (name, value) in &self.protocol {
            let changed = edit.protocol.with(name, value);
            edit.protocol = changed.map_err(|error| {
                Failure::input(
                    format!("协议设置 {name} 无效：{error}"),
                    format!("--protocol {name}: {error}"),
                )
            })?;
        }
        Ok(edit)
    }
}

impl RightsGiven {
    /// What is named takes the place of what was.
    fn over(self, mut rights: Rights) -> Rights {
        if !self.rights.is_empty() {
            rights.granted = self.rights.into_iter().collect();
        }
        if !self.networks.is_empty() {
            rights.networks = self.networks;
        }
        if !self.calls.is_empty() {
            rights.calls = self.calls;
        }
        rights.json_answers = self.json_answers.unwrap_or(rights.json_answers);
        rights
    }
}

impl Add {
    fn into_new(self) -> (NewClient, ClientExtras) {
        let extras = ClientExtras {
            rights: self.rights.over(Rights::default()),
            ..ClientExtras::default()
        };
        let new = NewClient {
            name: self.name,
            kind: if self.public {
                ClientKind::Public
            } else {
                ClientKind::Confidential
            },
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            scopes: self.scopes,
            connectors: self.connectors,
            id_token_alg: match self.id_token_alg {
                Algorithm::Rs256 => SigningAlgorithm::Rs256,
                Algorithm::Es256 => SigningAlgorithm::Es256,
                Algorithm::EdDsa => SigningAlgorithm::EdDsa,
            },
            snapshot_policy: match self.snapshot {
                Snapshot::Refuse => SnapshotPolicy::Refuse,
                Snapshot::Allow => SnapshotPolicy::Allow,
            },
        };
        (new, extras)
    }
}
