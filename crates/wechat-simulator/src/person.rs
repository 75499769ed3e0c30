//! A user as one account sees them.

use crate::account::Account;
use crate::ids::derived_id;
use crate::next_user::NextUser;
use crate::user::User;

/// Handle under which the grey portrait of snapshot visitors is served.
pub(crate) const SNAPSHOT_AVATAR: &str = "_snapshot";

/// What a code stands for: who came, as seen by one account.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user_id: String,
    pub(crate) openid: String,
    pub(crate) unionid: Option<String>,
    pub(crate) nickname: String,
    pub(crate) avatar: Option<String>,
    pub(crate) snapshot: bool,
    /// Held back by risk control.
    pub(crate) blocked: bool,
}

impl Person {
    /// The real person.
    pub(crate) fn real(seed: u64, user: &User, account: &Account) -> Self {
        Self {
            user_id: user.id.clone(),
            openid: openid(seed, &user.id, &account.app_id),
            unionid: unionid(seed, user, account),
            nickname: user.nickname.clone(),
            avatar: user.avatar.then(|| user.id.clone()),
            snapshot: false,
            blocked: user.blocked,
        }
    }

    /// The virtual person of a snapshot visit: another openid, and one unionid that many of them share (both seen in
    /// reports; Tencent doc: nickname like 微信用户, grey avatar).
    pub(crate) fn snapshot(seed: u64, user: &User, account: &Account) -> Self {
        let unionid = account
            .open_platform
            .as_ref()
            .map(|platform| derived_id(seed, &["snapshot-unionid", platform]));
        Self {
            user_id: user.id.clone(),
            openid: derived_id(seed, &["snapshot-openid", &user.id, &account.app_id]),
            unionid,
            nickname: "微信用户".to_owned(),
            avatar: Some(SNAPSHOT_AVATAR.to_owned()),
            snapshot: true,
            blocked: user.blocked,
        }
    }

    /// Puts on what a test asked for.
    pub(crate) fn dressed_as(mut self, next: &NextUser) -> Self {
        if let Some(nickname) = &next.nickname {
            self.nickname.clone_from(nickname);
        }
        if let Some(openid) = &next.openid {
            self.openid.clone_from(openid);
        }
        if let Some(unionid) = &next.unionid {
            self.unionid.clone_from(unionid);
        }
        self
    }
}

pub(crate) fn openid(seed: u64, user_id: &str, app_id: &str) -> String {
    derived_id(seed, &["openid", user_id, app_id])
}

pub(crate) fn unionid(seed: u64, user: &User, account: &Account) -> Option<String> {
    let platform = account.open_platform.as_ref().filter(|_| user.has_unionid)?;
    Some(derived_id(seed, &["unionid", &user.id, platform]))
}
