//! One-shot answer to the next authorization.

use serde::{Deserialize, Serialize};

/// Who meets the next authorize page that passes its checks, and what that person does there.
///
/// Empty fields keep the user's own values; without `user` it is the first user of the simulator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NextUser {
    /// Handle of the user.
    pub user: Option<String>,
    /// Nickname instead of the user's own.
    pub nickname: Option<String>,
    /// Openid instead of the derived one.
    pub openid: Option<String>,
    /// `Some(None)`: no unionid this time; `Some(Some(id))`: this one, even if the account is bound to nothing.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub unionid: Option<Option<String>>,
    /// Taps 拒绝 (refuse).
    pub refuse: bool,
    /// Arrives through a snapshot page.
    pub snapshot: bool,
}

/// Keeps `"unionid": null` (none) apart from an absent key (unchanged).
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}
