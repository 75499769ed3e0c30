//! One call from end to end: send, read, write one line of log.

use hufu_core::secret::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::endpoint::Endpoint;
use super::failure::{CallError, Failure};
use super::fields::Fields;
use super::{OfficialAccountApi, envelope};

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
pub(super) enum Method {
    /// GET, in the query.
    Get,
    /// POST, as a JSON object.
    PostJson,
}

/// One call.
pub(super) struct Request<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) method: Method,
    pub(super) parameters: &'a [(&'static str, Value<'a>)],
}

impl Request<'_> {
    /// `text` without any of the call's secrets. Very short ones are no secrets and would shred the text.
    fn without_secrets(&self, text: &str) -> String {
        let secrets = self.parameters.iter().filter_map(|(_, value)| match value {
            Value::Secret(secret) if secret.len() >= 6 => Some(*secret),
            _ => None,
        });
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "[REDACTED]"))
    }
}

impl OfficialAccountApi {
    /// Makes a call and reads its fields.
    pub(super) async fn call<T>(
        &self,
        request: &Request<'_>,
        read: impl FnOnce(&Fields) -> Result<T, Failure>,
    ) -> Result<T, CallError> {
        let started = Instant::now();
        let answer = self.http.send(request, self.deadline).await;
        let fields = answer.and_then(|answer| envelope::read(&answer, |text| request.without_secrets(text)));
        let result = fields.and_then(|fields| read(&fields));
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
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
        result.map_err(|failure| CallError { endpoint: request.endpoint, failure })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_cut_out_of_texts() {
        let request = Request {
            endpoint: Endpoint::AccessToken,
            method: Method::Get,
            parameters: &[
                ("appid", Value::Open("wx8f3a1c5e7b9d2046")),
                ("secret", Value::Secret("5d0c7e1f93ab4862b7e4d1906fa8c235")),
                ("code", Value::Secret("a")),
            ],
        };
        assert_eq!(
            request.without_secrets("wx8f3a1c5e7b9d2046: 5d0c7e1f93ab4862b7e4d1906fa8c235 is bad"),
            "wx8f3a1c5e7b9d2046: [REDACTED] is bad"
        );
    }
}
