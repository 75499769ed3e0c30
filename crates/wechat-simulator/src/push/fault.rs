//! Pushes that a receiver must be able to stand.

use serde::{Deserialize, Serialize};

/// What is wrong with the next push of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PushFault {
    /// More copies of it, the same to the byte.
    Duplicate {
        /// How many more.
        copies: u8,
        /// All at the same moment, or each after the answer to the one before.
        at_once: bool,
    },
    /// It is sent only after the account's next push: they arrive in the wrong order. Its method returns at once.
    Hold,
    /// `signature` and `msg_signature` are made with another token.
    ForgedSignature,
    /// `signature` is right, `msg_signature` is made with another token; as the former in plain mode.
    ForgedMsgSignature,
    /// The message was sealed for another account, with this one's key.
    WrongAppId,
    /// One bit of the ciphertext is another; the signatures are made after that.
    FlippedCiphertext,
    /// `timestamp` lies in the past; the signatures are right.
    StaleTimestamp {
        /// By how much.
        seconds: i64,
    },
    /// The body is longer by so many bytes.
    Oversized {
        /// How many.
        bytes: u32,
    },
    /// The body begins with a document type.
    Doctype {
        /// In the message inside the ciphertext, not in what is around it.
        encrypted: bool,
    },
    /// The body has entities that grow to gigabytes.
    EntityBomb {
        /// In the message inside the ciphertext, not in what is around it.
        encrypted: bool,
    },
}
