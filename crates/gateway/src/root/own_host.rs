//! `GET /own-host?domain=…`: whether a name is one that Hufu answers under. For a proxy that fetches certificates when
//! they are first needed and must not do so for every name that somebody points at it.

use axum::extract::{RawQuery, State};
use http::StatusCode;
use hufu_core::model::HostName;
use hufu_core::oidc::Form;

use crate::Gateway;

pub(crate) async fn get(State(gateway): State<Gateway>, RawQuery(query): RawQuery) -> StatusCode {
    let form = Form::parse(query.unwrap_or_default().as_bytes()).ok();
    let domain = form.and_then(|form| form.get("domain").ok().flatten().map(str::to_owned));
    let Some(domain) = domain.map(|domain| domain.to_ascii_lowercase()) else {
        return StatusCode::BAD_REQUEST;
    };
    if domain == gateway.site.public_url.host() {
        return StatusCode::OK;
    }
    let Ok(host) = domain.parse::<HostName>() else {
        return StatusCode::NOT_FOUND;
    };
    match gateway.site.engine.store().lookup_tenant_by_host(&host).await {
        Ok(Some(_)) => StatusCode::OK,
        Ok(None) => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
