//! The WeChat-shaped face: what WeChat asks of apps and answers them, with Hufu in WeChat's place.
//!
//! Codes and tokens are Hufu's own, the ids of people the account's real ones. A code or token of this face is of no
//! use at the other and the other way round.
//!
//! Tokens name the login they come from, and are derived from it: so one can be given again though none is kept, and
//! found though WeChat's calls name no tenant. Whether one still lives is in the login's [`DropInGrant`]; who it
//! speaks for is in an [`AccessToken`](crate::model::AccessToken) whose value nobody has, so that whatever ends the
//! tokens of a person, a login or an app ends these too.

mod authorize;
mod error;
mod exchange;
mod grant;
mod profile;
mod refresh;
mod server;
mod values;

use std::time::Duration;

use super::Engine;

pub use authorize::Entrance;
pub(super) use authorize::restart_url;
pub use error::{DropInError, DropInRefused};
pub use exchange::DropInTokens;
pub use profile::DropInUser;
pub use server::{DropInServerToken, Named};

/// How long a code may be redeemed (Tencent's documentation, 网页授权: five minutes).
pub(super) const CODE_LIFETIME: Duration = Duration::from_secs(300);

/// Life of an access token (Tencent's documentation, 网页授权: `expires_in` is 7200).
const ACCESS_LIFETIME: Duration = Duration::from_secs(7200);

/// Life of a refresh token, counted from the login (Tencent's documentation, 网页授权: 30 days).
const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 86_400);

impl Engine {
    /// A number for one call as WeChat gives one with each error: the time, and what tells calls of one second apart.
    #[must_use]
    pub fn rid(&self) -> String {
        let mut bytes = [0_u8; 8];
        self.parts.random.fill(&mut bytes);
        let (seconds, [a, b, c, d, e, f, g, h]) = (self.now().as_secs(), bytes);
        let (first, second) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
        format!("{seconds:08x}-{first:08x}-{second:08x}")
    }
}
