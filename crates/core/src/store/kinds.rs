//! What each kind of record says of itself to the store.

use std::time::Duration;

use super::Record;
use crate::clock::Timestamp;
use crate::ids::TenantId;
use crate::model::{
    Agency, ApiKey, Consent, Delivery, DeviceLogin, DropInGrant, Health, KeyRotation, Link, MenuBook, Onboarding,
    Operator, Purpose, PushAnswered, PushSettings, PushSight, PushedRequest, PushedUse, RefreshGrant, SavedView, Scan,
    Session, Throttle, Trial, UnionConflict, UsedOnce,
};

/// How long links, keys and test logins that are over can still be looked at.
const AFTERLIFE: Duration = Duration::from_secs(30 * 86_400);
/// How long QR codes that are over can still be told from codes that never were.
const SCAN_AFTERLIFE: Duration = Duration::from_secs(3600);
/// How long failed sign-ins are remembered.
const THROTTLE_LIFE: Duration = Duration::from_secs(86_400);

/// What nearly all kinds say: one tenant's, and saved again and again.
macro_rules! of_a_tenant {
    () => {
        fn version(&self) -> u32 {
            self.version
        }
        fn tenant(&self) -> Option<TenantId> {
            Some(self.tenant_id)
        }
    };
}

/// One tenant's, and never changed: whoever adds it was first, and anybody else has a conflict.
macro_rules! added_once {
    () => {
        fn version(&self) -> u32 {
            1
        }
        fn tenant(&self) -> Option<TenantId> {
            Some(self.tenant_id)
        }
    };
}

impl Record for Agency {
    const KIND: &'static str = "agency";
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn version(&self) -> u32 {
        self.version
    }
}

impl Record for Operator {
    const KIND: &'static str = "operator";
    const SEALED: bool = true;
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn key(&self) -> Option<String> {
        Some(self.login.to_string())
    }
    fn group(&self) -> Option<String> {
        self.agency_id.map(|id| id.to_string())
    }
}

impl Record for Session {
    const KIND: &'static str = "session";
    const SEALED: bool = true;
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn key(&self) -> Option<String> {
        Some(self.digest.encode())
    }
    fn group(&self) -> Option<String> {
        Some(self.operator_id.to_string())
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.ends_at.min(self.idle_at))
    }
}

impl Record for Throttle {
    const KIND: &'static str = "throttle";
    fn id(&self) -> String {
        self.subject.clone()
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.last_at.plus(THROTTLE_LIFE))
    }
}

impl Record for SavedView {
    const KIND: &'static str = "view";
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn group(&self) -> Option<String> {
        Some(self.operator_id.to_string())
    }
}

impl Record for Link {
    const KIND: &'static str = "link";
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn tenant(&self) -> Option<TenantId> {
        match self.purpose {
            Purpose::HandOver { tenant_id, .. } => Some(tenant_id),
            _ => None,
        }
    }
    fn key(&self) -> Option<String> {
        Some(self.digest.encode())
    }
    fn group(&self) -> Option<String> {
        match &self.purpose {
            Purpose::Setup => Some("setup".to_owned()),
            Purpose::Invitation { .. } => Some("invitation".to_owned()),
            Purpose::Recovery { .. } => Some("recovery".to_owned()),
            Purpose::HandOver { .. } => Some("hand_over".to_owned()),
        }
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at.plus(AFTERLIFE))
    }
}

impl Record for ApiKey {
    const KIND: &'static str = "api_key";
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn key(&self) -> Option<String> {
        Some(self.digest.encode())
    }
    fn group(&self) -> Option<String> {
        self.agency_id.map(|id| id.to_string())
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at.plus(AFTERLIFE))
    }
}

impl Record for Onboarding {
    const KIND: &'static str = "onboarding";
    fn id(&self) -> String {
        self.id.to_string()
    }
    of_a_tenant!();
    fn group(&self) -> Option<String> {
        Some(if self.done_at.is_some() { "done" } else { "open" }.to_owned())
    }
}

impl Record for Health {
    const KIND: &'static str = "health";
    fn id(&self) -> String {
        self.of.clone()
    }
    of_a_tenant!();
    fn group(&self) -> Option<String> {
        Some(self.state.as_str().to_owned())
    }
}

impl Record for Trial {
    const KIND: &'static str = "trial";
    const SEALED: bool = true;
    fn id(&self) -> String {
        self.id.to_string()
    }
    of_a_tenant!();
    fn key(&self) -> Option<String> {
        Some(self.key.encode())
    }
    fn group(&self) -> Option<String> {
        Some(self.connector_id.to_string())
    }
    fn expires_at(&self) -> Option<Timestamp> {
        // What it proved of a person is not kept for long.
        Some(self.expires_at.plus(Duration::from_secs(86_400)))
    }
}

impl Record for PushSettings {
    const KIND: &'static str = "push_settings";
    const SEALED: bool = true;
    fn id(&self) -> String {
        self.connector_id.to_string()
    }
    of_a_tenant!();
}

impl Record for DropInGrant {
    const KIND: &'static str = "dropin_grant";
    fn id(&self) -> String {
        self.attempt_id.to_string()
    }
    of_a_tenant!();
    fn expires_at(&self) -> Option<Timestamp> {
        // The last access token may outlive the refresh token, and an app is told for a while that it is over.
        Some(self.expires_at.plus(Duration::from_secs(86_400)))
    }
}

impl Record for PushAnswered {
    const KIND: &'static str = "push";
    // A reply may hold a link that is for one person alone.
    const SEALED: bool = true;
    fn id(&self) -> String {
        Self::id_of(self.connector_id, &self.push)
    }
    added_once!();
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.at.plus(Self::LIFETIME))
    }
}

impl Record for PushSight {
    const KIND: &'static str = "push_sight";
    fn id(&self) -> String {
        self.connector_id.to_string()
    }
    of_a_tenant!();
}

impl Record for Delivery {
    const KIND: &'static str = "delivery";
    // What people wrote.
    const SEALED: bool = true;
    fn id(&self) -> String {
        self.id.to_string()
    }
    of_a_tenant!();
    fn group(&self) -> Option<String> {
        Some(Self::group(self))
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(Self::expires_at(self))
    }
}

impl Record for UnionConflict {
    const KIND: &'static str = "union_conflict";
    fn id(&self) -> String {
        Self::id_of(self.tenant_id, self.subject_id, self.other_id)
    }
    of_a_tenant!();
    fn group(&self) -> Option<String> {
        Some(self.state.as_str().to_owned())
    }
}

impl Record for MenuBook {
    const KIND: &'static str = "menu_book";
    fn id(&self) -> String {
        self.connector_id.to_string()
    }
    of_a_tenant!();
}

impl Record for RefreshGrant {
    const KIND: &'static str = "refresh_grant";
    // What a person proved, for as long as an app may come back.
    const SEALED: bool = true;
    fn id(&self) -> String {
        self.attempt_id.to_string()
    }
    of_a_tenant!();
    /// The person: what they were given ends with them.
    fn group(&self) -> Option<String> {
        Some(self.person.subject_id.to_string())
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

impl Record for Consent {
    const KIND: &'static str = "consent";
    fn id(&self) -> String {
        Self::id_of(self.subject_id, self.client_id)
    }
    of_a_tenant!();
    fn group(&self) -> Option<String> {
        Some(self.subject_id.to_string())
    }
}

impl Record for PushedRequest {
    const KIND: &'static str = "pushed_request";
    // An id_token_hint may stand in it.
    const SEALED: bool = true;
    fn id(&self) -> String {
        self.digest.encode()
    }
    added_once!();
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

impl Record for PushedUse {
    const KIND: &'static str = "pushed_use";
    fn id(&self) -> String {
        self.digest.encode()
    }
    added_once!();
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

impl Record for DeviceLogin {
    const KIND: &'static str = "device_login";
    fn id(&self) -> String {
        self.digest.encode()
    }
    of_a_tenant!();
    fn key(&self) -> Option<String> {
        Some(format!("{}/{}", self.tenant_id, self.user_code.encode()))
    }
    fn expires_at(&self) -> Option<Timestamp> {
        // The device is told for a while that it is over.
        Some(self.expires_at.plus(Duration::from_secs(3600)))
    }
}

impl Record for UsedOnce {
    const KIND: &'static str = "used_once";
    fn id(&self) -> String {
        self.digest.encode()
    }
    added_once!();
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

impl Record for KeyRotation {
    const KIND: &'static str = "key_rotation";
    fn id(&self) -> String {
        self.tenant_id.to_string()
    }
    of_a_tenant!();
}

impl Record for Scan {
    const KIND: &'static str = "scan";
    const SEALED: bool = true;
    fn id(&self) -> String {
        self.attempt_id.to_string()
    }
    of_a_tenant!();
    fn key(&self) -> Option<String> {
        Some(self.scene.encode())
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at.plus(SCAN_AFTERLIFE))
    }
}
