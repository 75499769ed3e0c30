//! `hufu client`.

mod show;

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use hufu_core::ids::{ClientId, ConnectorId};
use hufu_core::manage::{NewClient, SecretOverlap};
use hufu_core::model::{ClientKind, SnapshotPolicy, Status, TenantCode};
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
    /// Replace an app's redirect URIs
    Set {
        #[command(flatten)]
        which: Which,
        /// Exact URI that logins return to; may be repeated, the first is the login link's
        #[arg(long = "redirect-uri", required = true, num_args = 1.., value_name = "URI")]
        redirect_uris: Vec<String>,
    },
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
    /// Scope it may ask for; may be repeated [default: openid profile]
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
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Algorithm {
    #[value(name = "RS256")]
    Rs256,
    #[value(name = "ES256")]
    Es256,
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
            let (client, secret) = m.manager.add_client(&tenant, add.into_new()).await?;
            show::one(m, &tenant, &client, secret.as_ref())
        }
        Command::List { tenant } => show::list(m, &tenant).await,
        Command::Show(which) => {
            let client = m.manager.client(&which.tenant, which.id).await?;
            show::one(m, &which.tenant, &client, None)
        }
        Command::Set { which, redirect_uris } => {
            let client = m
                .manager
                .change_redirect_uris(&which.tenant, which.id, redirect_uris)
                .await?;
            show::one(m, &which.tenant, &client, None)
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

impl Add {
    fn into_new(self) -> NewClient {
        NewClient {
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
            },
            snapshot_policy: match self.snapshot {
                Snapshot::Refuse => SnapshotPolicy::Refuse,
                Snapshot::Allow => SnapshotPolicy::Allow,
            },
        }
    }
}
