//! Opening and sealing messages.
//!
//! AES-256-CBC over `random(16) ‖ length of the message (4, big-endian) ‖ message ‖ AppID`, padded to blocks of 32.
//! CBC does not prove who wrote it: the signature must have been checked before. Even so there is one error for all
//! that can be wrong, so that nobody learns from answers where it was.

use aes::Aes256;
use aes::cipher::{Array, BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;

use super::key::EncodingAesKey;
use super::padding;
use super::signature::PushToken;

/// The random bytes and the length that stand before a message.
const HEAD: usize = 20;

/// Which of two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAge {
    /// The one in force.
    Current,
    /// The one before it, which WeChat uses until somebody saves the new one in its console.
    Previous,
}

/// A message that was opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// XML or JSON; WeChat decides.
    pub message: Vec<u8>,
    /// The key that opened it. The reply is sealed with the same: it is the one WeChat knows.
    pub key: KeyAge,
}

/// Not ours, damaged or forged; which of these is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message cannot be opened")]
pub struct Unopenable;

/// A sealed reply: the fields of the XML that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Base64.
    pub encrypt: String,
    /// 40 lower-case hexadecimal digits.
    pub msg_signature: String,
    /// Seconds since the Unix epoch.
    pub timestamp: i64,
    /// What was given.
    pub nonce: String,
}

/// Opens and seals the messages of one account.
#[derive(Debug, Clone)]
pub struct PushCipher {
    app_id: String,
    current: EncodingAesKey,
    previous: Option<EncodingAesKey>,
}

impl PushCipher {
    /// For the account `app_id`. `previous` is tried too while a new key is being introduced.
    #[must_use]
    pub fn new(app_id: String, current: EncodingAesKey, previous: Option<EncodingAesKey>) -> Self {
        Self {
            app_id,
            current,
            previous,
        }
    }

    /// Opens `encrypt`, the base64 of a push whose `msg_signature` was found right.
    ///
    /// # Errors
    /// [`Unopenable`], whatever is wrong.
    pub fn open(&self, encrypt: &str) -> Result<Opened, Unopenable> {
        let sealed = STANDARD.decode(encrypt).map_err(|_| Unopenable)?;
        let keys = [
            (KeyAge::Current, Some(&self.current)),
            (KeyAge::Previous, self.previous.as_ref()),
        ];
        keys.into_iter()
            .find_map(|(age, key)| {
                let message = open(key?, &self.app_id, sealed.clone())?;
                Some(Opened { message, key: age })
            })
            .ok_or(Unopenable)
    }

    /// Seals `message` as the answer to a push that `key` opened. `random` must be fresh for each message; without a
    /// previous key the current one is used.
    #[must_use]
    pub fn seal(&self, key: KeyAge, message: &[u8], random: [u8; 16]) -> String {
        let key = match key {
            KeyAge::Current => &self.current,
            KeyAge::Previous => self.previous.as_ref().unwrap_or(&self.current),
        };
        STANDARD.encode(seal(key, &self.app_id, message, random))
    }

    /// As [`PushCipher::seal`], and signed, with what the signature is over.
    #[must_use]
    pub fn seal_reply(
        &self,
        key: KeyAge,
        message: &[u8],
        token: &PushToken,
        (timestamp, nonce, random): (i64, &str, [u8; 16]),
    ) -> Sealed {
        let encrypt = self.seal(key, message, random);
        Sealed {
            msg_signature: token.sign_message(&timestamp.to_string(), nonce, &encrypt),
            encrypt,
            timestamp,
            nonce: nonce.to_owned(),
        }
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What people write to an account is no business of a log.
        f.debug_struct("Opened")
            .field("bytes", &self.message.len())
            .field("key", &self.key)
            .finish()
    }
}

fn open(key: &EncodingAesKey, app_id: &str, mut text: Vec<u8>) -> Option<Vec<u8>> {
    let (blocks, rest) = Array::slice_as_chunks_mut(&mut text);
    if !rest.is_empty() {
        return None;
    }
    cbc::Decryptor::<Aes256>::new(key.bytes().into(), &key.iv().into()).decrypt_blocks(blocks);
    let (head, body) = padding::unpad(&text)?.split_at_checked(HEAD)?;
    let length = usize::try_from(u32::from_be_bytes(*head.last_chunk()?)).ok()?;
    let (message, sender) = body.split_at_checked(length)?;
    bool::from(sender.ct_eq(app_id.as_bytes())).then(|| message.to_vec())
}

fn seal(key: &EncodingAesKey, app_id: &str, message: &[u8], random: [u8; 16]) -> Vec<u8> {
    let mut text = Vec::with_capacity(HEAD + message.len() + app_id.len() + padding::BLOCK);
    text.extend_from_slice(&random);
    // A reply of 4 GiB cannot be: its text is bounded by 2 KiB.
    text.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    text.extend_from_slice(message);
    text.extend_from_slice(app_id.as_bytes());
    padding::pad(&mut text);
    let (blocks, _) = Array::slice_as_chunks_mut(&mut text);
    cbc::Encryptor::<Aes256>::new(key.bytes().into(), &key.iv().into()).encrypt_blocks(blocks);
    text
}

#[cfg(test)]
mod tests;
