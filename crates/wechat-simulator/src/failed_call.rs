//! Calls that failed, to be asked for by their rid.

use serde::Serialize;

/// For so long a rid can be asked for.
pub(crate) const REMEMBER_SECONDS: i64 = 7 * 86_400;
pub(crate) const MOST: usize = 1000;

/// Fields as `/cgi-bin/openapi/rid/get` names them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FailedCall {
    pub(crate) invoke_time: i64,
    pub(crate) cost_in_ms: u64,
    /// The query, with secrets, codes and tokens cut off.
    pub(crate) request_url: String,
    pub(crate) request_body: String,
    pub(crate) response_body: String,
    pub(crate) client_ip: String,
}
