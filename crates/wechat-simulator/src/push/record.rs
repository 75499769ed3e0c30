//! What became of a push.

use serde::Serialize;

/// One push, with all its sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushRecord {
    /// Counts up from 1.
    pub id: u64,
    /// Seconds since 1970 on the simulator's clock: the message's `CreateTime`.
    pub time: i64,
    /// The account it was pushed to.
    pub app_id: String,
    /// The user who did something.
    pub user: String,
    /// The user's openid there.
    pub openid: String,
    /// `text` or `event`.
    pub msg_type: String,
    /// `subscribe`, `SCAN`, `CLICK` …
    pub event: Option<String>,
    /// `EventKey`, where there is one.
    pub event_key: Option<String>,
    /// `MsgId` of a text.
    pub msg_id: Option<String>,
    /// The message as XML, before encryption.
    pub message: String,
    /// The sends, in order.
    pub attempts: Vec<PushAttempt>,
    /// How it ended.
    pub outcome: PushOutcome,
    /// What the user saw in the chat: the reply, or WeChat's excuse.
    pub user_saw: Option<String>,
}

/// One send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PushAttempt {
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The answer's first 4000 characters.
    pub answer: Option<String>,
    /// Why there was no answer, or what is wrong with it.
    pub problem: Option<String>,
    /// A further copy, sent because of [`PushFault::Duplicate`](crate::PushFault::Duplicate).
    pub copy: bool,
}

/// How a push ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PushOutcome {
    /// The account has no server configuration: nothing was sent.
    NotConfigured,
    /// Waits until the account's next push has been sent, because of [`PushFault::Hold`](crate::PushFault::Hold).
    Held,
    /// Is being sent.
    Sending,
    /// Answered with `success` or nothing.
    Accepted,
    /// Answered with a message that the user saw.
    Replied,
    /// Answered with something that is no answer.
    BadAnswer,
    /// Not answered, three times.
    NoAnswer,
}

impl PushRecord {
    /// Whether the server accepted it, with a reply or without.
    pub fn accepted(&self) -> bool {
        matches!(self.outcome, PushOutcome::Accepted | PushOutcome::Replied)
    }
}
