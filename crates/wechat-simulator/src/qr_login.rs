//! Logins of website apps by QR code: what the page and the phone know of each (Tencent doc: website login).

use std::sync::Arc;

use serde::Serialize;

use crate::account::Account;
use crate::shelf::Shelf;

/// So long a code may be scanned; the doc gives no figure, the real page reloads about as often.
pub(crate) const QR_SECONDS: i64 = 300;
const REMEMBER_SECONDS: i64 = 3600;
const MOST_LOGINS: usize = 10_000;

/// Where a login stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QrLoginState {
    /// Nobody has scanned the code yet.
    Waiting,
    /// Somebody has, and is asked on the phone.
    Scanned,
    /// Allowed: the page goes back to the app with a code.
    Confirmed,
    /// Refused: the page stays.
    Cancelled,
    /// Nobody allowed or refused it in time.
    Expired,
}

/// One login, for tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QrLogin {
    /// What the QR code stands for.
    pub id: String,
    /// The website app.
    pub app_id: String,
    /// Where it stands.
    pub state: QrLoginState,
    /// Who scanned it.
    pub user: Option<String>,
    /// Where the page goes, when that is settled.
    pub redirect: Option<String>,
    /// Seconds since 1970 on the simulator's clock.
    pub created_at: i64,
}

#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) account: Arc<Account>,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    pub(crate) phase: Phase,
    pub(crate) created_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Waiting,
    Scanned { user_id: String },
    Confirmed { user_id: String, redirect: String },
    Cancelled { user_id: String, redirect: Option<String> },
}

impl Login {
    pub(crate) fn state(&self, now: i64) -> QrLoginState {
        match self.phase {
            Phase::Confirmed { .. } => QrLoginState::Confirmed,
            Phase::Cancelled { .. } => QrLoginState::Cancelled,
            _ if now >= self.created_at + QR_SECONDS => QrLoginState::Expired,
            Phase::Waiting => QrLoginState::Waiting,
            Phase::Scanned { .. } => QrLoginState::Scanned,
        }
    }

    pub(crate) fn user_id(&self) -> Option<&str> {
        match &self.phase {
            Phase::Waiting => None,
            Phase::Scanned { user_id } | Phase::Confirmed { user_id, .. } | Phase::Cancelled { user_id, .. } => {
                Some(user_id)
            }
        }
    }

    pub(crate) fn redirect(&self) -> Option<&str> {
        match &self.phase {
            Phase::Confirmed { redirect, .. } => Some(redirect),
            Phase::Cancelled { redirect, .. } => redirect.as_deref(),
            _ => None,
        }
    }

    pub(crate) fn described(&self, id: &str, now: i64) -> QrLogin {
        QrLogin {
            id: id.to_owned(),
            app_id: self.account.app_id.clone(),
            state: self.state(now),
            user: self.user_id().map(str::to_owned),
            redirect: self.redirect().map(str::to_owned),
            created_at: self.created_at,
        }
    }
}

pub(crate) type QrLogins = Shelf<Login>;

pub(crate) fn no_logins() -> QrLogins {
    Shelf::new(REMEMBER_SECONDS, MOST_LOGINS)
}
