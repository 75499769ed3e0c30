//! Sealed values: secrets as they lie in the database.
//!
//! `v1.{key id}.{base64url(nonce ‖ ciphertext)}`, XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a random nonce of
//! 192 bits. The place of the value is its associated data: moved to another row, field or tenant it does not open.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hufu_core::clock::Random;
use hufu_core::error::StoreError;
use hufu_core::ids::TenantId;
use hufu_core::secret::SecretSlice;

use crate::error::inconsistent;
use crate::key_ring::KeyRing;

const NONCE: usize = 24;

/// Where a sealed value stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) table: &'static str,
    pub(crate) field: &'a str,
    pub(crate) row: &'a str,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        format!("{}/{}/{}/{}", self.tenant, self.table, self.field, self.row).into_bytes()
    }
}

/// Seals and opens.
#[derive(Debug, Clone)]
pub(crate) struct Sealer {
    keys: KeyRing,
    random: Arc<dyn Random>,
}

/// The id of the key that sealed a value; empty for what is no sealed value.
pub(crate) fn key_of(sealed: &str) -> &str {
    let id = sealed.strip_prefix("v1.").and_then(|rest| rest.split_once('.'));
    id.map_or("", |(id, _)| id)
}

impl Sealer {
    pub(crate) fn new(keys: KeyRing, random: Arc<dyn Random>) -> Self {
        Self { keys, random }
    }

    /// Random bytes.
    pub(crate) fn fill(&self, bytes: &mut [u8]) {
        self.random.fill(bytes);
    }

    /// The id of the key that seals.
    pub(crate) fn active_id(&self) -> &str {
        self.keys.active().map_or("", |(id, _)| id)
    }

    pub(crate) fn seal(&self, place: &Place<'_>, secret: &[u8]) -> Result<String, StoreError> {
        let (id, key) = self.keys.active().ok_or_else(|| inconsistent("no key to seal with"))?;
        let mut nonce = [0; NONCE];
        self.random.fill(&mut nonce);
        let payload = Payload {
            msg: secret,
            aad: &place.associated_data(),
        };
        let sealed = XChaCha20Poly1305::new(key.into())
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| inconsistent("a secret cannot be sealed"))?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Ok(format!("v1.{id}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what [`Sealer::seal`] made for the same place.
    pub(crate) fn open(&self, place: &Place<'_>, sealed: &str) -> Result<SecretSlice<u8>, StoreError> {
        let failed = |why: &str| inconsistent(format!("{} of {}/{}: {why}", place.field, place.table, place.row));
        let mut parts = sealed.splitn(3, '.');
        let (Some("v1"), Some(id), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(failed("not a sealed value"));
        };
        let key = self
            .keys
            .of_id(id)
            .ok_or_else(|| failed(&format!("sealed with the key {id}, which is missing")))?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| failed("not a sealed value"))?;
        let (nonce, sealed) = bytes
            .split_first_chunk::<NONCE>()
            .ok_or_else(|| failed("not a sealed value"))?;
        let payload = Payload {
            msg: sealed,
            aad: &place.associated_data(),
        };
        let opened = XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), payload);
        opened
            .map(Into::into)
            .map_err(|_| failed("altered, or sealed for another place"))
    }
}

#[cfg(test)]
mod tests {
    use hufu_core::clock::{SystemClock, SystemRandom};
    use hufu_core::secret::ExposeSecret as _;

    use super::*;

    const K1: &str = "[[keys]]\nid = \"k1\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n";
    const K2: &str = "[[keys]]\nid = \"k2\"\nkey = \"//////////////////////////////////////////8=\"\n";

    fn sealer(keys: &str) -> Sealer {
        Sealer::new(KeyRing::parse(keys).unwrap(), Arc::new(SystemRandom))
    }

    #[test]
    fn a_sealed_value_opens_in_its_place_and_nowhere_else() {
        let sealer = sealer(K1);
        let tenant = TenantId::generate(&SystemClock, &SystemRandom);
        let other_tenant = TenantId::generate(&SystemClock, &SystemRandom);
        let place = Place {
            tenant,
            table: "connectors",
            field: "secret",
            row: "1",
        };
        let sealed = sealer.seal(&place, b"canary").unwrap();
        assert!(sealed.starts_with("v1.k1.") && !sealed.contains("canary"));
        assert_ne!(sealed, sealer.seal(&place, b"canary").unwrap());
        assert_eq!(sealer.open(&place, &sealed).unwrap().expose_secret(), b"canary");
        for elsewhere in [
            Place {
                tenant: other_tenant,
                ..place
            },
            Place {
                table: "signing_keys",
                ..place
            },
            Place {
                field: "token",
                ..place
            },
            Place { row: "2", ..place },
        ] {
            assert!(
                matches!(sealer.open(&elsewhere, &sealed), Err(StoreError::Inconsistent { .. })),
                "{elsewhere:?}"
            );
        }
    }

    #[test]
    fn an_older_key_still_opens_and_a_missing_one_or_altered_text_does_not() {
        let tenant = TenantId::generate(&SystemClock, &SystemRandom);
        let place = Place {
            tenant,
            table: "connectors",
            field: "secret",
            row: "1",
        };
        let sealed = sealer(K1).seal(&place, b"canary").unwrap();
        let both = sealer(&format!("{K2}{K1}"));
        assert_eq!(both.open(&place, &sealed).unwrap().expose_secret(), b"canary");
        assert!(both.seal(&place, b"canary").unwrap().starts_with("v1.k2."));
        let flipped = if sealed.ends_with('A') { "B" } else { "A" };
        let altered = format!("{}{flipped}", &sealed[..sealed.len() - 1]);
        let relabelled = sealed.replace(".k1.", ".k2.");
        for bad in [
            "",
            "v1.k1.",
            "v1.k1.!",
            "v2.k1.AAAA",
            "canary",
            altered.as_str(),
            relabelled.as_str(),
        ] {
            assert!(
                matches!(both.open(&place, bad), Err(StoreError::Inconsistent { .. })),
                "{bad}"
            );
        }
        assert!(matches!(
            sealer(K2).open(&place, &sealed),
            Err(StoreError::Inconsistent { .. })
        ));
    }
}
