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
mod lane;
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

use hufu_core::clock::Clock;
use hufu_core::secret::SecretString;
use tokio::time::Instant;

pub(crate) use again::once_more;
pub(crate) use counts::Counts;
pub use endpoint::{Credential, Endpoint};
pub use failure::{CallError, Failure, NotAsked, Refusal};
pub use follower::Follower;
use http::Answer;
pub(crate) use http::Http;
use lane::Lane;
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
    lane: Option<Arc<Lane>>,
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
            lane: None,
        }
    }

    /// The same, with its calls counted.
    pub(crate) fn counted(self, counts: Counts) -> Self {
        Self {
            counts: Some(counts),
            ..self
        }
    }

    /// The same, in the lane of this name: calls of one name wait for each other and fail together, and for nobody else.
    pub(crate) fn in_lane(self, name: &str, clock: &Arc<dyn Clock>) -> Self {
        let lane = self.http.lanes().of(name, clock);
        Self {
            lane: Some(lane),
            ..self
        }
    }

    /// Makes a call when its turn comes, and tells the lane how it went.
    async fn in_turn(
        &self,
        endpoint: Endpoint,
        call: impl Future<Output = Result<Answer, Failure>>,
    ) -> Result<Answer, Failure> {
        let Some(lane) = &self.lane else { return call.await };
        let turn = lane.turn(endpoint, self.deadline).await?;
        let answer = call.await;
        turn.ended(failure::is_answered(&answer));
        answer
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
