//! Pushes: the provider says what happened at an account.
//!
//! ```text
//! provider ── push ──▶ verify ─▶ known? ── yes ─────────────────────▶ the same answer
//!                                  └ no ─▶ scan hook, rules ─▶ save ─▶ answer
//!                                                               └ deliveries, see `deliveries`
//! ```
//!
//! - Nobody is called before the answer: receivers get theirs later, from what was saved.
//! - One unit of work holds the mark by which copies are known and the deliveries. Of two instances that get copies at
//!   once one is refused by the mark, and answers as the other did.
//! - What is refused leaves no audit event: anybody can send anything. It is counted and logged.

use super::{Engine, Visit};
use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::ids::{ConnectorId, DeliveryId};
use crate::model::{
    Connector, Delivery, ForwardedPush, Message, PushAnswered, PushSettings, PushSight, PushText, Status, Tenant,
};
use crate::provider::{Provider, Push, PushAnswer, PushEvent, PushRefused, WebhookReceiver};
use crate::secret::Digest256;
use crate::store::{Change, Find, Records as _, Saved, UnitOfWork};

/// Milliseconds for which it is known well enough when the last push came.
const SIGHT_MILLIS: u32 = 60_000;

/// Why a push or handshake gets no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PushFailure {
    /// There is no such tenant or account, or it takes no pushes.
    #[error("nothing takes pushes here: {0}")]
    Nobody(&'static str),
    /// It is not taken.
    #[error(transparent)]
    Refused(#[from] PushRefused),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PushFailure {
    /// The stable code, for the log.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nobody(_) => "push_unknown",
            Self::Refused(refused) => refused.code,
            Self::Store(_) => "unavailable",
        }
    }
}

/// What a push says, and what is kept of it: the part of the work after which nothing is left to look up.
struct Taken {
    answered: PushAnswered,
    deliveries: Vec<Delivery>,
}

/// The event of two subjects that turned out to be one.
const MERGED: &str = "person.merged";

impl Engine {
    /// The provider asks whether this URL is the account's. The answer goes back as it is.
    ///
    /// # Errors
    /// [`PushFailure`].
    pub async fn push_handshake(
        &self,
        tenant: &Tenant,
        connector: ConnectorId,
        query: &[(String, String)],
    ) -> Result<String, PushFailure> {
        let (connector, provider) = self.receiving(tenant, connector).await?;
        let now = self.now();
        let echo = match receiver(&*provider)?.handshake(query, now) {
            Ok(echo) => echo,
            Err(refused) => return Err(self.refuse_push(&connector, refused)),
        };
        self.note_sight(&connector, |sight| sight.handshake_at = Some(now))
            .await;
        Ok(echo)
    }

    /// Takes a push. A copy of one that was taken gets the same answer and causes nothing.
    ///
    /// # Errors
    /// [`PushFailure`]. In an outage the provider is told so and comes again: nothing was taken.
    pub async fn receive_push(
        &self,
        tenant: &Tenant,
        connector: ConnectorId,
        query: &[(String, String)],
        body: &[u8],
        visit: &Visit,
    ) -> Result<PushAnswer, PushFailure> {
        let (connector, provider) = self.receiving(tenant, connector).await?;
        let receiver = receiver(&*provider)?;
        let push = match receiver.receive(query, body, self.now()) {
            Ok(push) => push,
            Err(refused) => return Err(self.refuse_push(&connector, refused)),
        };
        let reply = self.take(tenant, &connector, &push, visit).await?;
        Ok(self.written(receiver, &push, reply))
    }

    /// The connector when it takes pushes. One that is being set up does: its owner has to show the URL to WeChat.
    async fn receiving(
        &self,
        tenant: &Tenant,
        id: ConnectorId,
    ) -> Result<(std::sync::Arc<Connector>, std::sync::Arc<dyn Provider>), PushFailure> {
        if !tenant.status.is_active() {
            return Err(PushFailure::Nobody("the tenant is disabled"));
        }
        let connector = self.parts.store.begin(tenant.id).lookup_connector(id).await?;
        let connector = connector.ok_or(PushFailure::Nobody("there is no such connector"))?;
        if connector.status == Status::Disabled {
            return Err(PushFailure::Nobody("the connector is disabled"));
        }
        let provider = self.parts.providers.open(&connector).map_err(|error| {
            tracing::warn!(%connector.id, error.debug, "a connector that gets pushes cannot be opened");
            PushFailure::Nobody("the connector cannot be opened")
        })?;
        Ok((connector, provider))
    }

    fn refuse_push(&self, connector: &Connector, refused: PushRefused) -> PushFailure {
        let name = format!("push_refused:{}", refused.code);
        self.count_push(connector, &name);
        refused.into()
    }

    fn count_push(&self, connector: &Connector, name: &str) {
        let meter = &self.parts.providers.host().meter;
        meter.count(connector.tenant_id, connector.id, name);
    }

    /// What the person is told.
    async fn take(
        &self,
        tenant: &Tenant,
        connector: &Connector,
        push: &Push,
        visit: &Visit,
    ) -> Result<Option<String>, StoreError> {
        let digest = Digest256::of(&push.key);
        let id = PushAnswered::id_of(connector.id, &digest);
        let settings_id = connector.id.to_string();
        let (known, settings) = tokio::try_join!(
            self.parts.records.find::<PushAnswered>(Find::Id(&id)),
            self.parts.records.find::<PushSettings>(Find::Id(&settings_id)),
        )?;
        if let Some(known) = known {
            return Ok(known.reply);
        }
        let settings = settings.unwrap_or_else(|| PushSettings::none(tenant.id, connector.id));
        let reply = self.reply_to(tenant, connector, push, &settings, visit).await?;
        let taken = Taken {
            answered: PushAnswered {
                tenant_id: tenant.id,
                connector_id: connector.id,
                push: digest,
                reply,
                at: self.now(),
            },
            deliveries: self.deliveries_of(tenant, connector, push, &settings),
        };
        match self.save_taken(&taken).await {
            Ok(()) => {}
            // A copy of it was taken meanwhile, here or by another instance.
            Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => {
                let first = self.parts.records.find::<PushAnswered>(Find::Id(&id)).await?;
                return Ok(first.and_then(|first| first.reply));
            }
            Err(error) => return Err(error),
        }
        self.count_push(connector, &format!("push:{}", push.event.name()));
        if !taken.deliveries.is_empty() {
            self.forwarding.notify_one();
        }
        let now = self.now();
        self.note_sight(connector, |sight| {
            if sight
                .pushed_at
                .is_none_or(|before| now.millis_since(before) >= SIGHT_MILLIS)
            {
                sight.pushed_at = Some(now);
            }
        })
        .await;
        Ok(taken.answered.reply)
    }

    async fn reply_to(
        &self,
        tenant: &Tenant,
        connector: &Connector,
        push: &Push,
        settings: &PushSettings,
        visit: &Visit,
    ) -> Result<Option<String>, StoreError> {
        let scene = match &push.event {
            PushEvent::Subscribed { scene } => scene.as_deref(),
            PushEvent::Scanned { scene } => Some(scene.as_str()),
            _ => None,
        };
        if let Some(scene) = scene
            && let Some(reply) = self.scanned(tenant, connector, push, scene).await?
        {
            return Ok(Some(reply));
        }
        let answer = answer(settings, &push.event);
        Ok(answer.map(|text| text.written(&visit.urls, tenant.locale)))
    }

    /// Tells the targets that want `person.merged` that two subjects turned out to be one. Apps find the same in their
    /// next tokens and admins in the log, so a failure here is no login's failure.
    pub(super) async fn tell_of_merge(&self, tenant: &Tenant, connector: ConnectorId, person: &str, saved: &Saved) {
        let (Some(from), Some(into)) = (saved.merged_from, saved.subject_id) else {
            return;
        };
        let body = serde_json::json!({"sub": into, "previous_sub": from});
        let push = Push {
            key: format!("merged {from}"),
            from: person.to_owned(),
            to: String::new(),
            at: self.now(),
            event: PushEvent::Other {
                name: MERGED.to_owned(),
            },
            body: body.to_string(),
            content_type: "application/json",
            sealed: false,
            by_key_before: false,
        };
        if let Err(error) = self.forward(tenant, connector, &push).await {
            tracing::warn!(%error, "nobody is told that two people are one");
        }
    }

    /// Forwards what no provider pushed.
    async fn forward(&self, tenant: &Tenant, connector: ConnectorId, push: &Push) -> Result<(), StoreError> {
        let store = self.parts.store.begin(tenant.id);
        let id = connector.to_string();
        let settings = self.parts.records.find::<PushSettings>(Find::Id(&id)).await?;
        let (Some(settings), Some(connector)) = (settings, store.lookup_connector(connector).await?) else {
            return Ok(());
        };
        let deliveries = self.deliveries_of(tenant, &connector, push, &settings);
        if deliveries.is_empty() {
            return Ok(());
        }
        let mut unit = UnitOfWork::new(tenant.id);
        for delivery in &deliveries {
            unit = unit.with(Change::record(delivery)?);
        }
        store.save(unit).await?;
        self.forwarding.notify_one();
        Ok(())
    }

    fn deliveries_of(
        &self,
        tenant: &Tenant,
        connector: &Connector,
        push: &Push,
        settings: &PushSettings,
    ) -> Vec<Delivery> {
        let now = self.now();
        let wanted = settings.targets.iter().filter(|target| target.wants(push.event.name()));
        wanted
            .map(|target| {
                let message = Message::Push(ForwardedPush {
                    connector_id: connector.id,
                    app_id: connector.setting("appid").map(str::to_owned),
                    target_id: target.id,
                    from: push.from.clone(),
                    at: push.at,
                    body: push.body.clone(),
                    content_type: push.content_type.to_owned(),
                });
                let id = DeliveryId::generate(&*self.parts.clock, &*self.parts.random);
                let of = (tenant.id, tenant.code.to_string());
                Delivery::new(id, of, push.event.name().to_owned(), message, now)
            })
            .collect()
    }

    async fn save_taken(&self, taken: &Taken) -> Result<(), StoreError> {
        let tenant = taken.answered.tenant_id;
        let mut unit = UnitOfWork::new(tenant).with(Change::record(&taken.answered)?);
        for delivery in &taken.deliveries {
            unit = unit.with(Change::record(delivery)?);
        }
        self.parts.store.begin(tenant).save(unit).await?;
        Ok(())
    }

    /// The reply in the provider's form. One that cannot be written costs the person an answer, not the push.
    fn written(&self, receiver: &dyn WebhookReceiver, push: &Push, reply: Option<String>) -> PushAnswer {
        let Some(text) = reply else {
            return receiver.accepted();
        };
        receiver.reply(push, &text, self.now()).unwrap_or_else(|refused| {
            tracing::warn!(
                code = refused.code,
                debug = refused.debug,
                "a push is taken without a reply"
            );
            receiver.accepted()
        })
    }

    /// Notes when the provider was heard of. Nobody's answer depends on it.
    async fn note_sight(&self, connector: &Connector, change: impl FnOnce(&mut PushSight)) {
        if let Err(error) = self.try_note_sight(connector, change).await {
            tracing::debug!(%error, "when the provider was last heard of is not noted");
        }
    }

    async fn try_note_sight(
        &self,
        connector: &Connector,
        change: impl FnOnce(&mut PushSight),
    ) -> Result<(), StoreError> {
        let found: Option<PushSight> = self.parts.records.find(Find::Id(&connector.id.to_string())).await?;
        let mut sight = found.unwrap_or(PushSight {
            tenant_id: connector.tenant_id,
            connector_id: connector.id,
            handshake_at: None,
            pushed_at: None,
            version: 0,
        });
        let before: [Option<Timestamp>; 2] = [sight.handshake_at, sight.pushed_at];
        change(&mut sight);
        if [sight.handshake_at, sight.pushed_at] == before {
            return Ok(());
        }
        sight.version += 1;
        let unit = UnitOfWork::new(connector.tenant_id).with(Change::record(&sight)?);
        self.parts.store.begin(connector.tenant_id).save(unit).await?;
        Ok(())
    }
}

fn receiver(provider: &dyn Provider) -> Result<&dyn WebhookReceiver, PushFailure> {
    provider
        .webhook()
        .ok_or(PushFailure::Nobody("the connector takes no pushes"))
}

/// What the rules answer.
#[must_use]
pub fn answer<'a>(settings: &'a PushSettings, event: &PushEvent) -> Option<&'a PushText> {
    match event {
        PushEvent::Text { content } => settings.answer_to(content),
        PushEvent::Subscribed { .. } => settings.greeting.as_ref(),
        PushEvent::Scanned { .. } | PushEvent::Unsubscribed | PushEvent::Other { .. } => None,
    }
}
