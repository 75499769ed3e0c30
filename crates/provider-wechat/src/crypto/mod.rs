//! How pushed messages are signed and encrypted (Tencent's documentation, 消息加解密).
//!
//! The order on receipt: [`PushToken::signed_message`] first, [`PushCipher::open`] only for what WeChat signed.

mod cipher;
mod key;
mod padding;
mod signature;

pub use cipher::{KeyAge, Opened, PushCipher, Sealed, Unopenable};
pub use key::{EncodingAesKey, NoEncodingAesKey};
pub use signature::{NoPushToken, PushToken};
