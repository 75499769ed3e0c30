//! Whatever is posted to the push address: it is read or refused, never a panic, and never more than was said.

use hufu_provider_wechat::crypto::{EncodingAesKey, PushCipher, PushToken};
use hufu_provider_wechat::message::{Kind, MAX_BODY_BYTES, MessageError, Push, parse_push, parse_sealed};
use proptest::prelude::*;

const MESSAGES: [&str; 4] = [
    "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><FromUserName><![CDATA[o9AgO5Kd5ggOC-bXrbNODIiE3bGY]]>\
     </FromUserName><CreateTime>1714112445</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[SCAN]]>\
     </Event><EventKey><![CDATA[login_7f3a]]></EventKey><Ticket><![CDATA[gQH47j]]></Ticket></xml>",
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><xml><ToUserName>gh_97417a04a28d</ToUserName><FromUserName>o9AgO5Kd5ggOC\
     </FromUserName><CreateTime>1714112445</CreateTime><MsgType>text</MsgType><Content>&lt;&#20013;&amp;</Content>\
     <MsgId>23477643233435845</MsgId></xml>",
    r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC","CreateTime":1714112445,"MsgType":"event","Event":"subscribe","EventKey":"qrscene_login_7f3a","List":[{"a":1},{"a":[2]}]}"#,
    "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><Encrypt><![CDATA[ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzx\
     ZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==]]></Encrypt></xml>",
];

/// What an attacker would put in.
const INSERTS: [&str; 14] = [
    "<",
    ">",
    "&",
    "]]>",
    "<![CDATA[",
    "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
    "&e;",
    "&#0;",
    "<?x y?>",
    "<!--",
    "</xml>",
    "<Event>subscribe</Event>",
    "\"Event\":\"subscribe\",",
    "\0",
];

/// What holds for everything that was taken.
fn assert_sane(push: &Push, body: &[u8]) {
    let is_id = |id: &str| !id.is_empty() && id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(is_id(&push.from_user) && is_id(&push.to_user));
    assert!(push.create_time >= 0);
    assert!(push.raw.len() <= body.len());
    assert!(push.dedup_key().len() < 300);
    assert!(push.scene().is_none_or(|scene| !scene.is_empty()));
    match &push.kind {
        Kind::Text { content, .. } => assert!(!content.contains('\0')),
        Kind::Event(event) => assert!(event.fields.values().all(|value| !value.contains('\0'))),
        Kind::Other { msg_type, .. } => assert!(is_id(msg_type)),
    }
}

/// Everything that is done with a body, as the push address does it.
fn take(body: &[u8]) {
    if let Ok(push) = parse_push(body, MAX_BODY_BYTES) {
        assert_sane(&push, body);
    }
    let Ok(sealed) = parse_sealed(body, MAX_BODY_BYTES) else {
        return;
    };
    let token = PushToken::parse("AAAAA").unwrap();
    assert!(!token.signed_message("1", "2", &sealed.encrypt, "3"));
    let key = EncodingAesKey::parse(&"A".repeat(43)).unwrap();
    if let Ok(opened) = PushCipher::new("wxba5fad812f8e6fb9".to_owned(), key, None).open(&sealed.encrypt) {
        let _ = parse_push(&opened.message, MAX_BODY_BYTES);
    }
}

fn message() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&MESSAGES[..])
}

#[test]
fn the_messages_that_are_mutated_are_valid() {
    for body in &MESSAGES[..3] {
        assert_sane(
            &parse_push(body.trim().as_bytes(), MAX_BODY_BYTES).unwrap(),
            body.as_bytes(),
        );
    }
    assert!(parse_sealed(MESSAGES[3].as_bytes(), MAX_BODY_BYTES).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(body in prop::collection::vec(any::<u8>(), 0..600)) {
        take(&body);
    }

    #[test]
    fn random_markup(body in "[<>/!\\[\\]?&;#xml{}\":,a-c0-9 \\-]{0,200}") {
        take(body.as_bytes());
    }

    #[test]
    fn bytes_that_were_changed(body in message(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut body = body.as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place.index(body.len());
            body[place] = byte;
        }
        take(&body);
    }

    #[test]
    fn texts_that_were_put_in(
        body in message(),
        inserts in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&INSERTS[..])), 1..4),
    ) {
        let mut body = body.to_owned();
        for (place, insert) in &inserts {
            // All messages are ASCII.
            body.insert_str(place.index(body.len() + 1), insert);
        }
        take(body.as_bytes());
        // A document type is a text in there; anywhere else it refuses the whole.
        let hides_markup = ["<![CDATA[", "<!--", "{"].iter().any(|opening| body.contains(opening));
        if body.contains("<!DOCTYPE") && !hides_markup {
            prop_assert!(parse_push(body.as_bytes(), MAX_BODY_BYTES).is_err());
        }
    }

    #[test]
    fn bodies_that_were_cut(body in message(), at in any::<prop::sample::Index>()) {
        let cut = &body.as_bytes()[..at.index(body.len())];
        take(cut);
        prop_assert!(parse_push(cut, MAX_BODY_BYTES).is_err());
    }

    #[test]
    fn nesting(depth in 1_usize..2000, leave_open: bool) {
        let closing = if leave_open { String::new() } else { "</a>".repeat(depth) + "</xml>" };
        let xml = format!("<xml>{}{closing}", "<a>".repeat(depth));
        let json = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(if leave_open { 0 } else { depth }));
        for body in [xml, json] {
            let error = parse_push(body.as_bytes(), MAX_BODY_BYTES).unwrap_err();
            prop_assert!(depth <= 8 || error == MessageError::TooDeep, "{}", error);
        }
    }
}
