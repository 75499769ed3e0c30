//! Everything the simulator remembers, behind one lock that is held only for moments.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use crate::account::Account;
use crate::failed_call::{self, FailedCall};
use crate::follow::Follows;
use crate::js_ticket::JsTickets;
use crate::menu::Menu;
use crate::mini::MiniLogins;
use crate::next_user::NextUser;
use crate::push::Desks;
use crate::qr::QrTickets;
use crate::qr_login::{QrLogins, no_logins};
use crate::quota::{Quotas, Usage};
use crate::server_token::ServerTokens;
use crate::shelf::Shelf;
use crate::sns_token::{ACCESS_SECONDS, AccessToken, Code, Grant, REFRESH_SECONDS, RefreshToken, WEBSITE_CODE_SECONDS};
use crate::user::User;

/// Enough for half an hour of a load test; the oldest go first.
const MOST_CODES: usize = 100_000;
const MOST_TOKENS: usize = 50_000;
/// Expired tokens are remembered for a while: they are answered otherwise than unknown ones.
const REMEMBER_SECONDS: i64 = 365 * 86_400;
/// A consent is not asked for again for so long ("recent login" of the Tencent doc, which gives no figure).
const RECENT_SECONDS: i64 = 3600;
const MOST_CONSENTS: usize = 20_000;

pub(crate) struct World {
    pub(crate) accounts: BTreeMap<String, Arc<Account>>,
    pub(crate) users: Vec<Arc<User>>,
    pub(crate) codes: Shelf<Code>,
    pub(crate) access_tokens: Shelf<AccessToken>,
    pub(crate) refresh_tokens: Shelf<RefreshToken>,
    pub(crate) server_tokens: HashMap<String, ServerTokens>,
    pub(crate) follows: Follows,
    pub(crate) qr: QrTickets,
    pub(crate) menus: HashMap<String, Menu>,
    pub(crate) desks: Desks,
    pub(crate) mini: MiniLogins,
    pub(crate) qr_logins: QrLogins,
    pub(crate) failed_calls: Shelf<FailedCall>,
    pub(crate) started_at: i64,
    pub(crate) js_tickets: JsTickets,
    pub(crate) quotas: Quotas,
    pub(crate) usage: Usage,
    pub(crate) next_users: VecDeque<NextUser>,
    pub(crate) always_user: Option<String>,
    consents: Shelf<i64>,
}

impl World {
    pub(crate) fn new(now: i64, accounts: Vec<Account>, users: Vec<User>) -> Self {
        Self {
            accounts: accounts
                .into_iter()
                .map(|account| (account.app_id.clone(), Arc::new(account)))
                .collect(),
            users: users.into_iter().map(Arc::new).collect(),
            codes: Shelf::new(WEBSITE_CODE_SECONDS, MOST_CODES),
            access_tokens: Shelf::new(REMEMBER_SECONDS, MOST_TOKENS),
            refresh_tokens: Shelf::new(REMEMBER_SECONDS, MOST_TOKENS),
            server_tokens: HashMap::new(),
            follows: Follows::default(),
            qr: QrTickets::default(),
            menus: HashMap::new(),
            desks: Desks::new(),
            mini: MiniLogins::default(),
            qr_logins: no_logins(),
            failed_calls: Shelf::new(failed_call::REMEMBER_SECONDS, failed_call::MOST),
            started_at: now,
            js_tickets: JsTickets::default(),
            quotas: Quotas::default(),
            usage: Usage::default(),
            next_users: VecDeque::new(),
            always_user: None,
            consents: Shelf::new(RECENT_SECONDS, MOST_CONSENTS),
        }
    }

    pub(crate) fn account(&self, app_id: &str) -> Option<Arc<Account>> {
        self.accounts.get(app_id).cloned()
    }

    pub(crate) fn user(&self, id: &str) -> Option<Arc<User>> {
        self.users.iter().find(|user| user.id == id).cloned()
    }

    pub(crate) fn change_user(&mut self, id: &str, change: impl FnOnce(&mut User)) {
        if let Some(user) = self.users.iter_mut().find(|user| user.id == id) {
            change(Arc::make_mut(user));
        }
    }

    pub(crate) fn put_user(&mut self, user: User) {
        match self.users.iter_mut().find(|known| known.id == user.id) {
            Some(known) => *known = Arc::new(user),
            None => self.users.push(Arc::new(user)),
        }
    }

    pub(crate) fn add_code(&mut self, now: i64, code: String, grant: Grant) {
        self.codes.insert(
            now,
            code,
            Code {
                grant,
                issued_at: now,
                used_at: None,
            },
        );
    }

    /// Several refresh tokens of one user coexist: no source says otherwise.
    pub(crate) fn add_tokens(&mut self, now: i64, access: &str, refresh: &str, grant: &Grant) {
        self.add_access_token(now, access, grant);
        let token = RefreshToken {
            grant: grant.clone(),
            access_token: access.to_owned(),
            expires_at: now + REFRESH_SECONDS,
        };
        self.refresh_tokens.insert(now, refresh.to_owned(), token);
    }

    pub(crate) fn add_access_token(&mut self, now: i64, access: &str, grant: &Grant) {
        let token = AccessToken {
            grant: grant.clone(),
            expires_at: now + ACCESS_SECONDS,
        };
        self.access_tokens.insert(now, access.to_owned(), token);
    }

    pub(crate) fn remember_consent(&mut self, now: i64, user_id: &str, app_id: &str) {
        self.consents.insert(now, consent_key(user_id, app_id), now);
    }

    pub(crate) fn consented_recently(&self, now: i64, user_id: &str, app_id: &str) -> bool {
        self.consents
            .get(&consent_key(user_id, app_id))
            .is_some_and(|at| now - at < RECENT_SECONDS)
    }
}

fn consent_key(user_id: &str, app_id: &str) -> String {
    format!("{app_id} {user_id}")
}
