//! How much is let in: token buckets by address, client and tenant, and how many requests of a tenant are worked on at
//! once. All of it is this instance's own; see `docs/adr/0010-limits.md`.
//!
//! A face says the [`Class`] of a route and answers a refusal in its own form. It asks before it does anything that
//! costs: nothing here waits for the database. Budgets grow from address to client to tenant, and are asked in that
//! order, so that a stranger uses up their own before anybody else's.

mod bucket;
mod noise;
mod rooms;
mod settings;

use std::fmt;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use hufu_core::model::TenantCode;

use self::bucket::Buckets;
use self::noise::Noise;
use self::rooms::Rooms;
pub use self::rooms::Seat;
pub use self::settings::{Budget, Budgets, ClientBudgets, Settings};

/// What a route costs, and whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Begins a login: a row, at times a call to WeChat.
    Login,
    /// Ends one: what comes back from WeChat, and answers on the phone.
    Callback,
    /// Token endpoints: a client proves itself.
    Token,
    /// What apps read, and what a waiting page asks.
    Read,
    /// A token of WeChat's reported dead: may cost one that all of the account's apps use.
    Report,
    /// Documents, style sheets, what is not there: next to nothing.
    Document,
    /// What WeChat sends. It comes from few addresses for all tenants, so each tenant has its own count of each.
    Push,
}

/// Whose budget was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// The address's.
    Address,
    /// The client's.
    Client,
    /// The tenant's.
    Tenant,
    /// The tenant's seats.
    AtOnce,
}

/// Too much. It stands in the extensions of the answer too, so that nobody logs each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// Of what.
    pub class: Class,
    /// Of whom.
    pub by: By,
    /// Whole seconds until it may be tried again, at least one.
    pub seconds: u64,
}

/// The limits of this instance. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct Limits(Option<Arc<Inner>>);

struct Inner {
    settings: Settings,
    address: Row,
    client: Row,
    tenant: Row,
    rooms: Arc<Rooms>,
    noise: Noise,
}

/// Buckets of each class.
struct Row([Option<Buckets>; Class::ALL.len()]);

impl Class {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Login,
        Self::Callback,
        Self::Token,
        Self::Read,
        Self::Report,
        Self::Document,
        Self::Push,
    ];

    /// Label of counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Callback => "callback",
            Self::Token => "token",
            Self::Read => "read",
            Self::Report => "report",
            Self::Document => "document",
            Self::Push => "push",
        }
    }

    /// Whether such requests take one of the tenant's seats.
    #[must_use]
    pub const fn is_seated(self) -> bool {
        matches!(self, Self::Login | Self::Callback | Self::Token | Self::Report)
    }
}

impl By {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Address, Self::Client, Self::Tenant, Self::AtOnce];

    /// Label of counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Client => "client",
            Self::Tenant => "tenant",
            Self::AtOnce => "at_once",
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.0.as_ref().map(|inner| &inner.settings);
        f.debug_tuple("Limits").field(&settings).finish()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Row {
    fn new(budget: impl Fn(Class) -> Option<Budget>) -> Self {
        Self(Class::ALL.map(|class| budget(class).map(Buckets::new)))
    }

    /// Takes one of the key's budget, where the class has one.
    fn take(&self, class: Class, key: impl Hash) -> Result<(), Duration> {
        let buckets = self.0.get(class as usize).and_then(Option::as_ref);
        buckets.map_or(Ok(()), |buckets| buckets.take(key))
    }
}

impl Limits {
    /// Full buckets.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(settings.enabled.then(|| {
            Arc::new(Inner {
                address: Row::new(|class| Some(settings.address.of(class))),
                client: Row::new(|class| settings.client.of(class)),
                tenant: Row::new(|class| Some(settings.tenant.of(class))),
                rooms: Arc::new(Rooms::new(settings.at_once)),
                noise: Noise::new(),
                settings,
            })
        }))
    }

    /// Counts a request by its address, and by the tenant whose pushes it brings.
    ///
    /// # Errors
    /// When there were too many.
    pub fn address(&self, class: Class, address: IpAddr, tenant: Option<&TenantCode>) -> Result<(), Limited> {
        let Some(inner) = &self.0 else { return Ok(()) };
        if inner.settings.exempt.contain(address) {
            return Ok(());
        }
        let pushed_to = tenant.filter(|_| class == Class::Push);
        let taken = inner.address.take(class, (network(address), pushed_to));
        taken.map_err(|wait| inner.refuse(class, By::Address, wait, Some(address), tenant))
    }

    /// Counts a request by the client that it names. Anybody can name it: what an address may is less than what a client
    /// may, so one stranger does not use it up.
    ///
    /// # Errors
    /// When there were too many.
    pub fn client(&self, class: Class, client: &str) -> Result<(), Limited> {
        let Some(inner) = &self.0 else { return Ok(()) };
        let taken = inner.client.take(class, client);
        taken.map_err(|wait| inner.refuse(class, By::Client, wait, None, None))
    }

    /// Counts a request by its tenant.
    ///
    /// # Errors
    /// When there were too many.
    pub fn tenant(&self, class: Class, tenant: &TenantCode) -> Result<(), Limited> {
        let Some(inner) = &self.0 else { return Ok(()) };
        let taken = inner.tenant.take(class, tenant);
        taken.map_err(|wait| inner.refuse(class, By::Tenant, wait, None, Some(tenant)))
    }

    /// A seat of the tenant, where the class needs one; waits for it, two seconds at most.
    ///
    /// # Errors
    /// When the tenant has too many requests under way.
    pub async fn seat(&self, class: Class, tenant: &TenantCode) -> Result<Option<Seat>, Limited> {
        let Some(inner) = self.0.as_ref().filter(|_| class.is_seated()) else {
            return Ok(None);
        };
        match inner.rooms.enter(tenant).await {
            Some(seat) => Ok(Some(seat)),
            None => Err(inner.refuse(class, By::AtOnce, Duration::from_secs(1), None, Some(tenant))),
        }
    }
}

impl Inner {
    fn refuse(
        &self,
        class: Class,
        by: By,
        wait: Duration,
        address: Option<IpAddr>,
        tenant: Option<&TenantCode>,
    ) -> Limited {
        let part = u64::from(wait.subsec_nanos() > 0);
        let limited = Limited {
            class,
            by,
            seconds: (wait.as_secs() + part).max(1),
        };
        if let Some(refused) = self.noise.refused(&limited) {
            let tenant = tenant.map(TenantCode::as_str);
            let address = address.map(tracing::field::display);
            let (class, by) = (class.as_str(), by.as_str());
            tracing::warn!(class, by, refused, tenant, client.ip = address, "too many requests");
        }
        limited
    }
}

/// What counts as one address. Whoever has an IPv6 address has the 64 bits below it too.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests;
