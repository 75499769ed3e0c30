//! What a simulator starts with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::user::User;

/// AppID of the account in [`Config::demo`].
const DEMO_APP_ID: &str = "wx8f3a1c5e7b9d2046";
/// Made up; works nowhere else.
const DEMO_SECRET: &str = "5d0c7e1f93ab4862b7e4d1906fa8c235";
/// Open Platform account the demo account is bound to.
const DEMO_OPEN_PLATFORM: &str = "demo-open-platform";

/// Tencent doc: message push.
const PUSH_DEADLINE: Duration = Duration::from_secs(5);

/// What happens when a user taps 拒绝 on the consent page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenyStyle {
    /// Nothing comes back: what WeChat does today.
    #[default]
    NoCallback,
    /// A callback with `state` alone, as the documents of third-party platforms say.
    StateOnly,
    /// A callback with `code=authdeny`, as clients of 2013–14 sent.
    AuthDeny,
}

/// Settings, accounts and users of a simulator.
#[derive(Clone, Debug)]
pub struct Config {
    /// The same seed gives the same openids, unionids, and (for the same requests) codes and tokens.
    pub seed: u64,
    /// Strict, for tests: only WeChat's browser is let in and the order of parameters counts.
    /// Not strict, for people at a desk: any browser may look.
    pub strict: bool,
    /// What a refusal looks like.
    pub deny: DenyStyle,
    /// Answer `snsapi_userinfo` without a consent page for followers and for an hour after a consent, as WeChat does.
    pub silent_followers: bool,
    /// Let `/sns/userinfo` show the virtual profile of a snapshot visit; WeChat answers 48001.
    pub snapshot_profile: bool,
    /// Origin of the pages as a browser sees it, for avatar URLs; by default the host a call was made to.
    pub pages_url: Option<String>,
    /// How long WeChat waits for the answer to a push: five seconds, unless a test is in a hurry.
    pub push_deadline: Duration,
    /// The accounts it knows.
    pub accounts: Vec<Account>,
    /// The users it knows.
    pub users: Vec<User>,
}

impl Default for Config {
    fn default() -> Self {
        Self::demo()
    }
}

impl Config {
    /// Desk mode with one account, whose callbacks may lie on this machine, and users who are awkward in different ways.
    pub fn demo() -> Self {
        Self {
            seed: 1,
            strict: false,
            deny: DenyStyle::NoCallback,
            silent_followers: false,
            snapshot_profile: false,
            pages_url: None,
            push_deadline: PUSH_DEADLINE,
            accounts: vec![Account {
                name: "虎符演示服务号".to_owned(),
                open_platform: Some(DEMO_OPEN_PLATFORM.to_owned()),
                original_id: "gh_8f3a1c5e7b9d".to_owned(),
                ..Account::service(DEMO_APP_ID, DEMO_SECRET, &["127.0.0.1", "localhost"])
            }],
            users: demo_users(),
        }
    }

    /// As [`Config::demo`], but strict.
    pub fn strict() -> Self {
        Self {
            strict: true,
            ..Self::demo()
        }
    }
}

fn demo_users() -> Vec<User> {
    vec![
        User {
            follower_of: vec![DEMO_APP_ID.to_owned()],
            ..User::new("zhangsan", "张三🙂<b>")
        },
        User::new("lisi", "李四"),
        User {
            has_unionid: false,
            ..User::new("wangxiaoming", "王小明")
        },
        User {
            snapshot_only: true,
            ..User::new("kuaizhao", "快照访客")
        },
        User::new("alice", "Alice Wang"),
        User {
            avatar: false,
            ..User::new("panda", "🐼𠮷野家👨‍👩‍👧‍👦")
        },
    ]
}
