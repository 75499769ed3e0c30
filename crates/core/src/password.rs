//! Passwords of operators: argon2id, off the async threads, a few at a time.
//!
//! One hash takes 19 MiB and some tens of milliseconds. So at most two run at once, a bounded number waits, and
//! whoever comes then is told to come again: a flood of sign-ins neither fills the memory nor starves logins.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::clock::Random;
use crate::secret::{ExposeSecret as _, SecretString, StoredSecret};
use crate::text::Text;

/// How many hashes run at once.
const AT_ONCE: usize = 2;
/// How many wait for their turn.
const WAITING: usize = 32;
/// Fewest characters.
const SHORTEST: usize = 10;
/// Most characters.
const LONGEST: usize = 200;

/// Passwords of ten and more characters that everybody tries first, in lower case.
const COMMONEST: [&str; 46] = [
    "0000000000",
    "0123456789",
    "0987654321",
    "1111111111",
    "1122334455",
    "1212121212",
    "1231231231",
    "123123123123",
    "1234512345",
    "123456123456",
    "1234567890",
    "12345678900",
    "12345678910",
    "123456789a",
    "123456789abc",
    "1234567891",
    "12345678912",
    "123456789123",
    "1234567899",
    "1234qwerasdf",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "5201314520",
    "6666666666",
    "8888888888",
    "9876543210",
    "9999999999",
    "a123456789",
    "aa123456789",
    "aaaaaaaaaa",
    "abc123456789",
    "abcd123456",
    "abcdefghij",
    "admin12345",
    "admin123456",
    "administrator",
    "changeme123",
    "iloveyou123",
    "password12",
    "password123",
    "password1234",
    "qq123456789",
    "qwertyuiop",
    "qwerty123456",
    "woaini1314520",
];

/// Why a password may not be chosen (NIST SP 800-63B: length and what everybody tries; no rules of composition).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer than ten characters.
    #[error("a password has at least 10 characters")]
    Short,
    /// More than two hundred characters.
    #[error("a password has at most 200 characters")]
    Long,
    /// It is the login name.
    #[error("the login name is no password")]
    LoginName,
    /// It is among those that everybody tries first.
    #[error("this password is among those that are tried first")]
    Common,
}

impl PasswordProblem {
    /// The message in both languages.
    #[must_use]
    pub fn text(self) -> Text {
        let zh = match self {
            Self::Short => "密码至少 10 个字符",
            Self::Long => "密码最多 200 个字符",
            Self::LoginName => "密码不能与登录名相同",
            Self::Common => "这个密码太常见，最先被人猜到",
        };
        Text::owned(zh.to_owned(), self.to_string())
    }
}

/// Checks a password that somebody wants. Nothing is trimmed: it is taken as it was typed.
///
/// # Errors
/// [`PasswordProblem`].
pub fn check(password: &SecretString, login: &str) -> Result<(), PasswordProblem> {
    let password = password.expose_secret();
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(PasswordProblem::Short);
    }
    if length > LONGEST {
        return Err(PasswordProblem::Long);
    }
    let lower = password.to_lowercase();
    if lower == login.to_lowercase() {
        return Err(PasswordProblem::LoginName);
    }
    let one_character = lower.chars().all(|c| lower.starts_with(c));
    if one_character || COMMONEST.contains(&lower.as_str()) {
        return Err(PasswordProblem::Common);
    }
    Ok(())
}

/// A password could neither be hashed nor be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many wait already.
    #[error("too many passwords are being checked")]
    Busy,
    /// The hash that is stored is none, or hashing failed.
    #[error("a password cannot be hashed")]
    Failed,
}

/// Hashes and verifies passwords. Cheap to clone; clones share one queue.
#[derive(Clone)]
pub struct Passwords {
    params: Params,
    /// Whoever runs or waits holds one.
    places: Arc<Semaphore>,
    /// Whoever runs holds one.
    turns: Arc<Semaphore>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords")
            .field("free", &self.places.available_permits())
            .finish_non_exhaustive()
    }
}

/// As OWASP recommends for argon2id: 19 MiB, two passes, one lane.
impl Default for Passwords {
    fn default() -> Self {
        Self::with(Params::DEFAULT)
    }
}

impl Passwords {
    /// The real thing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cheap hashes, so that tests do not wait. Never for people's passwords.
    #[must_use]
    pub fn for_tests() -> Self {
        Self::with(Params::new(Params::MIN_M_COST, 1, 1, None).unwrap_or(Params::DEFAULT))
    }

    fn with(params: Params) -> Self {
        Self {
            params,
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// The hash of a password in PHC form, with a new salt.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: SecretString, random: &dyn Random) -> Result<StoredSecret, HashError> {
        let mut salt = [0_u8; 16];
        random.fill(&mut salt);
        self.run(move |argon2| {
            let hash = argon2.hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
            let hash = hash.map_err(|_| HashError::Failed)?;
            Ok(StoredSecret::new(hash.to_string()))
        })
        .await
    }

    /// Whether the password is the one that was hashed. Without a hash it is not, and the answer takes as long.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn verify(&self, password: SecretString, hash: Option<StoredSecret>) -> Result<bool, HashError> {
        self.run(move |argon2| {
            let password = password.expose_secret().as_bytes();
            match hash {
                Some(hash) => match argon2.verify_password(password, hash.expose()) {
                    Ok(()) => Ok(true),
                    Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                    Err(_) => Err(HashError::Failed),
                },
                None => {
                    let nothing = argon2.hash_password_with_salt(password, &[0; 16]);
                    nothing.map(|_| false).map_err(|_| HashError::Failed)
                }
            }
        })
        .await
    }

    /// Does the work on a thread that may block. The permits go with it: a caller who is gone frees no place
    /// while their hash still runs.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| HashError::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| HashError::Failed)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&argon2);
            drop((turn, place));
            result
        });
        done.await.map_err(|_| HashError::Failed)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    #[tokio::test]
    async fn a_hash_fits_its_password_alone() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse".into(), &SystemRandom).await.unwrap();
        assert!(
            hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            hash.expose()
        );
        assert!(
            passwords
                .verify("correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct horsE".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
        let again = passwords.hash("correct horse".into(), &SystemRandom).await.unwrap();
        assert_ne!(hash.expose(), again.expose());
        // A hash says itself how it was made.
        assert!(
            Passwords::for_tests()
                .verify("correct horse".into(), Some(hash))
                .await
                .unwrap()
        );
        let broken = Some(StoredSecret::new("no hash".to_owned()));
        assert_eq!(passwords.verify("x".into(), broken).await, Err(HashError::Failed));
    }

    #[tokio::test]
    async fn whoever_comes_when_the_queue_is_full_comes_again() {
        let passwords = Passwords::for_tests();
        let held = passwords.turns.acquire_many(2).await.unwrap();
        let mut waiting = Vec::new();
        for _ in 0..AT_ONCE + WAITING {
            let passwords = passwords.clone();
            waiting.push(tokio::spawn(async move { passwords.verify("x".into(), None).await }));
        }
        while passwords.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(passwords.verify("x".into(), None).await, Err(HashError::Busy));
        drop(held);
        for one in waiting {
            assert_eq!(one.await.unwrap(), Ok(false));
        }
        assert_eq!(passwords.verify("x".into(), None).await, Ok(false));
    }

    #[test]
    fn rules_ask_for_length_and_nothing_of_what_everybody_tries() {
        let of = |password: &str| check(&password.into(), "ops@example.com");
        assert_eq!(of("密码够长就可以用了吧"), Ok(()));
        assert_eq!(of("all lower case"), Ok(()));
        assert_eq!(of("ninechars"), Err(PasswordProblem::Short));
        assert_eq!(of(&"ab".repeat(101)), Err(PasswordProblem::Long));
        assert_eq!(of("OPS@example.com"), Err(PasswordProblem::LoginName));
        assert_eq!(of("Password123"), Err(PasswordProblem::Common));
        assert_eq!(of("啊啊啊啊啊啊啊啊啊啊"), Err(PasswordProblem::Common));
        assert!(
            COMMONEST
                .iter()
                .all(|common| common.len() >= SHORTEST && *common == common.to_lowercase())
        );
    }
}
