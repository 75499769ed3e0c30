//! The people who can log in.

use serde::{Deserialize, Serialize};

/// One WeChat user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct User {
    /// A short handle such as `zhangsan`; WeChat has no such thing, people who test do.
    pub id: String,
    /// The nickname, which may hold anything people write.
    pub nickname: String,
    /// Whether there is a portrait; without one `headimgurl` is empty.
    pub avatar: bool,
    /// AppIDs of the accounts this user follows.
    pub follower_of: Vec<String>,
    /// Meets every page that asks for `snsapi_userinfo` as a snapshot (快照页).
    pub snapshot_only: bool,
    /// Has a unionid at accounts that are bound to an Open Platform account.
    pub has_unionid: bool,
    /// Held back by risk control: codes answer 40226.
    pub blocked: bool,
}

impl Default for User {
    fn default() -> Self {
        Self {
            id: String::new(),
            nickname: String::new(),
            avatar: true,
            follower_of: Vec::new(),
            snapshot_only: false,
            has_unionid: true,
            blocked: false,
        }
    }
}

impl User {
    /// A user with a portrait and a unionid who follows nobody.
    pub fn new(id: &str, nickname: &str) -> Self {
        Self {
            id: id.to_owned(),
            nickname: nickname.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn follows(&self, app_id: &str) -> bool {
        self.follower_of.iter().any(|followed| followed == app_id)
    }
}
