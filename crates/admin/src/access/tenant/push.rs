//! Pushes of a tenant's accounts.

use hufu_core::ids::{ConnectorId, DeliveryId, TargetId};
use hufu_core::manage::{self, PushRules, PushSecrets, TargetEdit};
use hufu_core::model::{Connector, Delivery, DeliveryState, PushSettings, PushSight, PushTarget};
use hufu_core::secret::SecretString;

use super::{Confirmed, Result, Setup, TenantAccess};

/// Deliveries that a page shows.
const SHOWN: usize = 50;

impl TenantAccess {
    pub(crate) async fn push_settings(&self, id: ConnectorId) -> Result<PushSettings> {
        Ok(self.manager().push_settings(&self.tenant.code, id).await?)
    }

    pub(crate) async fn push_sight(&self, id: ConnectorId) -> Result<Option<PushSight>> {
        Ok(self.manager().push_sight(&self.tenant.code, id).await?)
    }

    /// The latest, newest first. What people wrote is for nobody's eyes: no page shows it.
    pub(crate) async fn deliveries(&self, id: ConnectorId, state: Option<DeliveryState>) -> Result<Vec<Delivery>> {
        Ok(self.manager().deliveries(&self.tenant.code, id, state, SHOWN).await?)
    }
}

impl Setup {
    pub(crate) async fn set_push_rules(
        &self,
        id: ConnectorId,
        rules: PushRules,
        expected: Option<u32>,
    ) -> manage::Result<PushSettings> {
        let code = &self.0.tenant.code;
        let urls = self.0.access.console.site.public_url.tenant(code);
        self.0.manager.set_push_rules(code, id, rules, &urls, expected).await
    }

    /// A Token and an EncodingAESKey, made here and stored.
    pub(crate) async fn renew_push_secrets(
        &self,
        _: Confirmed,
        id: ConnectorId,
        key_alone: bool,
    ) -> manage::Result<(Option<SecretString>, SecretString)> {
        let (token, key) = self.0.manager.new_push_secrets();
        let token = (!key_alone).then_some(token);
        let new = PushSecrets {
            token: token.clone(),
            key: Some(key.clone()),
        };
        self.0.manager.set_push_secrets(&self.0.tenant.code, id, new).await?;
        Ok((token, key))
    }

    /// Those that stand at the provider already.
    pub(crate) async fn set_push_secrets(
        &self,
        _: Confirmed,
        id: ConnectorId,
        new: PushSecrets,
    ) -> manage::Result<Connector> {
        self.0.manager.set_push_secrets(&self.0.tenant.code, id, new).await
    }

    pub(crate) async fn add_push_target(
        &self,
        _: Confirmed,
        id: ConnectorId,
        new: TargetEdit,
    ) -> manage::Result<(PushTarget, SecretString)> {
        let code = &self.0.tenant.code;
        let urls = self.0.access.console.site.public_url.tenant(code);
        self.0.manager.add_push_target(code, id, new, &urls).await
    }

    pub(crate) async fn edit_push_target(
        &self,
        id: ConnectorId,
        target: TargetId,
        edit: TargetEdit,
        expected: Option<u32>,
    ) -> manage::Result<PushTarget> {
        let code = &self.0.tenant.code;
        let urls = self.0.access.console.site.public_url.tenant(code);
        let edited = self.0.manager.edit_push_target(code, id, target, edit, &urls, expected);
        edited.await
    }

    pub(crate) async fn remove_push_target(&self, id: ConnectorId, target: TargetId) -> manage::Result<()> {
        self.0.manager.remove_push_target(&self.0.tenant.code, id, target).await
    }

    pub(crate) async fn rotate_push_target(
        &self,
        _: Confirmed,
        id: ConnectorId,
        target: TargetId,
    ) -> manage::Result<SecretString> {
        self.0.manager.rotate_push_target(&self.0.tenant.code, id, target).await
    }

    /// One dead delivery, or all; says how many are sent again.
    pub(crate) async fn replay(&self, id: ConnectorId, one: Option<DeliveryId>) -> manage::Result<usize> {
        let code = &self.0.tenant.code;
        let replayed = match one {
            Some(one) => self.0.manager.replay_delivery(code, id, one).await.map(|()| 1)?,
            None => self.0.manager.replay_dead(code, id, None).await?,
        };
        self.0.access.console.site.engine.forwarding().notify_one();
        Ok(replayed)
    }
}
