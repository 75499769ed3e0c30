//! What every face is given.

use std::fmt;
use std::sync::Arc;

use hufu_core::flow::Engine;

use crate::client_ip::TrustedProxies;
use crate::limits::Limits;
use crate::urls::PublicUrl;

/// The engine, and how the world reaches it. Cheap to clone: it is the state of routers and middlewares.
#[derive(Clone)]
pub struct Site {
    /// Decides.
    pub engine: Arc<Engine>,
    /// Where the world reaches this installation.
    pub public_url: PublicUrl,
    /// Whose `X-Forwarded-For` and `X-Forwarded-Host` are believed.
    pub proxies: Arc<TrustedProxies>,
    /// How much is let in.
    pub limits: Limits,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("public_url", &self.public_url.as_str())
            .finish_non_exhaustive()
    }
}
