//! What a scanned QR code means to logins.

use super::{Engine, Visit};
use crate::error::StoreError;
use crate::ids::ConnectorId;
use crate::model::Tenant;
use crate::provider::Push;

impl Engine {
    /// Somebody scanned the QR code of `scene`, or followed the account by it. Says what they are told; `None`: the
    /// scene is no login's, and the rules answer.
    ///
    /// Copies of a push may get here, also on two instances at once: the same person again must change nothing and be
    /// told the same.
    ///
    /// # Errors
    /// When the database fails: the push is not taken, and the provider sends it again.
    #[expect(
        clippy::unused_async,
        reason = "logins by scanning are not there yet; what they need is"
    )]
    pub(super) async fn scanned(
        &self,
        _tenant: &Tenant,
        _connector: ConnectorId,
        _push: &Push,
        _scene: &str,
        _visit: &Visit,
    ) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}
