//! The keys that seal secrets at rest.
//!
//! Several keys, each with an id: the first one seals, all of them open. So a key is replaced without stopping: put a
//! new one in front on every instance, seal again, take the old one out.

use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use hufu_core::clock::{Random, random_alphanumeric};
use hufu_core::secret::{DerivationKey, ExposeSecret as _, SecretBox, SecretString};
use serde::Deserialize;
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

/// Why there is no key ring. Never says anything of a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// The file cannot be read or made.
    #[error("the key file {path}: {cause}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Others on the machine could read the file.
    #[error("the key file {path} has mode {mode:04o}, so others can read it: chmod 0600 {path}")]
    Mode {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The text is not of the form wanted.
    #[error("the keys are not of the form [[keys]] id = \"…\" key = \"base64 of 32 bytes\": {0}")]
    Form(String),
}

struct Key {
    id: String,
    bytes: SecretBox<[u8; 32]>,
}

/// The keys, newest first. Cheap to clone.
#[derive(Clone)]
pub struct KeyRing(Arc<Vec<Key>>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    keys: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    key: SecretString,
}

impl KeyRing {
    /// Reads TOML: `[[keys]]` tables with `id` and `key`, the active one first, the oldest last.
    ///
    /// # Errors
    /// [`KeyRingError::Form`].
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        // Of the parser's error only the message: its display quotes the line, and the line holds a key.
        let document: Document =
            toml::from_str(text).map_err(|error| KeyRingError::Form(error.message().to_owned()))?;
        let mut keys: Vec<Key> = Vec::with_capacity(document.keys.len());
        for entry in document.keys {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            if !(1..=32).contains(&entry.id.len()) || !entry.id.bytes().all(plain) {
                return Err(KeyRingError::Form(
                    "an id has 1 to 32 letters, digits, - or _".to_owned(),
                ));
            }
            if keys.iter().any(|key| key.id == entry.id) {
                return Err(KeyRingError::Form(format!("the id {} is there twice", entry.id)));
            }
            let mut bytes = [0; 32];
            let read = STANDARD.decode_slice(entry.key.expose_secret(), &mut bytes);
            if read != Ok(bytes.len()) {
                return Err(KeyRingError::Form(format!(
                    "the key {} is not base64 of 32 bytes",
                    entry.id
                )));
            }
            keys.push(Key {
                id: entry.id,
                bytes: SecretBox::new(Box::new(bytes)),
            });
            bytes.zeroize();
        }
        if keys.is_empty() {
            return Err(KeyRingError::Form("there is no key".to_owned()));
        }
        Ok(Self(Arc::new(keys)))
    }

    /// Reads a key file that nobody but its owner can read.
    ///
    /// # Errors
    /// Any of [`KeyRingError`].
    pub fn load(path: &Path) -> Result<Self, KeyRingError> {
        let failed = |cause| KeyRingError::File {
            path: path.to_owned(),
            cause,
        };
        let mode = std::fs::metadata(path).map_err(failed)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyRingError::Mode {
                path: path.to_owned(),
                mode,
            });
        }
        Self::parse(&Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?))
    }

    /// Makes a key file with one new key, mode 0600, and reads it. A file that is there is left alone.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn create_file(path: &Path, random: &dyn Random) -> Result<Self, KeyRingError> {
        let failed = |cause| KeyRingError::File {
            path: path.to_owned(),
            cause,
        };
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        let mut bytes = Zeroizing::new([0_u8; 32]);
        random.fill(bytes.as_mut());
        let id = random_alphanumeric(random, 8);
        let text = Zeroizing::new(format!(
            "# Seals the secrets in Hufu's database. Keep a copy apart from the database's: without it they are lost.\n\
             # The first key seals, all of them open.\n\
             [[keys]]\nid = \"{id}\"\nkey = \"{}\"\n",
            STANDARD.encode(bytes.as_ref())
        ));
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        Self::parse(&text)
    }

    /// A key for values that must be computable again, one for each purpose (HKDF-SHA256, RFC 5869).
    ///
    /// From the oldest key, the last of the ring: keys are added to running instances one after another, and what one
    /// derives all others must derive too. Only taking the oldest key out changes it.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> DerivationKey {
        let mut bytes = [0; 32];
        if let Some(oldest) = self.0.last() {
            let source = Hkdf::<Sha256>::new(None, oldest.bytes.expose_secret());
            #[expect(
                clippy::expect_used,
                reason = "HKDF-SHA256 gives up to 8160 bytes, and 32 are asked for"
            )]
            source
                .expand(purpose.as_bytes(), &mut bytes)
                .expect("32 bytes are not too many");
        }
        let key = DerivationKey::new(bytes);
        bytes.zeroize();
        key
    }

    /// The key that seals.
    pub(crate) fn active(&self) -> Option<(&str, &[u8; 32])> {
        self.0.first().map(|key| (key.id.as_str(), key.bytes.expose_secret()))
    }

    /// The key of an id.
    pub(crate) fn of_id(&self, id: &str) -> Option<&[u8; 32]> {
        self.0
            .iter()
            .find(|key| key.id == id)
            .map(|key| key.bytes.expose_secret())
    }
}

/// The ids alone.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing")?;
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use hufu_core::clock::SystemRandom;

    use super::*;

    const OLD: &str = "[[keys]]\nid = \"k1\"\nkey = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n";
    const NEW: &str = "[[keys]]\nid = \"k2\"\nkey = \"//////////////////////////////////////////8=\"\n";

    #[test]
    fn a_made_file_is_private_and_loads_and_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys.toml");
        let made = KeyRing::create_file(&path, &SystemRandom).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let loaded = KeyRing::load(&path).unwrap();
        assert_eq!(loaded.active(), made.active());
        assert!(matches!(
            KeyRing::create_file(&path, &SystemRandom),
            Err(KeyRingError::File { .. })
        ));
        assert_eq!(KeyRing::load(&path).unwrap().active(), made.active());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_remedy() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys.toml");
        KeyRing::create_file(&path, &SystemRandom).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = KeyRing::load(&path).unwrap_err().to_string();
        assert!(error.contains("mode 0640") && error.contains("chmod 0600"), "{error}");
        assert!(matches!(
            KeyRing::load(&directory.path().join("none")),
            Err(KeyRingError::File { .. })
        ));
    }

    #[test]
    fn the_first_key_seals_and_the_last_derives() {
        let ring = KeyRing::parse(&format!("{NEW}{OLD}")).unwrap();
        assert_eq!(ring.active().unwrap().0, "k2");
        let code = |ring: &KeyRing, purpose| ring.derive(purpose).derive("a", "b");
        let before = KeyRing::parse(OLD).unwrap();
        assert_eq!(code(&ring, "code"), code(&before, "code"));
        assert_ne!(code(&ring, "code"), code(&ring, "cookie"));
        assert_ne!(code(&ring, "code"), code(&KeyRing::parse(NEW).unwrap(), "code"));
        assert_eq!(format!("{ring:?}"), "KeyRing[\"k2\", \"k1\"]");
    }

    #[test]
    fn errors_never_quote_a_key() {
        let key = "c2VjcmV0";
        let bad = [
            String::new(),
            "keys = []".to_owned(),
            format!("[[keys]]\nid = \"k\"\nkey = \"{key}\""),
            format!("[[keys]]\nid = \"k\"\nkey = \"{key}"),
            format!("[[keys]]\nid = \"k\"\nkey = \"{key}\"\nmore = 1"),
            format!("{OLD}{OLD}"),
            OLD.replace("k1", "k.1"),
        ];
        for text in bad {
            let error = KeyRing::parse(&text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains(key), "{error}");
        }
    }
}
