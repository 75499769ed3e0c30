use super::*;

const OPENID: &str = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY";

fn message(rest: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><FromUserName><![CDATA[{OPENID}]]></FromUserName>\
         <CreateTime>1714112445</CreateTime>{rest}</xml>"
    )
}

fn event_of(rest: &str) -> Push {
    let body = message(&format!("<MsgType><![CDATA[event]]></MsgType>{rest}"));
    parse_push(body.as_bytes(), MAX_BODY_BYTES).unwrap()
}

fn error(body: &str) -> MessageError {
    parse_push(body.as_bytes(), MAX_BODY_BYTES).unwrap_err()
}

#[test]
fn a_text() {
    let body = message(
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[登录 <b>&amp; ]]></Content>\
         <MsgId>23477643233435845</MsgId>",
    );
    let push = parse_push(body.as_bytes(), MAX_BODY_BYTES).unwrap();
    assert_eq!(
        (push.to_user.as_str(), push.from_user.as_str()),
        ("gh_97417a04a28d", OPENID)
    );
    assert_eq!((push.create_time, push.format), (1_714_112_445, Format::Xml));
    let kind = Kind::Text {
        content: "登录 <b>&amp; ".to_owned(),
        msg_id: "23477643233435845".to_owned(),
    };
    assert_eq!(push.kind, kind);
    assert_eq!(push.dedup_key(), "message:23477643233435845");
    assert_eq!((push.scene(), push.raw.as_str()), (None, body.as_str()));
    let shown = format!("{push:?}");
    assert!(!shown.contains("登录") && !shown.contains(OPENID), "{shown}");
}

#[test]
fn a_follower_scans() {
    let push = event_of(
        "<Event><![CDATA[SCAN]]></Event><EventKey><![CDATA[login_7f3a]]></EventKey><Ticket><![CDATA[gQH47j]]></Ticket>",
    );
    let event = push.event().unwrap();
    assert_eq!((event.name.as_str(), event.ticket.as_deref()), ("SCAN", Some("gQH47j")));
    assert_eq!(push.scene(), Some("login_7f3a"));
    assert_eq!(push.dedup_key(), format!("event:{OPENID}:1714112445:SCAN"));
}

#[test]
fn somebody_follows_by_scanning_or_otherwise() {
    let scene = |key: &str| {
        let push = event_of(&format!(
            "<Event>subscribe</Event><EventKey><![CDATA[{key}]]></EventKey>"
        ));
        push.scene().map(str::to_owned)
    };
    assert_eq!(scene("qrscene_login_7f3a").as_deref(), Some("login_7f3a"));
    assert_eq!(scene("qrscene_123").as_deref(), Some("123"));
    assert_eq!(scene("qrscene_"), None);
    assert_eq!(scene(""), None);
    assert_eq!(scene("last_trade_no_4007"), None, "a key that is no scene");
    assert_eq!(event_of("<Event>subscribe</Event>").scene(), None);
    assert_eq!(
        event_of("<Event>CLICK</Event><EventKey>qrscene_x</EventKey>").scene(),
        None
    );
    assert_eq!(event_of("<Event>SCAN</Event><EventKey></EventKey>").scene(), None);
    assert_eq!(
        event_of("<Event>unsubscribe</Event><EventKey/>").event().unwrap().key,
        None
    );
}

#[test]
fn a_place() {
    let push = event_of(
        "<Event>LOCATION</Event><Latitude>23.137466</Latitude><Longitude>113.352425</Longitude>\
         <Precision>119.385040</Precision>",
    );
    let expected = Location {
        latitude: 23.137_466,
        longitude: 113.352_425,
        precision: 119.385_04,
    };
    assert_eq!(push.event().unwrap().location, Some(expected));
    let odd = "<MsgType>event</MsgType><Event>LOCATION</Event><Latitude>NaN</Latitude><Longitude>1</Longitude>";
    assert_eq!(error(&message(odd)), MessageError::Invalid("Latitude"));
}

#[test]
fn other_fields_are_kept() {
    let push = event_of(
        "<Event>scancode_waitmsg</Event><EventKey>6</EventKey><ScanCodeInfo><ScanType>qrcode</ScanType>\
         <ScanResult>1</ScanResult></ScanCodeInfo><List><item>a</item><item>b</item></List><MenuId>4</MenuId>",
    );
    let fields = &push.event().unwrap().fields;
    assert_eq!(fields["ScanCodeInfo.ScanType"], "qrcode");
    assert_eq!(
        (fields["List.item"].as_str(), fields["List.item[1]"].as_str()),
        ("a", "b")
    );
    assert_eq!(fields["MenuId"], "4");
    assert!(!fields.contains_key("EventKey") && !fields.contains_key("FromUserName"));
}

#[test]
fn a_picture() {
    let body = message("<MsgType>image</MsgType><PicUrl>http://x</PicUrl><MediaId>m</MediaId><MsgId>12</MsgId>");
    let push = parse_push(body.as_bytes(), MAX_BODY_BYTES).unwrap();
    let kind = Kind::Other {
        msg_type: "image".to_owned(),
        msg_id: Some("12".to_owned()),
    };
    assert_eq!((push.kind.clone(), push.dedup_key().as_str()), (kind, "message:12"));
    let odd = parse_push(message("<MsgType>odd</MsgType>").as_bytes(), MAX_BODY_BYTES).unwrap();
    assert_eq!(odd.dedup_key(), format!("event:{OPENID}:1714112445:odd"));
}

/// Vector A's message.
#[test]
fn json_says_the_same() {
    let body = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;
    let push = parse_push(body.as_bytes(), MAX_BODY_BYTES).unwrap();
    assert_eq!((push.format, push.create_time), (Format::Json, 1_714_112_445));
    assert_eq!(push.event().unwrap().fields["debug_str"], "hello world");
    assert_eq!(push.dedup_key(), format!("event:{OPENID}:1714112445:debug_demo"));
    let twice = body.replace("\"Event\":", "\"Event\":\"SCAN\",\"Event\":");
    assert_eq!(error(&twice), MessageError::Repeated("Event"));
}

#[test]
fn fields_that_decide_stand_once() {
    for name in ONCE {
        let rest = format!("<MsgType>event</MsgType><Event>SCAN</Event><{name}>1</{name}><{name}>1</{name}>");
        assert_eq!(error(&message(&rest)), MessageError::Repeated(name));
    }
    let nested = message("<MsgType>event</MsgType><Event>SCAN</Event><EventKey><a>1</a></EventKey>");
    assert_eq!(error(&nested), MessageError::Invalid("EventKey"));
}

#[test]
fn fields_that_are_missing_or_odd() {
    let text = "<MsgType>text</MsgType><Content>a</Content><MsgId>1</MsgId>";
    let whole = message(text);
    assert!(parse_push(whole.as_bytes(), MAX_BODY_BYTES).is_ok());
    for name in [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Content",
        "MsgId",
    ] {
        let without = whole.replace(name, "Renamed");
        assert_eq!(error(&without), MessageError::Missing(name));
    }
    let odd = [
        ("<CreateTime>1714112445", "<CreateTime>yesterday", "CreateTime"),
        ("<CreateTime>1714112445", "<CreateTime>-1", "CreateTime"),
        ("<MsgId>1", "<MsgId>-1", "MsgId"),
        ("<MsgId>1", "<MsgId>1' OR 1", "MsgId"),
        ("<MsgType>text", "<MsgType>文", "MsgType"),
        ("<MsgType>text", "<MsgType>", "MsgType"),
        (OPENID, "", "FromUserName"),
        (OPENID, "o o", "FromUserName"),
        ("gh_97417a04a28d", "账号", "ToUserName"),
    ];
    for (from, to, name) in odd {
        assert_eq!(error(&whole.replace(from, to)), MessageError::Invalid(name), "{to}");
    }
    assert_eq!(
        error(&whole.replace(OPENID, &"o".repeat(129))),
        MessageError::Invalid("FromUserName")
    );
}

#[test]
fn bodies_are_bounded_and_utf_8() {
    let limit = MAX_BODY_BYTES;
    let body = message(&format!(
        "<MsgType>event</MsgType><Event>x</Event><P>{}</P>",
        "x".repeat(limit)
    ));
    assert_eq!(parse_push(body.as_bytes(), limit), Err(MessageError::TooLong { limit }));
    assert!(parse_push(body.as_bytes(), limit * 2).is_ok());
    assert_eq!(parse_push(b"<xml>\xff</xml>", limit), Err(MessageError::NotUtf8));
    let marked = format!("\u{feff}\n{}\n", message("<MsgType>event</MsgType><Event>x</Event>"));
    assert!(parse_push(marked.as_bytes(), limit).is_ok());
}

#[test]
fn the_outside_of_an_encrypted_push() {
    let body = "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><Encrypt><![CDATA[+qdx1O==]]></Encrypt></xml>";
    let sealed = parse_sealed(body.as_bytes(), MAX_BODY_BYTES).unwrap();
    assert_eq!(
        (sealed.to_user.as_deref(), sealed.encrypt.as_str()),
        (Some("gh_97417a04a28d"), "+qdx1O==")
    );
    let json = parse_sealed(br#"{"ToUserName":"gh_1","Encrypt":"AA=="}"#, MAX_BODY_BYTES).unwrap();
    assert_eq!((json.encrypt.as_str(), json.format), ("AA==", Format::Json));
    let compatible = message("<MsgType>text</MsgType><Content>plain</Content><Encrypt>BB==</Encrypt>");
    assert_eq!(
        parse_sealed(compatible.as_bytes(), MAX_BODY_BYTES).unwrap().encrypt,
        "BB=="
    );
    let none = parse_sealed(message("").as_bytes(), MAX_BODY_BYTES);
    assert_eq!(none, Err(MessageError::Missing("Encrypt")));
    let twice = parse_sealed(b"<xml><Encrypt>A</Encrypt><Encrypt>B</Encrypt></xml>", MAX_BODY_BYTES);
    assert_eq!(twice, Err(MessageError::Repeated("Encrypt")));
}
