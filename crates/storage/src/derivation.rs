//! The root of all values that must be computable again: authorization codes, form tokens, cookies.
//!
//! A random secret of the installation, sealed in the database. So instances share it however their key rings look at
//! the moment, and any key may leave the ring once nothing is sealed with it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use hufu_core::error::StoreError;
use hufu_core::ids::TenantId;
use hufu_core::secret::{DerivationKey, ExposeSecret as _, SecretBox, StoredSecret};
use hufu_core::store::{Change, Find, Record, Records as _, Result, Store as _, UnitOfWork};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::database::Database;
use crate::error::inconsistent;

/// The secret of the installation.
#[derive(Clone)]
pub struct DerivationRoot(Arc<SecretBox<[u8; 32]>>);

impl DerivationRoot {
    /// A key for values that must be computable again, one for each purpose (HKDF-SHA256, RFC 5869).
    #[must_use]
    pub fn derive(&self, purpose: &str) -> DerivationKey {
        let mut bytes = Zeroizing::new([0; 32]);
        let source = Hkdf::<Sha256>::new(None, self.0.expose_secret());
        #[expect(
            clippy::expect_used,
            reason = "HKDF-SHA256 gives up to 8160 bytes, and 32 are asked for"
        )]
        source
            .expand(purpose.as_bytes(), bytes.as_mut())
            .expect("32 bytes are not too many");
        DerivationKey::new(*bytes)
    }
}

impl std::fmt::Debug for DerivationRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DerivationRoot([REDACTED])")
    }
}

/// How it is kept.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    secret: StoredSecret,
}

/// There is one.
const ID: &str = "root";

impl Record for Kept {
    const KIND: &'static str = "derivation_root";
    const SEALED: bool = true;
    fn id(&self) -> String {
        ID.to_owned()
    }
    /// It is never changed: whichever instance adds it was first.
    fn version(&self) -> u32 {
        1
    }
}

impl Database {
    /// The root; it is made when there is none.
    ///
    /// # Errors
    /// When the database fails, or no key of the ring opens what is kept.
    pub async fn derivation_root(&self) -> Result<DerivationRoot> {
        if let Some(kept) = self.find::<Kept>(Find::Id(ID)).await? {
            return read(&kept);
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        self.shared.sealer.fill(bytes.as_mut());
        let made = Kept {
            secret: StoredSecret::new(STANDARD.encode(bytes.as_ref())),
        };
        let unit = UnitOfWork::new(TenantId::PLATFORM).with(Change::record(&made)?);
        match self.begin(TenantId::PLATFORM).save(unit).await {
            Ok(_) => read(&made),
            // Another instance was first.
            Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => {
                let kept = self.find::<Kept>(Find::Id(ID)).await?;
                read(&kept.ok_or_else(|| inconsistent("the derivation root is gone"))?)
            }
            Err(error) => Err(error),
        }
    }
}

fn read(kept: &Kept) -> Result<DerivationRoot> {
    let mut bytes = [0; 32];
    match STANDARD.decode_slice(kept.secret.expose(), &mut bytes) {
        Ok(32) => Ok(DerivationRoot(Arc::new(SecretBox::new(Box::new(bytes))))),
        _ => Err(inconsistent("the derivation root is no secret of 32 bytes")),
    }
}
