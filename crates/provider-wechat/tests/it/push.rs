//! A push from end to end, as the push address handles it.

use hufu_provider_wechat::crypto::{EncodingAesKey, KeyAge, PushCipher, PushToken};
use hufu_provider_wechat::message::{Format, Kind, MAX_BODY_BYTES, TextReply, parse_push, parse_sealed, sealed_xml};

const APP_ID: &str = "wxba5fad812f8e6fb9";
/// Vector A's `Encrypt` (Tencent's documentation, 安全模式).
const ENCRYPT: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzaz\
    hZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY\
    2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";

fn token() -> PushToken {
    PushToken::parse("AAAAA").unwrap()
}

fn cipher(previous: Option<&str>) -> PushCipher {
    let previous = previous.map(|key| EncodingAesKey::parse(key).unwrap());
    let current = if previous.is_some() { "B" } else { "A" };
    PushCipher::new(
        APP_ID.to_owned(),
        EncodingAesKey::parse(&current.repeat(43)).unwrap(),
        previous,
    )
}

#[test]
fn a_published_push_is_checked_opened_and_read() {
    let body = format!(
        "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><Encrypt><![CDATA[{ENCRYPT}]]></Encrypt></xml>"
    );
    let sealed = parse_sealed(body.as_bytes(), MAX_BODY_BYTES).unwrap();
    let signature = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
    assert!(token().signed_message("1714112445", "415670741", &sealed.encrypt, signature));
    // The key was changed here, and not at WeChat yet.
    let opened = cipher(Some(&"A".repeat(43))).open(&sealed.encrypt).unwrap();
    assert_eq!(opened.key, KeyAge::Previous);
    let push = parse_push(&opened.message, MAX_BODY_BYTES).unwrap();
    assert_eq!(
        (push.from_user.as_str(), push.format),
        ("o9AgO5Kd5ggOC-bXrbNODIiE3bGY", Format::Json)
    );
    assert!(push.event().unwrap().is("debug_demo"));
    assert_eq!(Some(push.to_user), sealed.to_user);
}

/// A reply is what a push would be: whoever has the key, WeChat, can check, open and read it.
#[test]
fn a_reply_is_readable_at_the_other_end() {
    let text = "已登录：]]> <b>\n点「确认」";
    let reply = TextReply {
        to_user: "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        from_user: "gh_97417a04a28d",
        create_time: 1_714_112_446,
        content: text,
    };
    let stamp = (1_714_112_446, "nonce1", *b"0123456789abcdef");
    let xml =
        sealed_xml(&cipher(None).seal_reply(KeyAge::Current, reply.to_xml().unwrap().as_bytes(), &token(), stamp));
    let signature = xml
        .split("<MsgSignature><![CDATA[")
        .nth(1)
        .unwrap()
        .split("]]>")
        .next()
        .unwrap();
    let sealed = parse_sealed(xml.as_bytes(), MAX_BODY_BYTES).unwrap();
    assert!(token().signed_message("1714112446", "nonce1", &sealed.encrypt, signature));
    let message = String::from_utf8(cipher(None).open(&sealed.encrypt).unwrap().message).unwrap();
    let with_id = message.replace("</xml>", "<MsgId>1</MsgId></xml>");
    let push = parse_push(with_id.as_bytes(), MAX_BODY_BYTES).unwrap();
    assert_eq!(
        (push.to_user.as_str(), push.from_user.as_str()),
        (reply.to_user, reply.from_user)
    );
    assert!(matches!(&push.kind, Kind::Text { content, .. } if content == text));
}
