//! The strings to pull, for tests in the same process; `/_sim/…` offers the same over HTTP.

mod chat;
mod error;
mod js;
mod mini;
mod push;
mod qr_login;

pub use error::ControlError;

use std::sync::Arc;

use crate::account::Account;
use crate::fault::Fault;
use crate::next_user::NextUser;
use crate::person;
use crate::quota::Quotas;
use crate::request_log::RequestLogEntry;
use crate::server_token::Standing;
use crate::simulator::Inner;
use crate::user::User;

/// Controls a running [`Simulator`](crate::Simulator).
#[derive(Clone)]
pub struct Control {
    inner: Arc<Inner>,
}

impl Control {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    /// Adds an account, or replaces the one with the same AppID.
    pub fn add_account(&self, account: Account) {
        self.inner
            .world()
            .accounts
            .insert(account.app_id.clone(), Arc::new(account));
    }

    /// Changes an account; nothing happens if there is no such AppID.
    pub fn update_account(&self, app_id: &str, change: impl FnOnce(&mut Account)) {
        if let Some(account) = self.inner.world().accounts.get_mut(app_id) {
            change(Arc::make_mut(account));
        }
    }

    /// All accounts, by AppID.
    pub fn accounts(&self) -> Vec<Account> {
        self.inner
            .world()
            .accounts
            .values()
            .map(|account| Account::clone(account))
            .collect()
    }

    /// Adds a user, or replaces the one with the same handle.
    pub fn add_user(&self, user: User) {
        self.inner.world().put_user(user);
    }

    /// All users, as they were added.
    pub fn users(&self) -> Vec<User> {
        self.inner.world().users.iter().map(|user| User::clone(user)).collect()
    }

    /// The openid of a user at an account; need not exist yet.
    pub fn openid(&self, user_id: &str, app_id: &str) -> String {
        person::openid(self.inner.settings.seed, user_id, app_id)
    }

    /// The unionid of a user at an account, if both have what it takes.
    pub fn unionid(&self, user_id: &str, app_id: &str) -> Option<String> {
        let world = self.inner.world();
        let (user, account) = (world.user(user_id)?, world.account(app_id)?);
        person::unionid(self.inner.settings.seed, &user, &account)
    }

    /// The next authorize page that passes its checks is answered as this one, once. Several calls queue up.
    pub fn next_user(&self, next: NextUser) {
        self.inner.world().next_users.push_back(next);
    }

    /// Forgets what [`Control::next_user`] queued.
    pub fn clear_next_users(&self) {
        self.inner.world().next_users.clear();
    }

    /// Every authorize page is answered at once as this user, until `None`.
    pub fn always_user(&self, user_id: Option<String>) {
        self.inner.world().always_user = user_id;
    }

    /// Moves the clock.
    pub fn advance(&self, seconds: i64) {
        self.inner.clock.advance(seconds);
    }

    /// Seconds since 1970 on the simulator's clock.
    pub fn now(&self) -> i64 {
        self.inner.now()
    }

    /// Makes something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.inner.faults().add(fault);
    }

    /// The faults in force.
    pub fn faults(&self) -> Vec<Fault> {
        self.inner.faults().list().to_vec()
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.inner.faults().clear();
    }

    /// The last thousand requests, oldest first.
    pub fn requests(&self) -> Vec<RequestLogEntry> {
        self.inner.log().entries()
    }

    /// Empties the request log and the counters.
    pub fn clear_requests(&self) {
        self.inner.log().clear();
    }

    /// Switches the request log on or off; the counters go on.
    pub fn log_requests(&self, on: bool) {
        self.inner.log().switch(on);
    }

    /// How many requests an endpoint has had.
    pub fn count(&self, endpoint: &str) -> u64 {
        self.inner.log().count(endpoint)
    }

    /// The limits in force.
    pub fn quotas(&self) -> Quotas {
        self.inner.world().quotas.clone()
    }

    /// Sets the limits and forgets what has been used of them.
    pub fn set_quotas(&self, quotas: Quotas) {
        let mut world = self.inner.world();
        world.quotas = quotas;
        world.usage.reset();
    }

    /// Whether a server token of this account works now.
    pub fn server_token_valid(&self, app_id: &str, token: &str) -> bool {
        let now = self.inner.now();
        let world = self.inner.world();
        world
            .server_tokens
            .get(app_id)
            .is_some_and(|tokens| tokens.standing(token, now) == Standing::Valid)
    }
}
