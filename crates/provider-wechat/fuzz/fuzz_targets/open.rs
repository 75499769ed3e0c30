//! The encrypted part of a push.
#![no_main]

use hufu_provider_wechat::crypto::{EncodingAesKey, PushCipher};

libfuzzer_sys::fuzz_target!(|encrypt: &str| {
    let key = EncodingAesKey::parse(&"A".repeat(43)).expect("a key");
    let _ = PushCipher::new("wxba5fad812f8e6fb9".to_owned(), key, None).open(encrypt);
});
