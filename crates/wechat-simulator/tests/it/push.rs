use axum::http::Version;
use serde_json::json;
use wechat_simulator::{ControlError, PushConfigError, PushMode, PushOutcome};

use crate::kit::{APP, demo, get, post, post_json};
use crate::receiver::{Answer, Receiver, connected, field, sealed, text_reply};

const EXCUSE: &str = "该公众号暂时无法提供服务，请稍后再试";

#[tokio::test]
async fn saving_needs_the_echo() {
    let simulator = demo();
    let control = simulator.control();
    let receiver = Receiver::start().await;
    let good = receiver.config(PushMode::Safe);
    let mut wrong = good.clone();
    wrong.token = "another".into();
    let error = control.save_push_config(APP, wrong).await.unwrap_err();
    assert!(
        matches!(error, PushConfigError::WrongAnswer { status: 403, .. }),
        "{error}"
    );
    let mut nobody = good.clone();
    nobody.url = "http://127.0.0.1:9/push".into();
    let error = control.save_push_config(APP, nobody).await.unwrap_err();
    assert!(matches!(error, PushConfigError::NoAnswer(_)), "{error}");
    assert_eq!(control.push_config(APP), None);
    let error = control.save_push_config("wx1", good.clone()).await;
    assert_eq!(error, Err(PushConfigError::Account));
    control.save_push_config(APP, good.clone()).await.unwrap();
    assert_eq!(control.push_config(APP), Some(good));
    assert!(receiver.seen().is_empty(), "no push yet");
}

#[tokio::test]
async fn plain_mode() {
    let (simulator, receiver) = connected(PushMode::Plain).await;
    let control = simulator.control();
    let openid = control.openid("zhangsan", APP);
    receiver.answer(Answer::Body(text_reply(&openid, "你好")));
    let record = control.send_text("zhangsan", APP, "在吗]]>").await.unwrap();
    assert_eq!(record.outcome, PushOutcome::Replied);
    assert_eq!(record.user_saw.as_deref(), Some("你好"));
    let seen = receiver.only();
    assert!(seen.signature_is_right());
    assert_eq!(seen.query["openid"], openid);
    assert!(!seen.query.contains_key("encrypt_type") && !seen.query.contains_key("msg_signature"));
    assert_eq!(seen.body, record.message);
    assert_eq!(field(&seen.body, "FromUserName"), Some(openid));
    assert_eq!(field(&seen.body, "MsgId"), record.msg_id);
    assert_eq!(seen.headers["content-type"], "text/xml");
    assert_eq!(seen.headers["user-agent"], "Mozilla/4.0");
    assert_eq!(seen.version, Version::HTTP_10);
    assert_eq!(control.pushes_of(APP), [record]);
}

#[tokio::test]
async fn safe_mode() {
    let (simulator, receiver) = connected(PushMode::Safe).await;
    let control = simulator.control();
    let openid = control.openid("zhangsan", APP);
    receiver.answer(Answer::Body(sealed(&text_reply(&openid, "好"), APP)));
    let record = control.send_text("zhangsan", APP, "hi").await.unwrap();
    assert_eq!(record.user_saw.as_deref(), Some("好"));
    let seen = receiver.only();
    assert_eq!(seen.query["encrypt_type"], "aes");
    assert!(seen.signature_is_right() && seen.msg_signature_is_right());
    assert_eq!(seen.opened(), (record.message, APP.to_owned()));
    assert!(field(&seen.body, "Content").is_none());
    assert_eq!(field(&seen.body, "ToUserName").as_deref(), Some("gh_8f3a1c5e7b9d"));
    receiver.answer(Answer::Body(text_reply(&openid, "好")));
    let record = control.send_text("zhangsan", APP, "hi").await.unwrap();
    assert_eq!(record.outcome, PushOutcome::BadAnswer, "not encrypted");
    receiver.answer(Answer::Body(sealed(&text_reply(&openid, "好"), "wx0")));
    let record = control.send_text("zhangsan", APP, "hi").await.unwrap();
    assert_eq!(record.outcome, PushOutcome::BadAnswer, "for another account");
    assert_eq!(record.user_saw.as_deref(), Some(EXCUSE));
}

#[tokio::test]
async fn compatible_mode_has_both() {
    let (simulator, receiver) = connected(PushMode::Compatible).await;
    let control = simulator.control();
    let record = control.send_text("zhangsan", APP, "hi").await.unwrap();
    let seen = receiver.only();
    assert_eq!(field(&seen.body, "Content").as_deref(), Some("hi"));
    assert_eq!(seen.opened().0, record.message);
    assert!(seen.msg_signature_is_right());
    let openid = control.openid("zhangsan", APP);
    for reply in [text_reply(&openid, "好"), sealed(&text_reply(&openid, "好"), APP)] {
        receiver.answer(Answer::Body(reply));
        let record = control.send_text("zhangsan", APP, "hi").await.unwrap();
        assert_eq!(record.outcome, PushOutcome::Replied);
    }
}

#[tokio::test]
async fn no_answer_in_time_means_three_sends_of_the_same() {
    let (simulator, receiver) = connected(PushMode::Safe).await;
    for _ in 0..3 {
        receiver.answer(Answer::Silence);
    }
    let record = simulator.control().send_text("zhangsan", APP, "hi").await.unwrap();
    assert_eq!(record.outcome, PushOutcome::NoAnswer);
    assert_eq!(record.user_saw.as_deref(), Some(EXCUSE));
    assert_eq!(record.attempts.len(), 3);
    assert!(record.attempts[0].problem.as_ref().unwrap().contains("0.3 s"));
    let seen = receiver.seen();
    assert_eq!(seen.len(), 3);
    assert!(
        seen.iter().all(|seen| seen.opened().0 == record.message),
        "same MsgId and CreateTime"
    );
}

#[tokio::test]
async fn the_second_send_may_succeed() {
    let (simulator, receiver) = connected(PushMode::Plain).await;
    receiver.answer(Answer::Silence);
    let record = simulator.control().send_text("zhangsan", APP, "hi").await.unwrap();
    assert_eq!((record.outcome, record.attempts.len()), (PushOutcome::Accepted, 2));
    assert_eq!(record.user_saw, None);
}

#[tokio::test]
async fn a_server_that_is_gone_is_tried_three_times() {
    let (simulator, receiver) = connected(PushMode::Plain).await;
    let control = simulator.control();
    let mut config = receiver.config(PushMode::Plain);
    config.url = "http://127.0.0.1:9/".into();
    control.put_push_config(APP, Some(config));
    let record = control.send_text("zhangsan", APP, "hi").await.unwrap();
    assert_eq!((record.outcome, record.attempts.len()), (PushOutcome::NoAnswer, 3));
}

#[tokio::test]
async fn a_bad_answer_is_not_repeated() {
    let (simulator, receiver) = connected(PushMode::Plain).await;
    let control = simulator.control();
    let to_another = text_reply("oSomebodyElse", "好");
    let too_long = text_reply(&control.openid("zhangsan", APP), &"字".repeat(683));
    for bad in [r#"{"errcode":0}"#, "<html></html>", &to_another, &too_long] {
        receiver.answer(Answer::Body(bad.to_owned()));
        let record = control.send_text("zhangsan", APP, "hi").await.unwrap();
        assert_eq!(
            (record.outcome, record.attempts.len()),
            (PushOutcome::BadAnswer, 1),
            "{bad}"
        );
        assert_eq!(record.user_saw.as_deref(), Some(EXCUSE));
    }
    receiver.answer(Answer::Status(500));
    let record = control.send_text("zhangsan", APP, "hi").await.unwrap();
    assert_eq!(record.outcome, PushOutcome::BadAnswer);
    receiver.answer(Answer::Body(String::new()));
    assert!(control.send_text("zhangsan", APP, "hi").await.unwrap().accepted());
}

#[tokio::test]
async fn followers_come_and_go() {
    let (simulator, receiver) = connected(PushMode::Plain).await;
    let control = simulator.control();
    let error = control.send_text("lisi", APP, "hi").await;
    assert_eq!(error, Err(ControlError::NotFollowing));
    let record = control.follow("lisi", APP).await.unwrap();
    assert_eq!(record.event.as_deref(), Some("subscribe"));
    assert_eq!(field(&receiver.only().body, "EventKey").as_deref(), Some(""));
    assert!(control.follows("lisi", APP));
    assert_eq!(control.follow("lisi", APP).await, Err(ControlError::AlreadyFollowing));
    let location = control.send_location("lisi", APP, 23.137466, 113.352425, 119.0).await;
    assert!(location.unwrap().message.contains("<Latitude>23.137466</Latitude>"));
    receiver.answer(Answer::Body("nonsense".into()));
    let record = control.unfollow("lisi", APP).await.unwrap();
    assert_eq!(record.event.as_deref(), Some("unsubscribe"));
    assert_eq!(record.user_saw, None, "nobody is there to see it");
    assert_eq!(control.unfollow("lisi", APP).await, Err(ControlError::NotFollowing));
    assert_eq!(control.follow("nobody", APP).await, Err(ControlError::UnknownUser));
    assert_eq!(control.follow("lisi", "wx1").await, Err(ControlError::UnknownAccount));
}

#[tokio::test]
async fn without_a_configuration_nothing_is_sent() {
    let simulator = demo();
    let record = simulator.control().send_text("zhangsan", APP, "hi").await.unwrap();
    assert_eq!(record.outcome, PushOutcome::NotConfigured);
    assert!(record.attempts.is_empty());
}

#[tokio::test]
async fn all_of_it_over_http() {
    let simulator = demo();
    let receiver = Receiver::start().await;
    let mut config = json!(receiver.config(PushMode::Safe));
    config["app_id"] = json!(APP);
    let saved = post_json(&simulator, "/_sim/push-config", &config).await;
    assert_eq!(saved.json(), json!({"ok": true}));
    config["token"] = json!("wrong");
    let refused = post_json(&simulator, "/_sim/push-config", &config).await;
    assert_eq!(refused.status, 422);
    let listed = get(&simulator, "/_sim/push-config").await.json();
    assert_eq!(listed[APP]["token"], crate::receiver::TOKEN);
    let who = json!({"user": "lisi", "app_id": APP});
    let pushed = post_json(&simulator, "/_sim/follow", &who).await.json();
    assert_eq!(
        (&pushed["event"], &pushed["outcome"]),
        (&json!("subscribe"), &json!("accepted"))
    );
    let text = json!({"user": "lisi", "app_id": APP, "content": "hi"});
    assert_eq!(
        post_json(&simulator, "/_sim/text", &text).await.json()["msg_type"],
        "text"
    );
    let place = json!({"user": "lisi", "app_id": APP, "latitude": 1.0, "longitude": 2.0});
    assert_eq!(
        post_json(&simulator, "/_sim/location", &place).await.json()["event"],
        "LOCATION"
    );
    assert_eq!(
        post_json(&simulator, "/_sim/unfollow", &who).await.json()["event"],
        "unsubscribe"
    );
    assert_eq!(post_json(&simulator, "/_sim/unfollow", &who).await.status, 422);
    let pushes = get(&simulator, &format!("/_sim/pushes?app_id={APP}")).await.json();
    assert_eq!(pushes.as_array().unwrap().len(), 4);
    assert_eq!(receiver.seen().len(), 4);
}

#[tokio::test]
async fn people_do_it_with_forms() {
    let simulator = demo();
    let receiver = Receiver::start().await;
    let form = "application/x-www-form-urlencoded";
    let config = format!(
        "app_id={APP}&url={}&token={}&encoding_aes_key={}&mode=safe",
        receiver.url,
        crate::receiver::TOKEN,
        crate::receiver::KEY
    );
    let saved = post(&simulator, "/_sim/forms/push-config", form, &config).await;
    assert_eq!(saved.status, 303);
    let chat = format!("app_id={APP}&user=lisi&action=follow");
    post(&simulator, "/_sim/forms/chat", form, &chat).await;
    let note = post(&simulator, "/_sim/forms/chat", form, &chat).await;
    let place = note.header(axum::http::header::LOCATION).to_owned();
    let page = get(&simulator, &place).await;
    assert!(page.body.contains("用户已关注该公众号"));
    assert!(page.body.contains(&receiver.url) && page.body.contains("subscribe") && page.body.contains("已接收"));
    let scan = post(&simulator, "/_sim/forms/scan", form, "user=lisi&typed=gQ").await;
    let page = get(&simulator, scan.header(axum::http::header::LOCATION)).await;
    assert!(page.body.contains("没有这个二维码"));
    assert_eq!(receiver.seen().len(), 1);
}
