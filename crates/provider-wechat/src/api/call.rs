//! One call from end to end: send, read, write one line of log, measure.

use hufu_core::secret::{ExposeSecret as _, SecretString};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::endpoint::Endpoint;
use super::failure::{CallError, Failure};
use super::fields::Fields;
use super::{OfficialAccountApi, envelope};
use crate::measures;

/// Anything shorter is no secret, and cutting it out would shred the text.
const SHORTEST: usize = 6;

/// A parameter's value. The protocol wants secrets in the query; whatever is one is cut out of everything that is
/// kept of the call.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Open(&'a str),
    Secret(&'a str),
    Flag(bool),
}

impl<'a> Value<'a> {
    pub(super) fn secret(secret: &'a SecretString) -> Self {
        Self::Secret(secret.expose_secret())
    }

    pub(super) const fn expose(self) -> &'a str {
        match self {
            Self::Open(text) | Self::Secret(text) => text,
            Self::Flag(true) => "true",
            Self::Flag(false) => "false",
        }
    }
}

/// How the parameters travel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Method<'a> {
    /// GET, in the query.
    Get,
    /// POST, as a JSON object.
    PostJson,
    /// POST: the parameters in the query, and this.
    PostBody(Body<'a>),
}

/// A body that is no flat object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Body<'a> {
    /// JSON.
    pub(super) json: &'a str,
    /// What of it must not be kept of the call, should WeChat repeat it.
    pub(super) secrets: &'a [&'a str],
}

/// One call.
pub(super) struct Request<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) method: Method<'a>,
    pub(super) parameters: &'a [(&'static str, Value<'a>)],
}

impl OfficialAccountApi {
    /// Makes a call and reads its fields.
    pub(super) async fn call<T>(
        &self,
        request: &Request<'_>,
        read: impl FnOnce(&Fields) -> Result<T, Failure>,
    ) -> Result<T, CallError> {
        let started = Instant::now();
        let span = measures::span(request.endpoint);
        let sent = async {
            self.count(request.endpoint.path());
            self.http.send(request, self.deadline).await
        };
        let answer = self.in_turn(request.endpoint, sent).instrument(span.clone()).await;
        let fields = answer.and_then(|answer| envelope::read(&answer, |text| self.redact(request, text)));
        let result = fields.and_then(|fields| read(&fields));
        let took = started.elapsed();
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let failure = result.as_ref().err();
        let refusal = failure.and_then(Failure::refusal);
        tracing::info!(
            endpoint = request.endpoint.path(),
            outcome = failure.map_or("ok", Failure::outcome),
            errcode = refusal.map(|refusal| refusal.errcode),
            rid = refusal.and_then(|refusal| refusal.rid.as_deref()),
            millis,
            "wechat.call"
        );
        let outcome = failure.map_or("ok", Failure::outcome);
        measures::called(&span, request.endpoint, outcome, refusal.map(|it| it.errcode), took);
        result.map_err(|failure| CallError {
            endpoint: request.endpoint,
            failure,
        })
    }

    /// `text` without the AppSecret and the call's other secrets.
    fn redact(&self, request: &Request<'_>, text: &str) -> String {
        let sent = request.parameters.iter().filter_map(|(_, value)| match value {
            Value::Secret(secret) => Some(*secret),
            Value::Open(_) | Value::Flag(_) => None,
        });
        let in_body = match request.method {
            Method::PostBody(body) => body.secrets,
            Method::Get | Method::PostJson => &[],
        };
        let secrets = sent
            .chain(in_body.iter().copied())
            .chain([self.secret.expose_secret()])
            .filter(|secret| secret.len() >= SHORTEST);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "[REDACTED]"))
    }
}
