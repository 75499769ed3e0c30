//! Too many requests, as WeChat says it (Tencent's documentation, 全局返回码: 45011).

use axum::response::Response;
use hufu_web::error::caused;
use serde_json::json;

use super::wire;
use crate::Gateway;

const ERRCODE: i32 = 45_011;
const WORDS: &str = "api minute-quota reach limit, must slower, retry next minute";

/// For `/sns/…`.
pub(crate) fn sns(gateway: &Gateway) -> Response {
    let body = json!({"errcode": ERRCODE, "errmsg": format!("{WORDS}, rid: {}", gateway.site.engine.rid())});
    caused(wire::sns(&body, false), "rate_limited", "")
}

/// For `/cgi-bin/…`.
pub(crate) fn cgi(gateway: &Gateway) -> Response {
    let body = json!({"errcode": ERRCODE, "errmsg": format!("{WORDS} rid: {}", gateway.site.engine.rid())});
    caused(wire::cgi(&body), "rate_limited", "")
}
