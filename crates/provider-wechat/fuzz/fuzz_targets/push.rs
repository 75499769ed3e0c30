//! The body of a push, plain and encrypted.
#![no_main]

use hufu_provider_wechat::message::{MAX_BODY_BYTES, parse_push, parse_sealed};

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    if let Ok(push) = parse_push(body, MAX_BODY_BYTES) {
        let _ = (push.dedup_key(), push.scene());
    }
    let _ = parse_sealed(body, MAX_BODY_BYTES);
});
