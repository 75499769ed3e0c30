//! Sends pushes: a deadline, three sends, and what the user sees of it.

use std::time::Duration;

use futures::future::join_all;
use reqwest::{RequestBuilder, Version};

use super::config::PushConfig;
use super::fault::PushFault;
use super::message::Message;
use super::record::{PushAttempt, PushOutcome, PushRecord};
use super::reply::{self, Reply};
use super::wrap::{Parts, Request};
use crate::simulator::Inner;

/// In total.
const SENDS: usize = 3;
/// More of an answer is not read.
const LARGEST_ANSWER: usize = 1 << 16;
const SHOWN: usize = 4000;
/// What WeChat tells the user if there is no good answer.
const EXCUSE: &str = "该公众号暂时无法提供服务，请稍后再试";

/// An answer as it came.
pub(super) struct Fetched {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// Sends one message of a user to an account, and whatever was held back before it.
pub(crate) async fn deliver(inner: &Inner, app_id: &str, user_id: &str, message: Message) -> PushRecord {
    let mut record = begun(inner, app_id, user_id, &message);
    let (config, fault, held) = {
        let mut world = inner.world();
        let desk = world.desks.entry(app_id.to_owned()).or_default();
        let fault = desk.config.as_ref().and_then(|_| desk.faults.pop_front());
        if fault == Some(PushFault::Hold) {
            record.outcome = PushOutcome::Held;
            desk.held.push((record.clone(), message));
            inner.pushes().put(&record);
            return record;
        }
        (desk.config.clone(), fault, std::mem::take(&mut desk.held))
    };
    let Some(config) = config else {
        record.outcome = PushOutcome::NotConfigured;
        inner.pushes().put(&record);
        return record;
    };
    send(inner, &config, &mut record, &message, fault).await;
    for (mut earlier, message) in held {
        send(inner, &config, &mut earlier, &message, None).await;
    }
    record
}

fn begun(inner: &Inner, app_id: &str, user_id: &str, message: &Message) -> PushRecord {
    PushRecord {
        id: inner.pushes().next_id(),
        time: message.created_at,
        app_id: app_id.to_owned(),
        user: user_id.to_owned(),
        openid: message.openid.clone(),
        msg_type: message.msg_type().to_owned(),
        event: message.event().map(str::to_owned),
        event_key: message.event_key(),
        msg_id: message.event().is_none().then(|| message.msg_id.clone()),
        message: message.xml(),
        attempts: Vec::new(),
        outcome: PushOutcome::Sending,
        user_saw: None,
    }
}

/// Until somebody answers; the log shows each step.
async fn send(
    inner: &Inner,
    config: &PushConfig,
    record: &mut PushRecord,
    message: &Message,
    fault: Option<PushFault>,
) {
    record.outcome = PushOutcome::Sending;
    inner.pushes().put(record);
    let (copies, at_once) = match fault {
        Some(PushFault::Duplicate { copies, at_once }) => (usize::from(copies), at_once),
        _ => (0, false),
    };
    let mut copied = None;
    for nth in 0..SENDS {
        let parts = Parts {
            config,
            app_id: &record.app_id,
            original_id: &message.original_id,
            openid: &message.openid,
            message: &record.message,
            now: inner.now(),
            fault,
        };
        let Some(request) = parts.request(&inner.random) else {
            break;
        };
        let together = if at_once && nth == 0 { copies } else { 0 };
        let sends = (0..=together).map(|_| posted(inner, request.clone()));
        let mut answers = join_all(sends).await.into_iter();
        let first = answers.next().unwrap_or_else(|| Err("not sent".to_owned()));
        let (attempt, outcome, saw) = judged(config, record, message, first);
        record.attempts.push(attempt);
        (record.outcome, record.user_saw) = (outcome, saw);
        for answer in answers {
            add_copy(config, record, message, answer);
        }
        inner.pushes().put(record);
        copied = Some(request);
        if outcome != PushOutcome::NoAnswer {
            break;
        }
    }
    if let Some(request) = copied.filter(|_| !at_once) {
        for _ in 0..copies {
            let answer = posted(inner, request.clone()).await;
            add_copy(config, record, message, answer);
        }
    }
    if !message.is_seen() {
        record.user_saw = None;
    }
    inner.pushes().put(record);
}

/// A copy's answer is looked at, but only the first send's reaches the user.
fn add_copy(config: &PushConfig, record: &mut PushRecord, message: &Message, answer: Result<Fetched, String>) {
    let (mut attempt, _, _) = judged(config, record, message, answer);
    attempt.copy = true;
    record.attempts.push(attempt);
}

fn judged(
    config: &PushConfig,
    record: &PushRecord,
    message: &Message,
    answer: Result<Fetched, String>,
) -> (PushAttempt, PushOutcome, Option<String>) {
    let excuse = || Some(EXCUSE.to_owned());
    let answer = match answer {
        Ok(answer) => answer,
        Err(problem) => {
            let attempt = PushAttempt {
                problem: Some(problem),
                ..PushAttempt::default()
            };
            return (attempt, PushOutcome::NoAnswer, excuse());
        }
    };
    let mut attempt = PushAttempt {
        status: Some(answer.status),
        answer: Some(String::from_utf8_lossy(&answer.body).chars().take(SHOWN).collect()),
        ..PushAttempt::default()
    };
    match reply::read(config, &record.app_id, message, answer.status, &answer.body) {
        Ok(Reply::Nothing) => (attempt, PushOutcome::Accepted, None),
        Ok(Reply::Message(text)) => (attempt, PushOutcome::Replied, Some(text)),
        Err(problem) => {
            attempt.problem = Some(problem);
            (attempt, PushOutcome::BadAnswer, excuse())
        }
    }
}

async fn posted(inner: &Inner, request: Request) -> Result<Fetched, String> {
    let client = inner.client().ok_or("no HTTP client")?;
    let request = client
        .post(request.url)
        .header("content-type", "text/xml")
        .body(request.body);
    fetched(inner, request).await
}

/// As WeChat was seen to ask: HTTP/1.0 and an old name.
pub(super) async fn fetched(inner: &Inner, request: RequestBuilder) -> Result<Fetched, String> {
    let request = request
        .version(Version::HTTP_10)
        .header("user-agent", "Mozilla/4.0")
        .timeout(inner.settings.push_deadline);
    let work = async {
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() >= LARGEST_ANSWER {
                break;
            }
        }
        Ok(Fetched { status, body })
    };
    work.await.map_err(|error: reqwest::Error| {
        if error.is_timeout() {
            format!("no answer within {}", seconds(inner.settings.push_deadline))
        } else {
            format!("no connection, or it broke: {}", root_cause(&error))
        }
    })
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
