//! Making a call once more.

use std::time::Duration;

use hufu_core::secret::SecretString;

use super::OfficialAccountApi;
use super::call::{Body, Method, Request, Value};
use super::endpoint::Endpoint;
use super::failure::{CallError, Failure};
use super::fields::Fields;

/// Before a call is made again.
const PAUSE: Duration = Duration::from_millis(100);

/// Makes a call, and once more after a failure for which `may_help` holds.
pub(crate) async fn once_more<T, F>(
    call: impl Fn() -> F,
    may_help: impl FnOnce(&CallError) -> bool,
) -> Result<T, CallError>
where
    F: Future<Output = Result<T, CallError>>,
{
    match call().await {
        Err(error) if may_help(&error) => {
            tokio::time::sleep(PAUSE).await;
            call().await
        }
        result => result,
    }
}

impl OfficialAccountApi {
    /// A GET, made once.
    pub(super) async fn get<T>(
        &self,
        endpoint: Endpoint,
        parameters: &[(&'static str, Value<'_>)],
        read: impl FnOnce(&Fields) -> Result<T, Failure>,
    ) -> Result<T, CallError> {
        let request = Request {
            endpoint,
            method: Method::Get,
            parameters,
        };
        self.call(&request, read).await
    }

    /// A GET that only reads, made once more when nobody answered or WeChat was busy.
    pub(super) async fn read<T>(
        &self,
        endpoint: Endpoint,
        parameters: &[(&'static str, Value<'_>)],
        read: impl Fn(&Fields) -> Result<T, Failure>,
    ) -> Result<T, CallError> {
        let may_help = |error: &CallError| endpoint.only_reads() && error.is_passing();
        once_more(|| self.get(endpoint, parameters, &read), may_help).await
    }

    /// A POST with the account's token, made once.
    pub(super) async fn post<T>(
        &self,
        endpoint: Endpoint,
        token: &SecretString,
        body: Body<'_>,
        read: impl FnOnce(&Fields) -> Result<T, Failure>,
    ) -> Result<T, CallError> {
        let request = Request {
            endpoint,
            method: Method::PostBody(body),
            parameters: &[("access_token", Value::secret(token))],
        };
        self.call(&request, read).await
    }
}
