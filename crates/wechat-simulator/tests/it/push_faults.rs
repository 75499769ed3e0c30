use serde_json::json;
use wechat_simulator::{PushFault, PushMode, PushOutcome, PushRecord, Simulator};

use crate::kit::{APP, get, post_json};
use crate::receiver::{Receiver, Seen, connected};

async fn struck(mode: PushMode, fault: PushFault) -> (Receiver, PushRecord) {
    let (simulator, receiver) = connected(mode).await;
    simulator.control().push_fault(APP, fault);
    let record = text(&simulator, "hi").await;
    (receiver, record)
}

async fn seen(mode: PushMode, fault: PushFault) -> Seen {
    struck(mode, fault).await.0.only()
}

async fn text(simulator: &Simulator, content: &str) -> PushRecord {
    simulator.control().send_text("zhangsan", APP, content).await.unwrap()
}

#[tokio::test]
async fn signatures_are_forged() {
    let plain = seen(PushMode::Plain, PushFault::ForgedSignature).await;
    assert!(!plain.signature_is_right());
    let safe = seen(PushMode::Safe, PushFault::ForgedSignature).await;
    assert!(!safe.signature_is_right() && !safe.msg_signature_is_right());
    let inner = seen(PushMode::Safe, PushFault::ForgedMsgSignature).await;
    assert!(inner.signature_is_right() && !inner.msg_signature_is_right());
}

#[tokio::test]
async fn ciphertexts_are_spoiled_and_still_signed() {
    let other = seen(PushMode::Safe, PushFault::WrongAppId).await;
    assert!(other.msg_signature_is_right());
    assert_ne!(other.opened().1, APP);
    let (receiver, record) = struck(PushMode::Safe, PushFault::FlippedCiphertext).await;
    let flipped = receiver.only();
    assert!(flipped.msg_signature_is_right());
    assert!(
        flipped
            .try_opened()
            .is_none_or(|(message, _)| message != record.message)
    );
}

#[tokio::test]
async fn a_stale_time_is_signed() {
    let (simulator, receiver) = connected(PushMode::Plain).await;
    simulator
        .control()
        .push_fault(APP, PushFault::StaleTimestamp { seconds: 3600 });
    let record = text(&simulator, "hi").await;
    let seen = receiver.only();
    assert!(seen.signature_is_right());
    let sent: i64 = seen.query["timestamp"].parse().unwrap();
    assert!((sent - (record.time - 3600)).abs() <= 2, "{sent}");
}

#[tokio::test]
async fn bodies_that_must_not_be_read() {
    let bytes = 100_000;
    let large = seen(PushMode::Safe, PushFault::Oversized { bytes }).await;
    assert!(large.body.len() > 100_000);
    let doctype = seen(PushMode::Plain, PushFault::Doctype { encrypted: false }).await;
    assert!(doctype.body.starts_with("<!DOCTYPE xml SYSTEM"));
    let inside = seen(PushMode::Safe, PushFault::Doctype { encrypted: true }).await;
    assert!(inside.body.starts_with("<xml>") && inside.opened().0.starts_with("<!DOCTYPE"));
    let bomb = seen(PushMode::Plain, PushFault::EntityBomb { encrypted: false }).await;
    assert!(bomb.body.contains("<!ENTITY a9") && bomb.body.contains("&a9;"));
    let inside = seen(PushMode::Safe, PushFault::EntityBomb { encrypted: true }).await;
    assert!(inside.msg_signature_is_right() && inside.opened().0.contains("&a9;"));
}

#[tokio::test]
async fn copies_are_the_same_to_the_byte() {
    for at_once in [false, true] {
        let (receiver, record) = struck(PushMode::Safe, PushFault::Duplicate { copies: 2, at_once }).await;
        let seen = receiver.seen();
        assert_eq!(seen.len(), 3);
        assert!(
            seen.iter()
                .all(|one| one.body == seen[0].body && one.query == seen[0].query)
        );
        let copies: Vec<bool> = record.attempts.iter().map(|attempt| attempt.copy).collect();
        assert_eq!(copies, [false, true, true]);
        assert_eq!(record.outcome, PushOutcome::Accepted);
    }
}

#[tokio::test]
async fn a_held_push_arrives_after_the_next() {
    let (simulator, receiver) = connected(PushMode::Plain).await;
    let control = simulator.control();
    control.push_fault(APP, PushFault::Hold);
    let first = text(&simulator, "first").await;
    assert_eq!(first.outcome, PushOutcome::Held);
    assert!(receiver.seen().is_empty());
    let second = text(&simulator, "second").await;
    let bodies: Vec<String> = receiver.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, [second.message, first.message]);
    let outcomes: Vec<PushOutcome> = control.pushes().iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [PushOutcome::Accepted, PushOutcome::Accepted]);
}

#[tokio::test]
async fn a_fault_strikes_one_push() {
    let (simulator, receiver) = connected(PushMode::Plain).await;
    let fault = json!({"app_id": APP, "fault": {"type": "forged_signature"}});
    post_json(&simulator, "/_sim/push-faults", &fault).await;
    let listed = get(&simulator, "/_sim/push-faults").await.json();
    assert_eq!(listed[APP], json!([{"type": "forged_signature"}]));
    text(&simulator, "a").await;
    text(&simulator, "b").await;
    let right: Vec<bool> = receiver.seen().iter().map(Seen::signature_is_right).collect();
    assert_eq!(right, [false, true]);
}
