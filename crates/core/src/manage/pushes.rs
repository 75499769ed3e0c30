//! How an account's pushes are answered and forwarded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Host, Url};

use super::diff::changes;
use super::{ManageError, Manager, Result, expect_version};
use crate::clock::{random_alphanumeric, random_token};
use crate::ids::{ConnectorId, DeliveryId, TargetId};
use crate::model::{
    Action, AuditEvent, Client, Connector, Delivery, DeliveryState, FormerSecret, PushRule, PushSettings, PushSight,
    PushTarget, PushText, Receiver, Tenant, TenantCode,
};
use crate::oidc::TenantUrls;
use crate::provider::FieldProblem;
use crate::secret::{ExposeSecret as _, SecretString, StoredSecret};
use crate::store::{Change, Find, RecordFilter, Records as _};
use crate::text::Text;

/// Names that every kind of connector that takes pushes gives these fields of its form.
const TOKEN: &str = "push_token";
const KEY: &str = "push_key";
const KEY_BEFORE: &str = "push_key_before";

const MOST_RULES: usize = 50;
const MOST_WORDS: usize = 20;
const LONGEST_WORD: usize = 100;
const LONGEST_LINK: usize = 60;
const MOST_TARGETS: usize = 10;
const MOST_EVENTS: usize = 20;
const LONGEST_URL: usize = 2000;

/// Deliveries of a tenant that are looked through for those of one account.
const LOOKED_THROUGH: u64 = 500;

/// What an operator sets for the answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PushRules {
    /// Asked in order; the first that fits answers.
    pub rules: Vec<PushRule>,
    /// What a new follower is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greeting: Option<PushText>,
    /// What a message is answered that no rule fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<PushText>,
}

impl PushRules {
    /// Those of stored settings.
    #[must_use]
    pub fn of(settings: &PushSettings) -> Self {
        Self {
            rules: settings.rules.clone(),
            greeting: settings.greeting.clone(),
            fallback: settings.fallback.clone(),
        }
    }
}

/// What an operator sets for a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetEdit {
    /// Where pushes are posted.
    pub url: String,
    /// Which events; `*`: all.
    pub events: Vec<String>,
    /// Whether anything is sent there.
    pub on: bool,
}

/// New values of the push settings at the provider.
#[derive(Debug, Default)]
pub struct PushSecrets {
    /// Token.
    pub token: Option<SecretString>,
    /// EncodingAESKey. The one in force stays known as the one before.
    pub key: Option<SecretString>,
}

impl Manager {
    /// What is set for the pushes of an account.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn push_settings(&self, code: &TenantCode, id: ConnectorId) -> Result<PushSettings> {
        let connector = self.connector(code, id).await?;
        let found = self.store.find::<PushSettings>(Find::Id(&id.to_string())).await?;
        Ok(found.unwrap_or_else(|| PushSettings::none(connector.tenant_id, id)))
    }

    /// When the provider was last heard of at an account.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn push_sight(&self, code: &TenantCode, id: ConnectorId) -> Result<Option<PushSight>> {
        self.connector(code, id).await?;
        Ok(self.store.find::<PushSight>(Find::Id(&id.to_string())).await?)
    }

    /// Replaces the answers. `urls` are the tenant's, for the links in them.
    ///
    /// # Errors
    /// [`ManageError::Fields`] names `rules[2].words`, `greeting.text`, …; [`ManageError::Conflict`] when the stored
    /// settings are not the `expected` ones.
    pub async fn set_push_rules(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        new: PushRules,
        urls: &TenantUrls,
        expected: Option<u32>,
    ) -> Result<PushSettings> {
        let tenant = self.tenant(code).await?;
        let before = self.push_settings(code, id).await?;
        expect_version(expected, before.version, "push_settings")?;
        let clients = self.store.begin(tenant.id).list_clients().await?;
        let new = Checker {
            urls,
            tenant: &tenant,
            clients: &clients,
            connector: id,
            problems: Vec::new(),
        }
        .check(new)?;
        let detail = changes(&PushRules::of(&before), &new);
        if detail.is_empty() {
            return Ok(before);
        }
        let after = PushSettings {
            rules: new.rules,
            greeting: new.greeting,
            fallback: new.fallback,
            ..before
        };
        let mut event = self.push_event(&after, Action::PushChange);
        event.detail = detail;
        self.save_push(event, after).await
    }

    /// Adds a receiver; the secret that signs is told this once.
    ///
    /// # Errors
    /// [`ManageError::Fields`].
    pub async fn add_push_target(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        new: TargetEdit,
        urls: &TenantUrls,
    ) -> Result<(PushTarget, SecretString)> {
        let mut settings = self.push_settings(code, id).await?;
        if settings.targets.len() >= MOST_TARGETS {
            return Err(ManageError::Fields(vec![problem(
                "url",
                Text::owned(
                    format!("一个账号最多有 {MOST_TARGETS} 个转发地址"),
                    format!("an account has at most {MOST_TARGETS} receivers"),
                ),
            )]));
        }
        let new = checked_target(&new, urls)?;
        let secret = self.target_secret();
        let target = PushTarget {
            id: TargetId::generate(&*self.clock, &*self.random),
            url: new.url,
            events: new.events,
            on: new.on,
            secret: StoredSecret::new(secret.expose_secret().to_owned()),
            former: None,
            created_at: self.clock.now(),
        };
        settings.targets.push(target.clone());
        let event = self.target_event(&settings, &target, "added", Value::Bool(true));
        self.save_push(event, settings).await?;
        Ok((target, secret))
    }

    /// Changes a receiver.
    ///
    /// # Errors
    /// [`ManageError::NotFound`], [`ManageError::Fields`]; [`ManageError::Conflict`] when the stored settings are not
    /// the `expected` ones.
    pub async fn edit_push_target(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        target: TargetId,
        edit: TargetEdit,
        urls: &TenantUrls,
        expected: Option<u32>,
    ) -> Result<PushTarget> {
        let mut settings = self.push_settings(code, id).await?;
        expect_version(expected, settings.version, "push_settings")?;
        let edit = checked_target(&edit, urls)?;
        let found = target_of(&mut settings, target)?;
        let before = shown(found);
        (found.url, found.events, found.on) = (edit.url, edit.events, edit.on);
        let after = found.clone();
        if shown(&after) == before {
            return Ok(after);
        }
        let event = self.target_event(&settings, &after, "before", before);
        self.save_push(event, settings).await?;
        Ok(after)
    }

    /// Takes a receiver away. What is under way to it is given up.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn remove_push_target(&self, code: &TenantCode, id: ConnectorId, target: TargetId) -> Result<()> {
        let mut settings = self.push_settings(code, id).await?;
        let gone = target_of(&mut settings, target)?.clone();
        settings.targets.retain(|known| known.id != target);
        let event = self.target_event(&settings, &gone, "removed", Value::Bool(true));
        self.save_push(event, settings).await?;
        Ok(())
    }

    /// A new secret for a receiver, told this once; the one before signs along for [`PushTarget::OVERLAP`].
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn rotate_push_target(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        target: TargetId,
    ) -> Result<SecretString> {
        let mut settings = self.push_settings(code, id).await?;
        let secret = self.target_secret();
        let until = self.clock.now().plus(PushTarget::OVERLAP);
        let found = target_of(&mut settings, target)?;
        let new = StoredSecret::new(secret.expose_secret().to_owned());
        found.former = Some(FormerSecret {
            secret: std::mem::replace(&mut found.secret, new),
            until,
        });
        let found = found.clone();
        let event = self.target_event(&settings, &found, "secret_rotated", Value::Bool(true));
        self.save_push(event, settings).await?;
        Ok(secret)
    }

    /// A Token and an EncodingAESKey, to be entered at the provider too; stored nowhere yet.
    #[must_use]
    pub fn new_push_secrets(&self) -> (SecretString, SecretString) {
        let random = |length| SecretString::from(random_alphanumeric(&*self.random, length));
        (random(32), random(43))
    }

    /// Stores new values of the provider's push settings. While the provider still uses the key before, it works too.
    ///
    /// # Errors
    /// As [`Manager::rotate_connector_secret`].
    pub async fn set_push_secrets(&self, code: &TenantCode, id: ConnectorId, new: PushSecrets) -> Result<Connector> {
        let connector = self.connector(code, id).await?;
        let mut secrets = BTreeMap::new();
        if let Some(token) = new.token {
            secrets.insert(TOKEN.to_owned(), token);
        }
        if let Some(key) = new.key {
            let is_other = |before: &&SecretString| before.expose_secret() != key.expose_secret();
            if let Some(before) = connector.secrets.get(KEY).filter(is_other) {
                secrets.insert(KEY_BEFORE.to_owned(), before.clone());
            }
            secrets.insert(KEY.to_owned(), key);
        }
        self.rotate_connector_secret(code, id, secrets).await
    }

    /// The latest deliveries of an account, newest first.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn deliveries(
        &self,
        code: &TenantCode,
        id: ConnectorId,
        state: Option<DeliveryState>,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let connector = self.connector(code, id).await?;
        let filter = RecordFilter {
            tenants: Some(vec![connector.tenant_id]),
            // Those that wait have many groups: they are picked out below.
            group: state
                .filter(|state| *state != DeliveryState::Pending)
                .map(|state| state.as_str().to_owned()),
            newest_first: true,
            ..RecordFilter::default()
        };
        let mut found: Vec<Delivery> = self.store.list(&filter, LOOKED_THROUGH).await?;
        found.retain(|delivery| delivery.is_push_of(id) && state.is_none_or(|state| delivery.state == state));
        found.truncate(limit);
        Ok(found)
    }

    /// Has one dead delivery sent again.
    ///
    /// # Errors
    /// [`ManageError::NotFound`] when it is not there or not dead.
    pub async fn replay_delivery(&self, code: &TenantCode, id: ConnectorId, delivery: DeliveryId) -> Result<()> {
        self.connector(code, id).await?;
        let found: Option<Delivery> = self.store.find(Find::Id(&delivery.to_string())).await?;
        let dead = found
            .filter(|found| found.is_push_of(id) && found.state == DeliveryState::Dead)
            .ok_or(ManageError::NotFound { what: "delivery" })?;
        self.replay(vec![dead], None).await
    }

    /// Has all dead deliveries of an account sent again, or those of one receiver; says how many.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn replay_dead(&self, code: &TenantCode, id: ConnectorId, target: Option<TargetId>) -> Result<usize> {
        let mut dead = self.deliveries(code, id, Some(DeliveryState::Dead), usize::MAX).await?;
        dead.retain(|delivery| target.is_none_or(|target| delivery.receiver() == Receiver::Target(target)));
        let count = dead.len();
        if count > 0 {
            self.replay(dead, target).await?;
        }
        Ok(count)
    }

    async fn replay(&self, dead: Vec<Delivery>, target: Option<TargetId>) -> Result<()> {
        let Some(first) = dead.first() else { return Ok(()) };
        let mut event = self.event(first.tenant_id, Action::PushReplay);
        event.connector_id = first.push().map(|push| push.connector_id);
        event.detail.insert("deliveries".to_owned(), json!(dead.len()));
        match target {
            Some(target) => event.detail.insert("target".to_owned(), json!(target)),
            None if dead.len() == 1 => event.detail.insert("delivery".to_owned(), json!(first.id)),
            None => None,
        };
        let now = self.clock.now();
        let mut changes = Vec::with_capacity(dead.len());
        for delivery in dead {
            changes.push(Change::record(&delivery.replayed(now))?);
        }
        self.save(event, changes).await
    }

    fn target_secret(&self) -> SecretString {
        SecretString::from(random_token::<32>(&*self.random))
    }

    fn push_event(&self, settings: &PushSettings, action: Action) -> AuditEvent {
        let mut event = self.event(settings.tenant_id, action);
        event.connector_id = Some(settings.connector_id);
        event
    }

    fn target_event(&self, settings: &PushSettings, target: &PushTarget, what: &str, value: Value) -> AuditEvent {
        let mut event = self.push_event(settings, Action::PushChange);
        event.detail.insert("target".to_owned(), shown(target));
        event.detail.insert(what.to_owned(), value);
        event
    }

    async fn save_push(&self, event: AuditEvent, mut settings: PushSettings) -> Result<PushSettings> {
        settings.version += 1;
        self.save(event, vec![Change::record(&settings)?]).await?;
        Ok(settings)
    }
}

fn target_of(settings: &mut PushSettings, id: TargetId) -> Result<&mut PushTarget> {
    settings
        .targets
        .iter_mut()
        .find(|target| target.id == id)
        .ok_or(ManageError::NotFound { what: "push_target" })
}

/// A receiver as the log shows it: receivers put keys into queries.
fn shown(target: &PushTarget) -> Value {
    let url = target.url.split('?').next().unwrap_or_default();
    json!({"id": target.id, "url": url, "events": target.events, "on": target.on})
}

fn problem(field: &str, message: Text) -> FieldProblem {
    FieldProblem {
        field: field.to_owned(),
        message,
    }
}

/// Checks a receiver's URL and events.
fn checked_target(edit: &TargetEdit, urls: &TenantUrls) -> Result<TargetEdit> {
    let mut problems = Vec::new();
    let url = edit.url.trim().to_owned();
    if let Some(message) = wrong_url(&url, urls) {
        problems.push(problem("url", message));
    }
    let mut events: Vec<String> = Vec::new();
    for event in edit
        .events
        .iter()
        .map(|event| event.trim())
        .filter(|event| !event.is_empty())
    {
        if !events.iter().any(|known| known == event) {
            events.push(event.to_owned());
        }
    }
    let is_name = |event: &String| event.len() <= 64 && event.bytes().all(|byte| byte.is_ascii_graphic());
    if events.is_empty() || events.len() > MOST_EVENTS || !events.iter().all(is_name) {
        problems.push(problem(
            "events",
            Text::owned(
                format!("请填写 1 至 {MOST_EVENTS} 个事件名，如 text、subscribe、CLICK；* 表示全部"),
                format!("1 to {MOST_EVENTS} names of events, such as text, subscribe, CLICK; * is all of them"),
            ),
        ));
    }
    if problems.is_empty() {
        Ok(TargetEdit {
            url,
            events,
            on: edit.on,
        })
    } else {
        Err(ManageError::Fields(problems))
    }
}

fn wrong_url(url: &str, urls: &TenantUrls) -> Option<Text> {
    let form = Text::new(
        "须为 https 地址，不超过 2000 个字符，不带用户名、密码或 #",
        "an https URL of at most 2000 characters, without user, password or #",
    );
    let Ok(parsed) = Url::parse(url) else { return Some(form) };
    let is_loopback = is_on_loopback(&parsed);
    let is_plain = parsed.username().is_empty() && parsed.password().is_none() && parsed.fragment().is_none();
    let is_printable = url.len() <= LONGEST_URL && url.bytes().all(|byte| byte.is_ascii_graphic());
    let own_is_loopback = Url::parse(urls.issuer()).is_ok_and(|issuer| is_on_loopback(&issuer));
    match parsed.scheme() {
        "https" if is_plain && is_printable && (own_is_loopback || !is_loopback) => None,
        "http" if is_plain && is_printable && own_is_loopback && is_loopback => None,
        "https" if is_loopback => Some(Text::new(
            "不能转发到本机地址",
            "nothing is sent to this machine's own addresses",
        )),
        _ => Some(form),
    }
}

fn is_on_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Checks answers.
struct Checker<'a> {
    urls: &'a TenantUrls,
    tenant: &'a Tenant,
    clients: &'a [Client],
    connector: ConnectorId,
    problems: Vec<FieldProblem>,
}

impl Checker<'_> {
    fn check(mut self, new: PushRules) -> Result<PushRules> {
        if new.rules.len() > MOST_RULES {
            self.wrong(
                "rules".to_owned(),
                Text::owned(
                    format!("最多 {MOST_RULES} 条规则"),
                    format!("at most {MOST_RULES} rules"),
                ),
            );
        }
        let rules = new.rules.into_iter().take(MOST_RULES).enumerate();
        let rules = rules
            .map(|(at, rule)| PushRule {
                words: self.words(&format!("rules[{at}].words"), rule.words),
                matches: rule.matches,
                answer: self.text(&format!("rules[{at}]"), &rule.answer),
            })
            .collect();
        let checked = PushRules {
            rules,
            greeting: new.greeting.map(|text| self.text("greeting", &text)),
            fallback: new.fallback.map(|text| self.text("fallback", &text)),
        };
        if self.problems.is_empty() {
            Ok(checked)
        } else {
            Err(ManageError::Fields(self.problems))
        }
    }

    fn wrong(&mut self, field: String, message: Text) {
        self.problems.push(FieldProblem { field, message });
    }

    fn words(&mut self, field: &str, words: Vec<String>) -> Vec<String> {
        let words: Vec<_> = words
            .into_iter()
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        let is_long = |word: &String| word.chars().count() > LONGEST_WORD || word.chars().any(char::is_control);
        if words.is_empty() || words.len() > MOST_WORDS || words.iter().any(is_long) {
            self.wrong(
                field.to_owned(),
                Text::owned(
                    format!("请填写 1 至 {MOST_WORDS} 个关键词，每个不超过 {LONGEST_WORD} 个字符"),
                    format!("1 to {MOST_WORDS} keywords of at most {LONGEST_WORD} characters"),
                ),
            );
        }
        words
    }

    fn text(&mut self, at: &str, text: &PushText) -> PushText {
        // Forms write line ends as CR LF, which count twice and show no different.
        let text = PushText {
            text: text.text.replace("\r\n", "\n").trim().to_owned(),
            link: text.link.trim().to_owned(),
            client_id: text.client_id,
        };
        let field = format!("{at}.text");
        let written = text.written(self.urls, self.tenant.locale);
        let is_control =
            |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}');
        if text.text.is_empty() && text.client_id.is_none() {
            self.wrong(field, Text::new("请填写回复内容", "an answer needs a text"));
        } else if text.lacks_client() {
            let message = Text::new(
                "{login} 需要选择一个应用，或从内容中去掉",
                "{login} needs an app to log in to; choose one or take it out",
            );
            self.wrong(field, message);
        } else if text.text.chars().any(is_control) {
            self.wrong(field, Text::new("不能含有控制字符", "no control characters"));
        } else if written.len() > PushText::LONGEST {
            let (most, is) = (PushText::LONGEST, written.len());
            self.wrong(
                field,
                Text::owned(
                    format!("连同登录链接不能超过 {most} 字节（汉字每个 3 字节），现为 {is} 字节"),
                    format!("at most {most} bytes with the login link; it has {is}"),
                ),
            );
        }
        if text.link.chars().count() > LONGEST_LINK || text.link.contains(['<', '>', '&', '"']) {
            self.wrong(
                format!("{at}.link"),
                Text::owned(
                    format!("链接文字不超过 {LONGEST_LINK} 个字符，不含 < > & \""),
                    format!("the words of a link have at most {LONGEST_LINK} characters and none of < > & \""),
                ),
            );
        }
        let may = |client: &Client| client.may_use(self.connector);
        let client = text
            .client_id
            .map(|id| self.clients.iter().find(|client| client.id == id));
        if client.is_some_and(|client| !client.is_some_and(may)) {
            self.wrong(
                format!("{at}.client_id"),
                Text::new(
                    "没有这个应用，或它不能使用此连接登录",
                    "there is no such app, or it may not log in by this connection",
                ),
            );
        }
        text
    }
}
