//! WeChat's calls that an account needs, typed: one method a call, on [`OfficialAccountApi`]. The few that website
//! apps and mini programs add are there too; to WeChat all of these are accounts with an AppID and an AppSecret.
//!
//! WeChat answers errors with status 200 and names its JSON `text/plain`, so the body alone decides. Nothing here
//! decides what a failure means: `crate::errors` does. Which call may be made again is decided here, by one rule: a
//! call that only reads, once, when it is not known to have been answered.

mod again;
mod call;
mod counts;
mod endpoint;
mod envelope;
mod errmsg;
mod failure;
mod fields;
mod follower;
mod http;
mod menu;
mod mini_program;
mod network;
mod qrcode;
mod quota;
mod relay;
mod sns;
mod ticket;
mod token;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hufu_core::secret::SecretString;
use tokio::time::Instant;

pub(crate) use again::once_more;
pub(crate) use counts::Counts;
pub use endpoint::{Credential, Endpoint};
pub use failure::{CallError, Failure, Refusal};
pub use follower::Follower;
pub(crate) use http::Http;
pub use menu::CurrentMenu;
pub use mini_program::MiniSession;
pub use qrcode::{MAX_QR_SECONDS, QrCode, Scene};
pub use relay::{MAX_RELAYED_BYTES, NotRelayed, Relay, RelayBody, Relayed};
pub(crate) use sns::PROFILE_SCOPES;
pub use sns::{CodeGrant, RefreshedGrant, UserInfo};
pub use ticket::{Ticket, TicketKind};
pub use token::ServerToken;

/// The calls, as one official account. Cheap to clone; the HTTP client is shared.
#[derive(Clone)]
pub struct OfficialAccountApi {
    http: Arc<Http>,
    app_id: String,
    secret: SecretString,
    deadline: Option<Instant>,
    counts: Option<Counts>,
}

impl fmt::Debug for OfficialAccountApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfficialAccountApi")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

impl OfficialAccountApi {
    pub(crate) fn new(http: Arc<Http>, app_id: String, secret: SecretString) -> Self {
        Self {
            http,
            app_id,
            secret,
            deadline: None,
            counts: None,
        }
    }

    /// The same, with its calls counted.
    pub(crate) fn counted(self, counts: Counts) -> Self {
        Self {
            counts: Some(counts),
            ..self
        }
    }

    fn count(&self, path: &str) {
        if let Some(counts) = &self.counts {
            counts.count(path);
        }
    }

    /// The account's AppID.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// The same, but all its calls together end within `limit` from now.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        Self {
            deadline: Some(Instant::now() + limit),
            ..self.clone()
        }
    }
}
