//! The agency, the tenants, their accounts and their apps: made at the first start, found again at the next.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hufu::Hufu;
use hufu_core::clock::Timestamp;
use hufu_core::manage::{ManageError, Manager, NewClient, NewConnector, NewTenant, TenantEdit};
use hufu_core::model::{Agency, Branding, Client, ClientKind, Connector, SnapshotPolicy, Status, Tenant, TenantCode};
use hufu_core::oidc::SigningAlgorithm;
use hufu_core::secret::SecretString;
use hufu_core::text::Locale;
use wechat_simulator::Control;

use super::app;
use super::cast::{AGENCY, AccountPart, AppPart, TENANTS, TenantPart};
use super::home::{Home, Kept};
use super::moment::{Moment, manager_at};
use super::team;
use crate::failure::Failure;

const KIND: &str = "wechat-official-account";
/// How long ago all this is said to have begun.
const AGE: Duration = Duration::from_secs(30 * 86_400);
/// Between one change and the next.
const PAUSE: Duration = Duration::from_secs(7 * 60);

/// What was made or found.
pub(super) struct Stage {
    pub(super) agency: Agency,
    pub(super) houses: Vec<House>,
    /// The demo's own app.
    pub(super) client: Kept,
}

/// A tenant with what belongs to it, in the order of its part.
pub(super) struct House {
    pub(super) part: &'static TenantPart,
    pub(super) tenant: Tenant,
    pub(super) connectors: Vec<Connector>,
    pub(super) clients: Vec<Client>,
}

/// The tenant of the demo's own app.
pub(super) fn tenant_code() -> Result<TenantCode, Failure> {
    "demo".parse().map_err(|error| Failure::internal(&error))
}

pub(super) async fn find_or_make(hufu: &Hufu, home: &Home, control: &Control, app_url: &str) -> Result<Stage, Failure> {
    let now = hufu.injected.clock.now();
    let mut builder = Builder {
        hufu,
        control,
        at: now.minus(AGE),
    };
    let agency = builder.agency().await?;
    let mut client = None;
    let mut houses = Vec::new();
    for part in &TENANTS {
        let tenant = builder.tenant(part, &agency).await?;
        let connectors = builder.connectors(part, &tenant).await?;
        let mut clients = Vec::new();
        for app in part.apps {
            clients.push(match app.redirect_uri {
                None => {
                    let (made, kept) =
                        app::find_or_make(&builder.manager(), &hufu.manager("demo"), home, app_url).await?;
                    client = Some(kept);
                    made
                }
                Some(uri) => builder.client(app, uri, &tenant, &connectors).await?,
            });
        }
        houses.push(House {
            part,
            tenant,
            connectors,
            clients,
        });
    }
    let no_app = || Failure::new("internal", "演示没有应用", "the demo has no app");
    Ok(Stage {
        agency,
        houses,
        client: client.ok_or_else(no_app)?,
    })
}

/// Makes what is missing, as if it were long ago.
struct Builder<'a> {
    hufu: &'a Hufu,
    control: &'a Control,
    at: Timestamp,
}

impl Builder<'_> {
    /// For the next change.
    fn manager(&mut self) -> Manager {
        self.at = self.at.plus(PAUSE);
        let mut manager = manager_at(self.hufu, &team::actor(team::ADMIN), self.at);
        manager.from = Some(team::desk(self.hufu, team::ADMIN, self.at));
        manager
    }

    async fn agency(&mut self) -> Result<Agency, Failure> {
        const MANY: u64 = 500;
        let mut operators = self.hufu.operators();
        let known = operators.list_agencies(None, MANY).await?;
        if let Some(agency) = known.into_iter().find(|agency| agency.name == AGENCY) {
            return Ok(agency);
        }
        operators.clock = Arc::new(Moment(self.at));
        Ok(operators.add_agency(&team::demo(), AGENCY).await?)
    }

    async fn tenant(&mut self, part: &TenantPart, agency: &Agency) -> Result<Tenant, Failure> {
        let code: TenantCode = part.code.parse().map_err(|error| Failure::internal(&error))?;
        match self.manager().tenant(&code).await {
            Ok(known) => return Ok((*known).clone()),
            Err(ManageError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let new = NewTenant {
            code: code.clone(),
            name: part.name.to_owned(),
            locale: Locale::ZhCn,
            agency_id: Some(agency.id),
        };
        let made = self.manager().add_tenant_of(new).await?;
        let Some((name, colour)) = part.brand else {
            return Ok(made);
        };
        let edit = TenantEdit {
            branding: Branding {
                name: Some(name.to_owned()),
                colour: Some(colour.to_owned()),
                logo: None,
            },
            ..TenantEdit::from(&made)
        };
        Ok(self.manager().change_tenant(&code, edit, None).await?)
    }

    async fn connectors(&mut self, part: &TenantPart, tenant: &Tenant) -> Result<Vec<Connector>, Failure> {
        let known = self
            .hufu
            .manager("demo")
            .store
            .begin(tenant.id)
            .list_connectors()
            .await?;
        let mut connectors = Vec::new();
        for account in part.accounts {
            let is_it = |known: &&Arc<Connector>| known.setting("appid") == Some(account.app_id);
            connectors.push(match known.iter().find(is_it) {
                Some(known) => (**known).clone(),
                None => {
                    let new = self.new_connector(account);
                    self.manager().add_connector(&tenant.code, new).await?
                }
            });
        }
        Ok(connectors)
    }

    fn new_connector(&self, part: &AccountPart) -> NewConnector {
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let at_wechat = || {
            let accounts = self.control.accounts().into_iter();
            accounts
                .filter(|account| account.app_id == part.app_id)
                .map(|account| account.secret)
                .next()
        };
        let secret = part.secret.map(str::to_owned).or_else(at_wechat).unwrap_or_default();
        NewConnector {
            kind: KIND.to_owned(),
            name: part.name.to_owned(),
            status: Status::Active,
            settings: BTreeMap::from([
                setting("appid", part.app_id),
                setting("browser", part.browser),
                setting("profile", part.profile),
            ]),
            secrets: BTreeMap::from([("secret".to_owned(), SecretString::from(secret))]),
        }
    }

    async fn client(
        &mut self,
        part: &AppPart,
        redirect_uri: &str,
        tenant: &Tenant,
        connectors: &[Connector],
    ) -> Result<Client, Failure> {
        let manager = self.manager();
        let known = manager.store.begin(tenant.id).list_clients().await?;
        if let Some(known) = known.into_iter().find(|known| known.name == part.name) {
            return Ok(known);
        }
        let account = part.account.and_then(|place| connectors.get(place));
        let new = NewClient {
            connectors: account.map(|connector| connector.id).into_iter().collect(),
            ..new_client(part.name, redirect_uri)
        };
        Ok(manager.add_client(&tenant.code, new).await?.0)
    }
}

pub(super) fn new_client(name: &str, redirect_uri: &str) -> NewClient {
    NewClient {
        name: name.to_owned(),
        kind: ClientKind::Confidential,
        redirect_uris: vec![redirect_uri.to_owned()],
        post_logout_redirect_uris: Vec::new(),
        scopes: Vec::new(),
        connectors: Vec::new(),
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
    }
}
