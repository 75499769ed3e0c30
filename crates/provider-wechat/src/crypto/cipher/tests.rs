use proptest::prelude::*;

use super::*;

const APP_ID: &str = "wxba5fad812f8e6fb9";
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
/// Vector A: Tencent's documentation (消息加解密, 安全模式).
const A: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6J\
                 sXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8\
                 EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
const A_MESSAGE: &str = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;

fn key(text: &str) -> EncodingAesKey {
    EncodingAesKey::parse(text).unwrap()
}

fn zeros() -> EncodingAesKey {
    key(&"A".repeat(43))
}

fn cipher(app_id: &str, current: EncodingAesKey, previous: Option<EncodingAesKey>) -> PushCipher {
    PushCipher::new(app_id.to_owned(), current, previous)
}

fn token(text: &str) -> PushToken {
    PushToken::parse(text).unwrap()
}

#[test]
fn vector_a_is_signed_and_opened() {
    let signature = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
    assert!(token("AAAAA").signed_message("1714112445", "415670741", A, signature));
    assert!(!token("AAAAA").signed_message("1714112445", "415670742", A, signature));
    assert!(!token("AAAAA").signed_message("1714112445", "415670741", &A[1..], signature));
    let opened = cipher(APP_ID, zeros(), None).open(A).unwrap();
    assert_eq!(opened.message, A_MESSAGE.as_bytes());
    assert_eq!((opened.message.len(), opened.key), (167, KeyAge::Current));
    let sealed = cipher(APP_ID, zeros(), None).seal(KeyAge::Current, A_MESSAGE.as_bytes(), *b"a8eedb185eb2fecf");
    assert_eq!(sealed, A);
}

/// Tencent's documentation, the reply.
#[test]
fn vector_b_is_sealed_and_signed() {
    let reply = cipher(APP_ID, zeros(), None).seal_reply(
        KeyAge::Current,
        br#"{"demo_resp":"good luck"}"#,
        &token("AAAAA"),
        (1_713_424_427, "415670741", *b"707722b803182950"),
    );
    assert_eq!(
        reply.encrypt,
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    );
    assert_eq!(reply.msg_signature, "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1");
    assert_eq!((reply.timestamp, reply.nonce.as_str()), (1_713_424_427, "415670741"));
}

/// WxJava's test.
#[test]
fn vector_c_goes_both_ways() {
    let cipher = cipher("wxb11529c136998cb6", key(LETTERS), None);
    let reply = cipher.seal_reply(
        KeyAge::Current,
        "我是中文abcd123".as_bytes(),
        &token("pamtest"),
        (1_409_304_348, "xxxxxx", *b"aaaabbbbccccdddd"),
    );
    assert_eq!(
        reply.encrypt,
        "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
    );
    assert_eq!(reply.msg_signature, "82c962d39941aa48552f90ef55aa323dc620cc10");
    assert_eq!(
        cipher.open(&reply.encrypt).unwrap().message,
        "我是中文abcd123".as_bytes()
    );
}

#[test]
fn another_accounts_message_is_not_opened() {
    for other in [
        "wxba5fad812f8e6fb8",
        "wxba5fad812f8e6fb",
        "wxba5fad812f8e6fb90",
        "",
        "WXBA5FAD812F8E6FB9",
    ] {
        assert_eq!(cipher(other, zeros(), None).open(A), Err(Unopenable), "{other}");
    }
}

#[test]
fn a_damaged_message_is_not_opened() {
    let cipher = cipher(APP_ID, zeros(), None);
    let bytes = STANDARD.decode(A).unwrap();
    // A bit in the middle only changes the text: CBC does not notice, the signature does.
    for place in [16, 17, 18, 19, bytes.len() - 33, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x80;
        assert_eq!(cipher.open(&STANDARD.encode(damaged)), Err(Unopenable), "byte {place}");
    }
    for length in 0..bytes.len() {
        assert_eq!(
            cipher.open(&STANDARD.encode(&bytes[..length])),
            Err(Unopenable),
            "{length} bytes"
        );
    }
}

#[test]
fn what_is_no_base64_is_not_opened() {
    let cipher = cipher(APP_ID, zeros(), None);
    for wrong in [
        "",
        "=",
        "****",
        &A[..A.len() - 1],
        &format!("{A}\n"),
        &A.replace('+', "-"),
        "密文",
    ] {
        assert_eq!(cipher.open(wrong), Err(Unopenable), "{wrong}");
    }
}

/// A length that reaches past the end, up to one that would overflow when added to.
#[test]
fn a_length_that_cannot_be_is_refused() {
    for length in [0_u32, 6, 7, 8, 25, 26, 0x7fff_ffff, 0xffff_ffeb, u32::MAX] {
        let mut text = b"aaaabbbbccccdddd".to_vec();
        text.extend_from_slice(&length.to_be_bytes());
        text.extend_from_slice(b"message");
        text.extend_from_slice(APP_ID.as_bytes());
        padding::pad(&mut text);
        let (blocks, _) = Array::slice_as_chunks_mut(&mut text);
        let key = zeros();
        cbc::Encryptor::<Aes256>::new(key.bytes().into(), &key.iv().into()).encrypt_blocks(blocks);
        let opened = cipher(APP_ID, zeros(), None).open(&STANDARD.encode(text));
        assert_eq!(opened.is_ok(), length == 7, "{length}");
    }
}

#[test]
fn both_keys_open_while_the_key_is_changed() {
    let (old, new) = (zeros(), key(LETTERS));
    let changing = cipher(APP_ID, new.clone(), Some(old.clone()));
    let opened = changing.open(A).unwrap();
    assert_eq!(
        (opened.message.as_slice(), opened.key),
        (A_MESSAGE.as_bytes(), KeyAge::Previous)
    );
    let fresh = cipher(APP_ID, new.clone(), None).seal(KeyAge::Current, b"new", [1; 16]);
    assert_eq!(changing.open(&fresh).unwrap().key, KeyAge::Current);
    let reply = changing.seal(KeyAge::Previous, b"reply", [2; 16]);
    assert!(
        cipher(APP_ID, old, None).open(&reply).is_ok(),
        "WeChat knows the old key only"
    );
    assert_eq!(cipher(APP_ID, new, None).open(A), Err(Unopenable));
}

#[test]
fn neither_keys_nor_messages_are_shown() {
    let cipher = cipher(APP_ID, key(LETTERS), Some(zeros()));
    let opened = cipher.open(A).unwrap();
    let shown = format!("{cipher:?} {opened:?}");
    assert!(!shown.contains(LETTERS) && !shown.contains("hello"), "{shown}");
}

proptest! {
    #[test]
    fn what_was_sealed_is_opened(message in prop::collection::vec(any::<u8>(), 0..300), random: [u8; 16]) {
        let cipher = cipher(APP_ID, key(LETTERS), None);
        let sealed = cipher.seal(KeyAge::Current, &message, random);
        prop_assert_eq!(cipher.open(&sealed).unwrap().message, message);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let cipher = cipher(APP_ID, zeros(), Some(key(LETTERS)));
        prop_assert_eq!(cipher.open(&STANDARD.encode(bytes)), Err(Unopenable));
    }

    #[test]
    fn random_texts_never_panic(text in ".{0,200}") {
        prop_assert_eq!(cipher(APP_ID, zeros(), None).open(&text), Err(Unopenable));
    }
}
