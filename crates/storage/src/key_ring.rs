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
use hufu_core::clock::{Random, random_alphanumeric};
use hufu_core::secret::{ExposeSecret as _, SecretBox, SecretString};
use serde::Deserialize;
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
        let (_, table) = new_table(random);
        let text = Zeroizing::new(format!(
            "# Seals the secrets in Hufu's database. Keep a copy apart from the database's: without it they are lost.\n\
             # The first key seals, all of them open.\n{}",
            *table
        ));
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        Self::parse(&text)
    }

    /// Puts a new key in front of a key file, where it seals from the next start on; the others go on opening. The file is
    /// replaced whole, so that nobody ever reads half of one.
    ///
    /// # Errors
    /// When the file cannot be read as a key ring, or not be replaced.
    pub fn add_key(path: &Path, random: &dyn Random) -> Result<String, KeyRingError> {
        let failed = |cause| KeyRingError::File {
            path: path.to_owned(),
            cause,
        };
        Self::load(path)?;
        let before = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
        let (id, table) = new_table(random);
        // In front of the first table, behind what is said of the file.
        let at = before.find("[[keys]]").unwrap_or(0);
        let (head, tables) = before.split_at(at);
        let text = Zeroizing::new(format!("{head}{}{tables}", *table));
        Self::parse(&text)?;
        let beside = path.with_extension("new");
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)
            .map_err(failed)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        written.and_then(|()| std::fs::rename(&beside, path)).map_err(|cause| {
            // What is half there must not stand in the way of the next try.
            let _gone = std::fs::remove_file(&beside);
            failed(cause)
        })?;
        Ok(id)
    }

    /// The ids, the one that seals first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.id.as_str())
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

/// A table of the file with a new key, and the key's id.
fn new_table(random: &dyn Random) -> (String, Zeroizing<String>) {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    random.fill(bytes.as_mut());
    let id = random_alphanumeric(random, 8);
    let key = Zeroizing::new(STANDARD.encode(bytes.as_ref()));
    let table = format!("[[keys]]\nid = \"{id}\"\nkey = \"{}\"\n", *key);
    (id, Zeroizing::new(table))
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
    fn a_key_is_added_in_front_and_the_others_stay() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys.toml");
        let old = KeyRing::create_file(&path, &SystemRandom).unwrap();
        let id = KeyRing::add_key(&path, &SystemRandom).unwrap();
        let ring = KeyRing::load(&path).unwrap();
        let old_id = old.active().unwrap().0;
        assert_eq!(ring.ids().collect::<Vec<_>>(), [id.as_str(), old_id]);
        assert_eq!(ring.of_id(old_id), old.active().map(|(_, key)| key));
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("# Seals"));
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        assert_eq!(format!("{ring:?}"), format!("KeyRing[{id:?}, {old_id:?}]"));
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
