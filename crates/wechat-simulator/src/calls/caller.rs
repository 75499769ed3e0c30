//! One call, and the checks that several endpoints make of it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Bytes;

use super::answer::Failure;
use crate::account::{Account, AccountKind};
use crate::params::Params;
use crate::quota::Reached;
use crate::simulator::Inner;

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
        let mut world = self.inner.world();
        let quotas = &world.quotas;
        let (endpoint, minute, day) = match (stable, account.kind) {
            (true, _) => (
                "/cgi-bin/stable_token",
                Some(quotas.stable_per_minute),
                quotas.stable_per_day,
            ),
            (false, AccountKind::Sandbox) => ("/cgi-bin/token", None, quotas.sandbox_token_per_day),
            (false, _) => ("/cgi-bin/token", None, quotas.token_per_day),
        };
        world
            .usage
            .take(self.now, &account.app_id, endpoint, minute, Some(day))
            .map_err(quota_failure)
    }

    /// Secret, frozen secret and whitelist: in this order for both token endpoints.
    pub(super) fn check_token_caller(&self, account: &Account, secret: &str) -> Result<(), Failure> {
        if account.secret != secret {
            return Err(Failure::new(40125, "invalid appsecret"));
        }
        if account.frozen_secret {
            return Err(Failure::new(40243, "appsecret has been frozen"));
        }
        let Some(whitelist) = &account.ip_whitelist else {
            return Ok(());
        };
        if whitelist.contains(&self.caller_ip) {
            return Ok(());
        }
        let (v4, v6) = both_forms(&self.caller_ip);
        Err(Failure::new(
            40164,
            format!("invalid ip {v4} ipv6 {v6}, not in whitelist"),
        ))
    }
}

fn quota_failure(reached: Reached) -> Failure {
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
