//! One tenant, by handles that narrow with the role.

mod push;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hufu_core::clock::Timestamp;
use hufu_core::ids::{BrowserSessionId, ClientId, ConnectorId, KeyId, LinkId, OnboardingId, SubjectId, TrialId};
use hufu_core::manage::{
    self, CheckedMenu, ClientEdit, ClientExtras, ConnectorEdit, Manager, MenuAtProvider, MenuState, MenuUrls,
    NewClient, NewConnector, OnboardingEdit, OperatorResult, SamePerson, SecretOverlap, TenantEdit, TokenTimes,
    connector_health, host_health,
};
use hufu_core::model::{
    BrowserSession, Client, ClientProtocol, Connector, Health, HostName, Link, MenuBook, Onboarding, Operator, Purpose,
    Reach, Rights, Role, Seat, SessionLogin, Setting, SigningKey, Status, Tenant, Trial, UnionConflict, VerifyFile,
};
use hufu_core::oidc::{SigningAlgorithm, TenantUrls};
use hufu_core::provider::{ApiUsage, ProviderKind};
use hufu_core::secret::{ExposeSecret as _, SecretString};
use hufu_core::store::{Counted, Find, Person, PersonFilter, RecordFilter, Records as _};

use super::{Access, Confirmed, Overview};
use crate::http::Refusal;

type Result<T> = std::result::Result<T, Refusal>;

const SETS_UP: [Role; 4] = [
    Role::PlatformOwner,
    Role::AgencyAdmin,
    Role::AgencyOperator,
    Role::TenantAdmin,
];

/// Reads of one tenant. Every role that reaches the tenant has it.
#[derive(Debug, Clone)]
pub(crate) struct TenantAccess {
    access: Access,
    tenant: Arc<Tenant>,
}

impl TenantAccess {
    pub(super) fn new(access: Access, tenant: Arc<Tenant>) -> Self {
        Self { access, tenant }
    }

    pub(crate) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Where the world reaches it.
    pub(crate) fn urls(&self) -> TenantUrls {
        self.access.console.site.public_url.tenant(&self.tenant.code)
    }

    /// Where the world reaches it as `tenant` is now: by path, and at its own host.
    pub(crate) fn both_urls(&self, tenant: &Tenant) -> (TenantUrls, Option<TenantUrls>) {
        let public = &self.access.console.site.public_url;
        let own = tenant.host.as_ref().map(|host| public.tenant_at(host));
        (public.tenant(&tenant.code), own)
    }

    /// How its own host was found at the last look.
    pub(crate) async fn host_health(&self) -> Result<Option<Health>> {
        match host_health(&self.tenant) {
            Some(of) => self.badge(&of).await,
            None => Ok(None),
        }
    }

    /// Lists and counts of this tenant alone.
    pub(crate) fn overview(&self) -> Overview {
        self.access.overview().within(self.tenant.id)
    }

    fn manager(&self) -> Manager {
        self.access.manager()
    }

    fn inner(&self) -> Inner {
        Inner {
            access: self.access.clone(),
            manager: self.manager(),
            tenant: Arc::clone(&self.tenant),
        }
    }

    pub(crate) async fn connectors(&self) -> Result<Arc<Vec<Arc<Connector>>>> {
        let store = self.access.console.manager.store.begin(self.tenant.id);
        Ok(store.list_connectors().await?)
    }

    pub(crate) async fn connector(&self, id: ConnectorId) -> Result<Arc<Connector>> {
        Ok(self.manager().connector(&self.tenant.code, id).await?)
    }

    /// How the menu of an account stands; the provider is not asked.
    pub(crate) async fn menu(&self, id: ConnectorId) -> Result<MenuState> {
        let (code, urls) = (&self.tenant.code, self.access.menu_urls(&self.tenant.code));
        Ok(self.manager().menu(code, id, &urls).await?)
    }

    /// Whether an account has a menu at all.
    pub(crate) fn has_menu(&self, connector: &Connector) -> bool {
        let opened = self.access.console.manager.providers.open(connector);
        opened.is_ok_and(|provider| provider.menu().is_some())
    }

    pub(crate) async fn clients(&self) -> Result<Vec<Client>> {
        let store = self.access.console.manager.store.begin(self.tenant.id);
        Ok(store.list_clients().await?)
    }

    pub(crate) async fn client(&self, id: ClientId) -> Result<Arc<Client>> {
        Ok(self.manager().client(&self.tenant.code, id).await?)
    }

    pub(crate) async fn verify_files(&self) -> Result<Vec<VerifyFile>> {
        Ok(self.manager().store.list_verify_files(self.tenant.id).await?)
    }

    /// All badges of this tenant.
    pub(crate) async fn health(&self) -> Result<Vec<Health>> {
        self.overview().health_of(vec![self.tenant.id]).await
    }

    pub(crate) async fn connector_health(&self, id: ConnectorId) -> Result<Option<Health>> {
        self.badge(&connector_health(id)).await
    }

    async fn badge(&self, of: &str) -> Result<Option<Health>> {
        let found = self.manager().store.find::<Health>(Find::Id(of)).await?;
        Ok(found.filter(|health| health.tenant_id == self.tenant.id))
    }

    pub(crate) async fn keys(&self) -> Result<Vec<SigningKey>> {
        Ok(self.manager().keys(&self.tenant.code).await?)
    }

    pub(crate) async fn onboardings(&self) -> Result<Vec<Onboarding>> {
        let filter = RecordFilter {
            tenants: Some(vec![self.tenant.id]),
            newest_first: true,
            ..RecordFilter::default()
        };
        Ok(self.manager().store.list::<Onboarding>(&filter, 100).await?)
    }

    /// The server tokens of an account: when, never what. `None`: it has none.
    pub(crate) async fn server_tokens(
        &self,
        connector: &Connector,
    ) -> Result<Option<Vec<(&'static str, Option<TokenTimes>)>>> {
        Ok(self.manager().server_tokens(connector).await?)
    }

    /// How much of each of the account's quotas was used today.
    pub(crate) async fn quota_usage(&self, connector: &Connector) -> Result<Vec<ApiUsage>> {
        Ok(self.manager().quota_usage(connector).await?)
    }

    /// What was counted at an account today, at China's time.
    pub(crate) async fn counted_today(&self, connector: ConnectorId) -> Result<Vec<Counted>> {
        let manager = self.manager();
        let today = manager.clock.now().china_day();
        Ok(manager
            .store
            .begin(self.tenant.id)
            .list_counters(connector, today)
            .await?)
    }

    /// The installed plug-ins, whose forms connectors are drawn from.
    pub(crate) fn kinds(&self) -> Vec<Arc<dyn ProviderKind>> {
        self.access.console.manager.providers.kinds().cloned().collect()
    }

    /// The plug-in of a kind, when it is installed.
    pub(crate) fn kind(&self, kind: &str) -> Option<Arc<dyn ProviderKind>> {
        self.access.console.manager.providers.kind(kind).cloned()
    }

    /// Connectors, domains, keys, settings.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn setup(&self) -> Result<Setup> {
        self.access.demand(&SETS_UP)?;
        Ok(Setup(self.inner()))
    }

    /// Clients.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn change_clients(&self) -> Result<Clients> {
        let mut roles = SETS_UP.to_vec();
        roles.push(Role::Developer);
        self.access.demand(&roles)?;
        Ok(Clients(self.inner()))
    }

    /// Whether rights of clients may be granted and taken: a developer's apps are given what an account gives by
    /// those who look after the account.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn grant_rights(&self) -> Result<()> {
        self.access.demand(&SETS_UP)
    }

    /// People: who logged in, by which ids. A developer has no business with them.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn people(&self) -> Result<People> {
        if self.access.role() == Role::Developer {
            return Err(Refusal::Forbidden);
        }
        Ok(People(self.inner()))
    }

    /// Disables and erases people.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn care(&self) -> Result<Care> {
        self.access.demand(&SETS_UP)?;
        Ok(Care(self.inner()))
    }

    /// Seats in this tenant.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn members(&self) -> Result<Members> {
        self.access
            .demand(&[Role::PlatformOwner, Role::AgencyAdmin, Role::TenantAdmin])?;
        Ok(Members(self.inner()))
    }

    /// Its own host name: not for the tenant's own admin, since a name that leads here may be another tenant's.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn hosting(&self) -> Result<Hosting> {
        self.access.may_switch()?;
        Ok(Hosting(self.inner()))
    }

    /// Suspends and resumes: not for the tenant's own admin, whose agency may have reasons.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub(crate) fn switch(&self) -> Result<Switch> {
        self.access.may_switch()?;
        Ok(Switch(self.inner()))
    }
}

/// What every handle holds.
#[derive(Debug, Clone)]
struct Inner {
    access: Access,
    manager: Manager,
    tenant: Arc<Tenant>,
}

/// Connectors, domains, keys, settings, onboardings. Errors of the manager stay what they are, so that a page can show
/// them beside the field.
#[derive(Debug, Clone)]
pub(crate) struct Setup(Inner);

impl Setup {
    pub(crate) async fn change_tenant(&self, edit: TenantEdit, expected: Option<u32>) -> manage::Result<Tenant> {
        self.0.manager.change_tenant(&self.0.tenant.code, edit, expected).await
    }

    pub(crate) async fn add_connector(&self, _: Confirmed, new: NewConnector) -> manage::Result<Connector> {
        self.0.manager.add_connector(&self.0.tenant.code, new).await
    }

    pub(crate) async fn edit_connector(
        &self,
        id: ConnectorId,
        edit: ConnectorEdit,
        expected: Option<u32>,
    ) -> manage::Result<Connector> {
        self.0
            .manager
            .edit_connector(&self.0.tenant.code, id, edit, expected)
            .await
    }

    pub(crate) async fn set_connector_status(&self, id: ConnectorId, status: Status) -> manage::Result<Connector> {
        self.0
            .manager
            .set_connector_status(&self.0.tenant.code, id, status)
            .await
    }

    /// New secrets: tried first, then switched.
    pub(crate) async fn swap_secret(
        &self,
        _: Confirmed,
        id: ConnectorId,
        secrets: BTreeMap<String, SecretString>,
    ) -> manage::Result<Connector> {
        self.0
            .manager
            .swap_connector_secret(&self.0.tenant.code, id, secrets)
            .await
    }

    /// Another server token: whoever holds the old one must read again.
    pub(crate) async fn replace_token(&self, _: Confirmed, id: ConnectorId, name: &str) -> manage::Result<TokenTimes> {
        let code = &self.0.tenant.code;
        self.0.manager.replace_server_token(code, id, name).await
    }

    pub(crate) async fn check(&self, id: ConnectorId) -> manage::Result<Health> {
        self.0.manager.check_health(&self.0.tenant.code, id).await
    }

    pub(crate) async fn add_verify_file(&self, host: &str, name: &str, content: &str) -> manage::Result<VerifyFile> {
        let code = &self.0.tenant.code;
        self.0.manager.add_verify_file(code, host, name, content).await
    }

    pub(crate) async fn remove_verify_file(&self, host: &str, token: &str) -> manage::Result<()> {
        self.0
            .manager
            .remove_verify_file(&self.0.tenant.code, host, token)
            .await
    }

    /// Looks at a file of this tenant by its public URL.
    pub(crate) async fn probe(&self, host: &str, token: &str) -> manage::Result<Health> {
        let files = self.0.manager.store.list_verify_files(self.0.tenant.id).await?;
        let file = files.iter().find(|file| file.host == host && file.token == token);
        let file = file.ok_or(manage::ManageError::NotFound { what: "verify_file" })?;
        self.0.manager.probe_verify_file(file).await
    }

    /// Looks at the tenant's own host as its apps do.
    pub(crate) async fn probe_host(&self) -> manage::Result<Health> {
        let found = self.0.manager.probe_host(&self.0.tenant).await?;
        found.ok_or(manage::ManageError::NotFound { what: "host" })
    }

    pub(crate) async fn add_key(&self, algorithm: SigningAlgorithm) -> manage::Result<SigningKey> {
        self.0.manager.add_key(&self.0.tenant.code, algorithm).await
    }

    pub(crate) async fn activate_key(&self, id: KeyId) -> manage::Result<()> {
        self.0.manager.activate_key(&self.0.tenant.code, id).await
    }

    /// The next key of an algorithm signs at once; the one before it stays published.
    pub(crate) async fn rotate_key(&self, algorithm: SigningAlgorithm) -> manage::Result<SigningKey> {
        self.0.manager.rotate_key(&self.0.tenant.code, algorithm, true).await
    }

    pub(crate) async fn replace_key(&self, _: Confirmed, algorithm: SigningAlgorithm) -> manage::Result<SigningKey> {
        self.0.manager.replace_key(&self.0.tenant.code, algorithm).await
    }

    pub(crate) async fn delete_key(&self, id: KeyId) -> manage::Result<()> {
        self.0.manager.delete_key(&self.0.tenant.code, id).await
    }

    pub(crate) async fn begin_onboarding(&self) -> manage::Result<Onboarding> {
        self.0.manager.begin_onboarding(&self.0.tenant.code).await
    }

    pub(crate) async fn onboarding(&self, id: OnboardingId) -> manage::Result<Onboarding> {
        self.0.manager.onboarding(self.0.tenant.id, id).await
    }

    pub(crate) async fn edit_onboarding(
        &self,
        before: &Onboarding,
        edit: OnboardingEdit,
        expected: Option<u32>,
    ) -> manage::Result<Onboarding> {
        self.0.manager.edit_onboarding(before, edit, expected).await
    }

    /// The secret of a new account: no confirmation, since nothing is replaced and nothing shown.
    pub(crate) async fn add_onboarding_connector(
        &self,
        before: &Onboarding,
        name: &str,
        secrets: BTreeMap<String, SecretString>,
    ) -> manage::Result<(Onboarding, Connector)> {
        let code = &self.0.tenant.code;
        self.0
            .manager
            .add_onboarding_connector(code, before, name, secrets, Vec::new())
            .await
    }

    /// Another secret for a connector that is not live yet: its first one was wrong.
    pub(crate) async fn replace_draft_secret(
        &self,
        id: ConnectorId,
        secrets: BTreeMap<String, SecretString>,
    ) -> manage::Result<Connector> {
        let code = &self.0.tenant.code;
        self.0.manager.replace_draft_secret(code, id, secrets, Vec::new()).await
    }

    /// Begins a test login; the secret is the ticket of its QR code, and the URL is what the code holds.
    pub(crate) async fn begin_trial(&self, id: ConnectorId) -> manage::Result<(Trial, String)> {
        let manager = &self.0.manager;
        let (trial, ticket) = manager.begin_trial(&*manager.store, &self.0.tenant.code, id).await?;
        let urls = self.0.access.console.site.public_url.tenant(&self.0.tenant.code);
        Ok((trial, urls.trial(ticket.expose_secret())))
    }

    /// A link by which the account's owner enters its secret.
    pub(crate) async fn hand_over(
        &self,
        connector: Option<ConnectorId>,
        onboarding: Option<OnboardingId>,
        note: &str,
        lifetime: Duration,
    ) -> OperatorResult<(Link, SecretString)> {
        let (by, tenant) = (self.0.access.by(), self.0.tenant.id);
        self.0
            .access
            .operators()
            .hand_over_link(&by, tenant, connector, onboarding, note, lifetime)
            .await
    }

    pub(crate) async fn hand_over_links(&self) -> OperatorResult<Vec<Link>> {
        let tenant = Some(self.0.tenant.id);
        self.0.access.operators().list_links("hand_over", tenant).await
    }

    pub(crate) async fn revoke_hand_over(&self, id: LinkId) -> Result<()> {
        if !self.hand_over_links().await?.iter().any(|link| link.id == id) {
            return Err(Refusal::NotFound);
        }
        Ok(self.0.access.operators().revoke_link(&self.0.access.by(), id).await?)
    }

    pub(crate) async fn save_menu_draft(
        &self,
        id: ConnectorId,
        menu: &serde_json::Value,
        expected: Option<u32>,
    ) -> manage::Result<MenuBook> {
        let code = &self.0.tenant.code;
        self.0.manager.save_menu_draft(code, id, menu, expected).await
    }

    pub(crate) async fn check_menu(&self, id: ConnectorId, menu: &serde_json::Value) -> manage::Result<CheckedMenu> {
        let (code, urls) = (&self.0.tenant.code, self.menu_urls());
        self.0.manager.check_menu(code, id, menu, &urls).await
    }

    /// Asks the provider.
    pub(crate) async fn menu_at_provider(&self, id: ConnectorId) -> manage::Result<MenuAtProvider> {
        self.0.manager.menu_at_provider(&self.0.tenant.code, id).await
    }

    pub(crate) async fn pull_menu(&self, id: ConnectorId, expected: Option<u32>) -> manage::Result<MenuBook> {
        let (code, urls) = (&self.0.tenant.code, self.menu_urls());
        self.0.manager.pull_menu(code, id, &urls, expected).await
    }

    pub(crate) async fn publish_menu(
        &self,
        id: ConnectorId,
        note: &str,
        expected: Option<u32>,
    ) -> manage::Result<MenuBook> {
        let (code, urls) = (&self.0.tenant.code, self.menu_urls());
        self.0.manager.publish_menu(code, id, &urls, note, expected).await
    }

    pub(crate) async fn roll_back_menu(&self, id: ConnectorId, version: u32) -> manage::Result<MenuBook> {
        let (code, urls) = (&self.0.tenant.code, self.menu_urls());
        self.0.manager.roll_back_menu(code, id, &urls, version).await
    }

    pub(crate) async fn delete_menu(&self, id: ConnectorId) -> manage::Result<MenuBook> {
        self.0.manager.delete_menu(&self.0.tenant.code, id).await
    }

    fn menu_urls(&self) -> MenuUrls {
        self.0.access.menu_urls(&self.0.tenant.code)
    }

    /// A test login of this tenant.
    pub(crate) async fn trial(&self, id: TrialId) -> Result<Trial> {
        let found = self.0.manager.store.find::<Trial>(Find::Id(&id.to_string())).await?;
        found
            .filter(|trial| trial.tenant_id == self.0.tenant.id)
            .ok_or(Refusal::NotFound)
    }
}

/// Clients.
#[derive(Debug, Clone)]
pub(crate) struct Clients(Inner);

impl Clients {
    /// The secret is shown once.
    pub(crate) async fn add(&self, new: NewClient) -> manage::Result<(Client, Option<SecretString>)> {
        self.add_with(new, ClientExtras::default()).await
    }

    /// The same with what most clients are not given.
    pub(crate) async fn add_with(
        &self,
        new: NewClient,
        mut extras: ClientExtras,
    ) -> manage::Result<(Client, Option<SecretString>)> {
        let code = &self.0.tenant.code;
        if !self.grants() {
            extras.rights = Rights::default();
            let plain = ClientProtocol::default();
            extras.protocol = extras.protocol.keeping(&plain, |setting| setting.granted);
        }
        self.0.manager.add_client_with(code, new, extras).await
    }

    /// What an account gives is granted by those who look after the account.
    fn grants(&self) -> bool {
        self.0.access.demand(&SETS_UP).is_ok()
    }

    /// Whoever may not grant leaves what was granted as it is, and by what the client is known stays so too.
    pub(crate) async fn change(&self, id: ClientId, edit: ClientEdit, expected: Option<u32>) -> manage::Result<Client> {
        self.change_but(id, edit, expected, |setting| setting.credential).await
    }

    /// The same with by what the client is known: as good as a new secret.
    pub(crate) async fn change_credentials(
        &self,
        _: Confirmed,
        id: ClientId,
        edit: ClientEdit,
        expected: Option<u32>,
    ) -> manage::Result<Client> {
        self.change_but(id, edit, expected, |_| false).await
    }

    async fn change_but(
        &self,
        id: ClientId,
        mut edit: ClientEdit,
        expected: Option<u32>,
        kept: impl Fn(&Setting) -> bool,
    ) -> manage::Result<Client> {
        let code = &self.0.tenant.code;
        let (client, grants) = (self.0.manager.client(code, id).await?, self.grants());
        if !grants {
            edit.rights.clone_from(&client.rights);
        }
        let stays = |setting: &Setting| kept(setting) || setting.granted && !grants;
        edit.protocol = edit.protocol.keeping(&client.protocol, stays);
        self.0.manager.change_client(code, id, edit, expected).await
    }

    pub(crate) async fn set_status(&self, id: ClientId, status: Status) -> manage::Result<Client> {
        self.0.manager.set_client_status(&self.0.tenant.code, id, status).await
    }

    pub(crate) async fn rotate_secret(
        &self,
        _: Confirmed,
        id: ClientId,
        overlap: Duration,
        expected: Option<u32>,
    ) -> manage::Result<(Client, SecretString)> {
        let code = &self.0.tenant.code;
        self.0
            .manager
            .rotate_client_secret(code, id, SecretOverlap(overlap), expected)
            .await
    }

    pub(crate) async fn end_secret(&self, _: Confirmed, id: ClientId, made: Timestamp) -> manage::Result<Client> {
        self.0.manager.end_client_secret(&self.0.tenant.code, id, made).await
    }
}

/// People of the tenant.
#[derive(Debug, Clone)]
pub(crate) struct People(Inner);

impl People {
    pub(crate) async fn list(&self, filter: &PersonFilter, limit: u64) -> Result<Vec<Person>> {
        let store = &self.0.manager.store;
        Ok(store.list_people(self.0.tenant.id, filter, limit).await?)
    }

    pub(crate) async fn person(&self, id: SubjectId) -> Result<Person> {
        Ok(self.0.manager.person(&self.0.tenant.code, id).await?)
    }

    /// Where somebody is signed in, newest first.
    pub(crate) async fn sessions(&self, id: SubjectId) -> Result<Vec<BrowserSession>> {
        Ok(self.0.manager.sessions(&self.0.tenant.code, id).await?)
    }

    /// The logins that a session gave beside its first.
    pub(crate) async fn session_logins(&self, id: BrowserSessionId) -> Result<Vec<SessionLogin>> {
        let store = self.0.manager.store.begin(self.0.tenant.id);
        Ok(store.list_session_logins(id).await?)
    }

    pub(crate) async fn conflicts(&self) -> Result<Vec<UnionConflict>> {
        Ok(self.0.manager.union_conflicts(&self.0.tenant.code).await?)
    }
}

/// What may be done with people.
#[derive(Debug, Clone)]
pub(crate) struct Care(Inner);

impl Care {
    pub(crate) async fn set_status(&self, id: SubjectId, status: Status) -> manage::Result<()> {
        self.0.manager.set_person_status(&self.0.tenant.code, id, status).await
    }

    /// Says how many.
    pub(crate) async fn end_sessions(&self, id: SubjectId) -> manage::Result<usize> {
        self.0.manager.end_sessions(&self.0.tenant.code, id).await
    }

    pub(crate) async fn end_session(&self, id: SubjectId, session: BrowserSessionId) -> manage::Result<()> {
        self.0.manager.end_session(&self.0.tenant.code, id, session).await
    }

    pub(crate) async fn erase(&self, _: Confirmed, id: SubjectId) -> manage::Result<()> {
        self.0.manager.erase_person(&self.0.tenant.code, id).await
    }

    pub(crate) async fn settle(
        &self,
        pair: (SubjectId, SubjectId),
        decision: SamePerson,
        expected: Option<u32>,
    ) -> manage::Result<()> {
        let code = &self.0.tenant.code;
        self.0.manager.settle_union(code, pair, decision, expected).await
    }
}

/// Who has a seat in this tenant.
#[derive(Debug, Clone)]
pub(crate) struct Members(Inner);

impl Members {
    /// Operators whose seat names this tenant; those of agency and platform reach it anyway.
    pub(crate) async fn list(&self) -> Result<Vec<Operator>> {
        let agency = self.0.tenant.agency_id;
        let all = self.0.access.operators().list_operators(agency, None, 1000).await?;
        let names = |operator: &Operator| match operator.seat.reach() {
            Reach::Tenants { tenants } => tenants.contains(&self.0.tenant.id),
            _ => false,
        };
        Ok(all.into_iter().filter(names).collect())
    }

    /// A link by which somebody becomes a member. A tenant's admin gives no seat of the agency.
    pub(crate) async fn invite(
        &self,
        _: Confirmed,
        role: Role,
        note: &str,
        lifetime: Duration,
    ) -> Result<OperatorResult<(Link, SecretString)>> {
        if !matches!(role, Role::TenantAdmin | Role::Developer | Role::Auditor) {
            return Err(Refusal::Forbidden);
        }
        let seat = Seat::new(role, Reach::tenant(self.0.tenant.id)).map_err(|_| Refusal::Forbidden)?;
        let (by, agency) = (self.0.access.by(), self.0.tenant.agency_id);
        let operators = self.0.access.operators();
        Ok(operators.invite(&by, seat, agency, note, lifetime).await)
    }
}

impl Members {
    /// Invitations to a seat in this tenant alone, newest first.
    pub(crate) async fn links(&self) -> Result<Vec<Link>> {
        let reach = Reach::tenant(self.0.tenant.id);
        let mut links = self.0.access.operators().list_links("invitation", None).await?;
        links.retain(|link| matches!(&link.purpose, Purpose::Invitation { seat, .. } if *seat.reach() == reach));
        Ok(links)
    }

    pub(crate) async fn revoke_link(&self, id: LinkId) -> Result<()> {
        if !self.links().await?.iter().any(|link| link.id == id) {
            return Err(Refusal::NotFound);
        }
        Ok(self.0.access.operators().revoke_link(&self.0.access.by(), id).await?)
    }
}

/// Gives the tenant a host name of its own.
#[derive(Debug, Clone)]
pub(crate) struct Hosting(Inner);

impl Hosting {
    pub(crate) async fn set(&self, host: Option<HostName>, expected: Option<u32>) -> manage::Result<Tenant> {
        let code = &self.0.tenant.code;
        self.0.manager.set_tenant_host(code, host, expected).await
    }
}

/// Suspends and resumes the tenant.
#[derive(Debug, Clone)]
pub(crate) struct Switch(Inner);

impl Switch {
    pub(crate) async fn set_status(&self, status: Status) -> manage::Result<Tenant> {
        self.0.manager.set_tenant_status(&self.0.tenant.code, status).await
    }
}
