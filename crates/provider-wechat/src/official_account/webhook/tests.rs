//! The three modes, and every reason for which a push is not taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hufu_core::clock::{SystemClock, SystemRandom};
use hufu_core::model::{Connector, Status};
use hufu_core::provider::{MemoryMeter, MemoryTokens, Provider, ProviderHost, ProviderKind as _};
use hufu_core::secret::SecretString;

use super::*;
use crate::{Config, WechatOfficialAccount};

const APP_ID: &str = "wx8f3a1c5e7b9d2046";
const OWN: &str = "gh_97417a04a28d";
const NOW: Timestamp = Timestamp::from_millis(1_714_112_445_000);
const TOKEN: &str = "AAAAA";

fn key(letter: char) -> String {
    letter.to_string().repeat(43)
}

fn account(mode: &str, before: Option<char>) -> Arc<dyn Provider> {
    let host = ProviderHost {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        tokens: Arc::new(MemoryTokens::new(Arc::new(SystemClock))),
        meter: Arc::new(MemoryMeter::default()),
    };
    let settings = [("appid", APP_ID), ("push_mode", mode), ("original_id", OWN)];
    let mut secrets: BTreeMap<String, SecretString> = BTreeMap::from([
        ("secret".to_owned(), "5d0c7e1f93ab4862b7e4d1906fa8c235".into()),
        ("push_token".to_owned(), TOKEN.into()),
        ("push_key".to_owned(), key('B').into()),
    ]);
    if let Some(before) = before {
        secrets.insert("push_key_before".to_owned(), key(before).into());
    }
    let connector = Connector {
        id: "01JD0000000000000000000000".parse().unwrap(),
        tenant_id: "01JD0000000000000000000000".parse().unwrap(),
        kind: "wechat-official-account".to_owned(),
        name: "x".to_owned(),
        status: Status::Active,
        settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        secrets,
        secrets_at: Timestamp::default(),
        created_at: Timestamp::default(),
        version: 1,
    };
    let kind = WechatOfficialAccount::new(Config::default()).unwrap();
    kind.open(&connector, &host).unwrap()
}

/// A push on its way, of which a test spoils something.
#[derive(Clone)]
struct Sent {
    query: Vec<(String, String)>,
    body: String,
}

impl Sent {
    fn with(mut self, name: &str, value: &str) -> Self {
        self.query.retain(|(known, _)| known != name);
        self.and(name, value)
    }

    fn and(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.query.retain(|(known, _)| known != name);
        self
    }

    fn receive(&self, account: &dyn Provider) -> Result<Push, PushRefused> {
        account
            .webhook()
            .unwrap()
            .receive(&self.query, self.body.as_bytes(), NOW)
    }

    fn refusal(&self, account: &dyn Provider) -> &'static str {
        self.receive(account).map(|push| push.key).unwrap_err().code
    }
}

fn token() -> PushToken {
    PushToken::parse(TOKEN).unwrap()
}

fn text(to: &str, content: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>\
         <CreateTime>1714112440</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content>\
         <MsgId>23477643233435845</MsgId></xml>"
    )
}

fn plain(message: &str) -> Sent {
    let (timestamp, nonce) = (NOW.as_secs().to_string(), "415670741".to_owned());
    let signature = token().sign_query(&timestamp, &nonce);
    Sent {
        query: vec![
            ("signature".to_owned(), signature),
            ("timestamp".to_owned(), timestamp),
            ("nonce".to_owned(), nonce),
            ("openid".to_owned(), "o1".to_owned()),
        ],
        body: message.to_owned(),
    }
}

fn sealed_by(letter: char, app_id: &str, message: &str) -> Sent {
    let cipher = PushCipher::new(app_id.to_owned(), EncodingAesKey::parse(&key(letter)).unwrap(), None);
    sealed_as(&cipher.seal(KeyAge::Current, message.as_bytes(), [7; 16]))
}

fn sealed_as(encrypt: &str) -> Sent {
    let sent = plain("");
    let (timestamp, nonce) = (sent.query[1].1.clone(), sent.query[2].1.clone());
    let signature = token().sign_message(&timestamp, &nonce, encrypt);
    let mut sent = sent.and("encrypt_type", "aes").and("msg_signature", &signature);
    sent.body =
        format!("<xml><ToUserName><![CDATA[{OWN}]]></ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>");
    sent
}

fn sealed(message: &str) -> Sent {
    sealed_by('B', APP_ID, message)
}

#[test]
fn every_mode_takes_its_own() {
    let message = text(OWN, "登录");
    let (plain, sealed) = (plain(&message), sealed(&message));
    for (mode, sent, is_sealed) in [
        ("plain", &plain, false),
        ("safe", &sealed, true),
        ("compatible", &sealed, true),
    ] {
        let push = sent.receive(&*account(mode, None)).unwrap();
        assert_eq!(
            (push.from.as_str(), push.to.as_str(), push.sealed),
            ("o1", OWN, is_sealed),
            "{mode}"
        );
        assert_eq!(push.key, "message:23477643233435845");
        assert_eq!(push.body, message);
        assert_eq!(push.at.as_secs(), 1_714_112_440);
        assert!(matches!(push.event, PushEvent::Text { content } if content == "登录"));
    }
    assert!(account("off", None).webhook().is_none());
}

#[test]
fn in_compatible_mode_the_unsigned_part_is_not_read() {
    let mut sent = sealed(&text(OWN, "signed"));
    sent.body = sent.body.replace(
        "<Encrypt>",
        "<FromUserName>victim</FromUserName><MsgType>text</MsgType><Content>forged</Content><MsgId>1</MsgId><Encrypt>",
    );
    let push = sent.receive(&*account("compatible", None)).unwrap();
    assert_eq!(push.from, "o1");
    assert!(matches!(push.event, PushEvent::Text { content } if content == "signed"));
}

/// Each code, and what brings it about. A code that nothing brings about is no code.
#[test]
fn every_refusal_has_its_code() {
    let (safe, open) = (account("safe", None), account("plain", None));
    let message = text(OWN, "x");
    let (good, clear) = (sealed(&message), plain(&message));
    let seconds = |by: i64| (NOW.as_secs() + by).to_string();
    let stale = |by: i64| {
        let signature = token().sign_query(&seconds(by), "415670741");
        clear
            .clone()
            .with("timestamp", &seconds(by))
            .with("signature", &signature)
    };
    let body = |sent: &Sent, body: &str| Sent {
        body: body.to_owned(),
        ..sent.clone()
    };
    let mut flipped = good.body.clone();
    let place = flipped.find("<Encrypt><![CDATA[").unwrap() + 40;
    let flipped_encrypt = {
        let letter = if flipped.as_bytes()[place] == b'A' { "B" } else { "A" };
        flipped.replace_range(place..=place, letter);
        flipped
            .split("CDATA[")
            .nth(2)
            .unwrap()
            .split(']')
            .next()
            .unwrap()
            .to_owned()
    };
    let doctype = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
    let cases: Vec<(&str, &dyn Provider, Sent)> = vec![
        (code::QUERY, &*open, clear.clone().without("timestamp")),
        (code::QUERY, &*open, clear.clone().without("signature")),
        (code::QUERY, &*open, clear.clone().and("nonce", "1")),
        (code::QUERY, &*open, clear.clone().with("timestamp", "12x")),
        (code::QUERY, &*open, clear.clone().with("timestamp", "-1714112445")),
        (code::QUERY, &*safe, good.clone().without("msg_signature")),
        (code::QUERY, &*safe, good.clone().with("encrypt_type", "des")),
        (code::STALE, &*open, stale(-601)),
        (code::STALE, &*open, stale(601)),
        (code::SIGNATURE, &*open, clear.clone().with("nonce", "2")),
        (code::SIGNATURE, &*open, clear.clone().with("signature", "")),
        (
            code::SIGNATURE,
            &*safe,
            good.clone().with("msg_signature", &clear.query[0].1),
        ),
        (code::SIGNATURE, &*safe, body(&good, &flipped)),
        (code::MODE, &*safe, clear.clone()),
        (code::MODE, &*safe, clear.clone().and("encrypt_type", "raw")),
        (code::MODE, &*open, good.clone()),
        (code::TOO_LARGE, &*open, body(&clear, &"a".repeat(MAX_BODY_BYTES + 1))),
        (code::MALFORMED, &*open, body(&clear, "<xml>")),
        (code::MALFORMED, &*open, body(&clear, &format!("{doctype}{message}"))),
        (code::MALFORMED, &*safe, body(&good, &format!("{doctype}{}", good.body))),
        (code::MALFORMED, &*safe, sealed(&format!("{doctype}{message}"))),
        (code::UNOPENABLE, &*safe, sealed_as(&flipped_encrypt)),
        (code::UNOPENABLE, &*safe, sealed_as("AAAA")),
        (code::UNOPENABLE, &*safe, sealed_by('C', APP_ID, &message)),
        (code::UNOPENABLE, &*safe, sealed_by('B', "wx0000000000000000", &message)),
        (code::ANOTHER_ACCOUNT, &*safe, sealed(&text("gh_000000000000", "x"))),
    ];
    let mut seen = BTreeSet::new();
    for (n, (code, account, sent)) in cases.into_iter().enumerate() {
        assert_eq!(sent.refusal(account), code, "case {n}");
        seen.insert(code);
    }
    let push = good.receive(&*safe).unwrap();
    for wrong in ["", &"a".repeat(MAX_REPLY_BYTES + 1), "a\0"] {
        seen.insert(safe.webhook().unwrap().reply(&push, wrong, NOW).unwrap_err().code);
    }
    let all = BTreeSet::from([
        code::QUERY,
        code::STALE,
        code::SIGNATURE,
        code::MODE,
        code::TOO_LARGE,
        code::MALFORMED,
        code::UNOPENABLE,
        code::ANOTHER_ACCOUNT,
        code::REPLY,
    ]);
    assert_eq!(seen, all);
    for (account, sent) in [(&open, stale(-600)), (&open, stale(600)), (&safe, good)] {
        assert!(sent.receive(&**account).is_ok(), "the ends of the window");
    }
}

#[test]
fn the_handshake_gives_back_what_has_the_right_form() {
    let account = account("safe", None);
    let shake = |sent: &Sent| account.webhook().unwrap().handshake(&sent.query, NOW);
    let good = plain("").and("echostr", "4375120948345356249");
    assert_eq!(shake(&good).unwrap(), "4375120948345356249");
    let refusal = |sent: Sent| shake(&sent).unwrap_err().code;
    assert_eq!(refusal(good.clone().with("signature", "0")), code::SIGNATURE);
    assert_eq!(refusal(good.clone().with("timestamp", "1714100000")), code::STALE);
    assert_eq!(refusal(good.clone().with("echostr", "<script>")), code::QUERY);
    assert_eq!(refusal(good.without("echostr")), code::QUERY);
}

#[test]
fn while_the_key_changes_both_work_and_the_reply_is_sealed_as_the_push_was() {
    let account = account("safe", Some('C'));
    for letter in ['B', 'C'] {
        let push = sealed_by(letter, APP_ID, &text(OWN, "x")).receive(&*account).unwrap();
        let answer = account.webhook().unwrap().reply(&push, "你好", NOW).unwrap();
        assert_eq!(answer.content_type, "text/xml");
        let outside = parse_sealed(answer.body.as_bytes(), MAX_BODY_BYTES).unwrap();
        let cipher = PushCipher::new(APP_ID.to_owned(), EncodingAesKey::parse(&key(letter)).unwrap(), None);
        let inside = String::from_utf8(cipher.open(&outside.encrypt).unwrap().message).unwrap();
        assert!(inside.contains("<Content><![CDATA[你好]]></Content>"), "{inside}");
        assert!(inside.contains("<ToUserName><![CDATA[o1]]></ToUserName>"), "{inside}");
        assert!(
            inside.contains(&format!("<FromUserName><![CDATA[{OWN}]]></FromUserName>")),
            "{inside}"
        );
        let field = |name: &str| {
            let rest = answer.body.split(&format!("<{name}>")).nth(1).unwrap();
            let value = rest.split(&format!("</{name}>")).next().unwrap();
            value.trim_start_matches("<![CDATA[").trim_end_matches("]]>").to_owned()
        };
        let signed = token().signed_message(
            &field("TimeStamp"),
            &field("Nonce"),
            &outside.encrypt,
            &field("MsgSignature"),
        );
        assert!(signed);
    }
    let stranger = sealed_by('D', APP_ID, &text(OWN, "x"));
    assert_eq!(stranger.refusal(&*account), code::UNOPENABLE);
}

#[test]
fn events_have_their_names() {
    let account = account("plain", None);
    let event = |rest: &str| {
        let message = text(OWN, "")
            .replace("<![CDATA[text]]>", "event")
            .replace("<Content><![CDATA[]]></Content><MsgId>23477643233435845</MsgId>", rest);
        let push = plain(&message).receive(&*account).unwrap();
        let reply = account.webhook().unwrap().reply(&push, "hi", NOW).unwrap();
        assert!(reply.body.starts_with("<xml><ToUserName>"), "{}", reply.body);
        (push.key, push.event)
    };
    let (key, scanned) = event("<Event>SCAN</Event><EventKey>login_7</EventKey>");
    assert_eq!(
        scanned,
        PushEvent::Scanned {
            scene: "login_7".to_owned()
        }
    );
    assert_eq!(key, "event:o1:1714112440:SCAN");
    let by_scan = event("<Event>subscribe</Event><EventKey>qrscene_login_7</EventKey>").1;
    let scene = Some("login_7".to_owned());
    assert_eq!(by_scan, PushEvent::Subscribed { scene });
    let by_search = event("<Event>subscribe</Event><EventKey></EventKey>").1;
    assert_eq!(by_search, PushEvent::Subscribed { scene: None });
    assert_eq!(event("<Event>unsubscribe</Event>").1, PushEvent::Unsubscribed);
    assert_eq!(event("<Event>CLICK</Event><EventKey>k</EventKey>").1.name(), "CLICK");
    assert_eq!(account.webhook().unwrap().accepted().body, "success");
}
