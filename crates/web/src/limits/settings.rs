//! How much is let in.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::Class;
use crate::client_ip::TrustedProxies;

/// A token bucket: so much at once, and so much a second for as long as it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Requests a second, in the long run.
    pub per_second: NonZeroU32,
    /// Requests at once, after a rest.
    pub burst: NonZeroU32,
}

impl Budget {
    const fn of(per_second: u32, burst: u32) -> Self {
        const fn at_least_one(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(number) => number,
                None => NonZeroU32::MIN,
            }
        }
        Self {
            per_second: at_least_one(per_second),
            burst: at_least_one(burst),
        }
    }
}

/// The limits of an installation. Every instance counts for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether anything is limited.
    pub enabled: bool,
    /// Addresses or networks that are not counted by address; their clients and tenants are. By default this machine:
    /// what reaches Hufu from here is a proxy that `gateway.trusted_proxies` does not name, or a tool.
    pub exempt: TrustedProxies,
    /// Requests of one tenant that are worked on at once, and at WeChat; four times as many wait for their turn, two
    /// seconds at most.
    pub at_once: NonZeroU32,
    /// For each address; of IPv6 the first 64 bits.
    pub address: Budgets,
    /// For each client (app).
    pub client: ClientBudgets,
    /// For each tenant.
    pub tenant: Budgets,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            exempt: TrustedProxies::this_machine(),
            at_once: Budget::of(128, 1).per_second,
            address: Budgets::ADDRESS,
            client: ClientBudgets::default(),
            tenant: Budgets::TENANT,
        }
    }
}

/// A budget for each class of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// See [`Class::Login`].
    pub login: Budget,
    /// See [`Class::Callback`].
    pub callback: Budget,
    /// See [`Class::Token`].
    pub token: Budget,
    /// See [`Class::Read`].
    pub read: Budget,
    /// See [`Class::Report`].
    pub report: Budget,
    /// See [`Class::Document`].
    pub document: Budget,
    /// See [`Class::Push`].
    pub push: Budget,
}

impl Budgets {
    /// A whole office, or a mobile carrier's gateway, is one address.
    const ADDRESS: Self = Self {
        login: Budget::of(50, 500),
        callback: Budget::of(50, 500),
        token: Budget::of(100, 1000),
        read: Budget::of(200, 2000),
        report: Budget::of(10, 200),
        document: Budget::of(200, 2000),
        push: Budget::of(200, 2000),
    };
    const TENANT: Self = Self {
        login: Budget::of(400, 4000),
        callback: Budget::of(400, 4000),
        token: Budget::of(400, 4000),
        read: Budget::of(1000, 10_000),
        report: Budget::of(40, 800),
        document: Budget::of(2000, 10_000),
        push: Budget::of(1000, 10_000),
    };

    /// The budget of a class.
    #[must_use]
    pub const fn of(&self, class: Class) -> Budget {
        match class {
            Class::Login => self.login,
            Class::Callback => self.callback,
            Class::Token => self.token,
            Class::Read => self.read,
            Class::Report => self.report,
            Class::Document => self.document,
            Class::Push => self.push,
        }
    }
}

/// A budget for each class whose requests name a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientBudgets {
    /// See [`Class::Login`].
    pub login: Budget,
    /// See [`Class::Token`].
    pub token: Budget,
    /// See [`Class::Read`].
    pub read: Budget,
    /// See [`Class::Report`].
    pub report: Budget,
}

impl Default for ClientBudgets {
    fn default() -> Self {
        Self {
            login: Budget::of(200, 2000),
            token: Budget::of(200, 2000),
            read: Budget::of(500, 5000),
            report: Budget::of(20, 400),
        }
    }
}

impl ClientBudgets {
    /// The budget of a class; `None` where no request names a client.
    #[must_use]
    pub const fn of(&self, class: Class) -> Option<Budget> {
        match class {
            Class::Login => Some(self.login),
            Class::Token => Some(self.token),
            Class::Read => Some(self.read),
            Class::Report => Some(self.report),
            Class::Callback | Class::Document | Class::Push => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else one stranger could use up what an app or a tenant has.
    #[test]
    fn an_address_may_less_than_an_app_and_an_app_less_than_a_tenant() {
        let settings = Settings::default();
        for class in Class::ALL {
            let [address, tenant] = [settings.address, settings.tenant].map(|budgets| budgets.of(class));
            assert!(
                address.per_second < tenant.per_second && address.burst < tenant.burst,
                "{class:?}"
            );
            let Some(client) = settings.client.of(class) else {
                continue;
            };
            assert!(address.per_second.get() * 2 <= client.per_second.get(), "{class:?}");
            assert!(client.per_second < tenant.per_second, "{class:?}");
            assert!(address.burst < client.burst && client.burst < tenant.burst, "{class:?}");
        }
    }
}
