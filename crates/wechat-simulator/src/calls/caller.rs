//! One call, and the checks that several endpoints make of it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Bytes;
use serde::de::DeserializeOwned;

use super::answer::Failure;
use crate::account::Account;
use crate::params::Params;
use crate::quota::Reached;
use crate::server_token::Standing;
use crate::simulator::Inner;

/// The text WeChat sends for a server token that is not, or no longer, the right one (seen in issue reports).
const INVALID: &str = "invalid credential, access_token is invalid or not latest, could get access_token by \
                       getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r";

pub(super) struct Call<'a> {
    pub(super) inner: &'a Inner,
    pub(super) now: i64,
    pub(super) params: Params,
    pub(super) body: Bytes,
    pub(super) is_post: bool,
    pub(super) caller_ip: String,
    pub(super) origin: String,
}

impl Call<'_> {
    pub(super) fn rid(&self) -> String {
        self.inner.random.rid(self.now)
    }

    /// For the log only; `/cgi-bin/stable_token` has it in its JSON.
    pub(super) fn app_id(&self) -> Option<String> {
        self.params.filled("appid").map(str::to_owned).or_else(|| {
            let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
            body.get("appid")?.as_str().map(str::to_owned)
        })
    }

    pub(super) fn account(&self, app_id: &str) -> Result<Arc<Account>, Failure> {
        self.inner
            .world()
            .account(app_id)
            .ok_or_else(|| Failure::new(40013, "invalid appid"))
    }

    /// One call of an `sns` endpoint against its minute's quota.
    pub(super) fn take_sns_quota(&self, app_id: &str, endpoint: &'static str) -> Result<(), Failure> {
        let mut world = self.inner.world();
        let limit = world.quotas.sns_per_minute;
        world
            .usage
            .take(self.now, app_id, endpoint, Some(limit), None)
            .map_err(quota_failure)
    }

    /// One call of a token endpoint against its quotas.
    pub(super) fn take_token_quota(&self, account: &Account, stable: bool) -> Result<(), Failure> {
        let endpoint = if stable {
            "/cgi-bin/stable_token"
        } else {
            "/cgi-bin/token"
        };
        let mut world = self.inner.world();
        let minute = stable.then_some(world.quotas.stable_per_minute);
        let day = world.quotas.per_day(endpoint, account.kind);
        world
            .usage
            .take(self.now, &account.app_id, endpoint, minute, day)
            .map_err(quota_failure)
    }

    /// One call of an endpoint that a server token opens against its day's quota.
    pub(super) fn take_daily_quota(&self, account: &Account, endpoint: &'static str) -> Result<(), Failure> {
        let mut world = self.inner.world();
        let day = world.quotas.per_day(endpoint, account.kind);
        world
            .usage
            .take(self.now, &account.app_id, endpoint, None, day)
            .map_err(quota_failure)
    }

    /// The account whose server token came with the call.
    pub(super) fn token_account(&self) -> Result<Arc<Account>, Failure> {
        let token = self
            .params
            .get("access_token")
            .filter(|token| !token.is_empty())
            .ok_or(Failure::new(41001, "access_token missing"))?;
        let world = self.inner.world();
        let known = world.server_tokens.iter().find_map(|(app_id, tokens)| {
            let standing = tokens.standing(token, self.now);
            (standing != Standing::Unknown).then_some((app_id, standing))
        });
        match known {
            Some((app_id, Standing::Valid)) => world.account(app_id).ok_or(Failure::new(40001, INVALID)),
            Some((_, Standing::Expired)) => Err(Failure::new(42001, "access_token expired")),
            _ => Err(Failure::new(40001, INVALID)),
        }
    }

    /// As [`Call::token_account`], for what only verified service accounts and sandboxes may do.
    pub(super) fn service_account(&self) -> Result<Arc<Account>, Failure> {
        let account = self.token_account()?;
        if account.may_serve() {
            Ok(account)
        } else {
            Err(Failure::new(48001, "api unauthorized"))
        }
    }

    /// The body, which must be JSON sent by POST.
    pub(super) fn json_body<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        if !self.is_post {
            return Err(Failure::new(43002, "require POST method"));
        }
        serde_json::from_slice(&self.body).map_err(|_| Failure::new(47001, "data format error"))
    }

    /// Secret, frozen secret, whitelist and what the account's setting says: in this order for both token endpoints.
    pub(super) fn check_token_caller(&self, account: &Account, secret: &str) -> Result<(), Failure> {
        if account.secret != secret {
            return Err(Failure::new(40125, "invalid appsecret"));
        }
        if account.frozen_secret {
            return Err(Failure::new(40243, "appsecret has been frozen"));
        }
        let listed = |whitelist: &Vec<String>| whitelist.contains(&self.caller_ip);
        if account.ip_whitelist.as_ref().is_none_or(listed) {
            return match account.token_refusal {
                Some(code) => Err(Failure::new(code, refusal_text(code))),
                None => Ok(()),
            };
        }
        let (v4, v6) = both_forms(&self.caller_ip);
        Err(Failure::new(
            40164,
            format!("invalid ip {v4} ipv6 {v6}, not in whitelist"),
        ))
    }
}

/// The numbers are Tencent's (page of the token call), which prints no texts for them: these are ours.
fn refusal_text(code: i64) -> &'static str {
    match code {
        50004 => "forbid to use this interface",
        50007 => "account is frozen",
        89501 => "this ip is waiting for the administrator's confirmation",
        89503 => "this ip needs the administrator's confirmation",
        89506 => "this ip was rejected twice by the administrator, retry after 24 hours",
        89507 => "this ip was rejected by the administrator, retry after 1 hour",
        _ => "system error",
    }
}

pub(super) fn quota_failure(reached: Reached) -> Failure {
    match reached {
        Reached::Minute => Failure::new(45011, "api minute-quota reach limit, must slower, retry next minute"),
        Reached::Day => Failure::new(45009, "reach max api daily quota limit"),
    }
}

/// WeChat names the caller twice, the second time as an IPv6 address (seen in issue reports).
fn both_forms(ip: &str) -> (String, String) {
    match ip.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => (v4.to_string(), v4.to_ipv6_mapped().to_string()),
        Ok(IpAddr::V6(v6)) => (
            v6.to_ipv4_mapped().unwrap_or(Ipv4Addr::UNSPECIFIED).to_string(),
            v6.to_string(),
        ),
        Err(_) => (ip.to_owned(), ip.to_owned()),
    }
}
