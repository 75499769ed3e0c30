//! The JSON admin API.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::merge::{merged, refused, required};
use crate::account::Account;
use crate::control::Control;
use crate::fault::Fault;
use crate::next_user::NextUser;
use crate::quota::Quotas;
use crate::simulator::Inner;
use crate::user::User;

/// Enough to see what is going on; a load test may have a hundred thousand.
const CODES_SHOWN: usize = 100;

pub(super) async fn accounts(State(control): State<Control>) -> Json<Vec<Account>> {
    Json(control.accounts())
}

pub(super) async fn put_account(State(control): State<Control>, Json(sent): Json<Value>) -> Response {
    let account = required(&sent, "app_id").and_then(|app_id| {
        let known = control.accounts().into_iter().find(|account| account.app_id == app_id);
        merged(&known.unwrap_or_default(), sent)
    });
    match account {
        Ok(account) => {
            control.add_account(account.clone());
            Json(account).into_response()
        }
        Err(problem) => refused(&problem),
    }
}

/// Users, each with the ids the accounts see.
pub(super) async fn users(State(control): State<Control>) -> Json<Value> {
    let accounts = control.accounts();
    let describe = |user: &User| {
        let ids = accounts.iter().map(|account| {
            let ids = json!({
                "openid": control.openid(&user.id, &account.app_id),
                "unionid": control.unionid(&user.id, &account.app_id),
            });
            (account.app_id.clone(), ids)
        });
        let mut described = json!(user);
        described["ids"] = Value::Object(ids.collect());
        described
    };
    Json(control.users().iter().map(describe).collect())
}

pub(super) async fn put_user(State(control): State<Control>, Json(sent): Json<Value>) -> Response {
    let user = required(&sent, "id").and_then(|id| {
        let known = control.users().into_iter().find(|user| user.id == id);
        merged(&known.unwrap_or_default(), sent)
    });
    match user {
        Ok(user) => {
            control.add_user(user.clone());
            Json(user).into_response()
        }
        Err(problem) => refused(&problem),
    }
}

pub(super) async fn next_users(State(inner): State<Arc<Inner>>) -> Json<Vec<NextUser>> {
    Json(inner.world().next_users.iter().cloned().collect())
}

pub(super) async fn add_next_user(State(control): State<Control>, Json(next): Json<NextUser>) -> Json<NextUser> {
    control.next_user(next.clone());
    Json(next)
}

pub(super) async fn clear_next_users(State(control): State<Control>) -> Json<Value> {
    control.clear_next_users();
    Json(json!({}))
}

#[derive(Deserialize)]
pub(super) struct AlwaysUser {
    user: Option<String>,
}

pub(super) async fn always_user(State(inner): State<Arc<Inner>>) -> Json<Value> {
    Json(json!({ "user": inner.world().always_user }))
}

pub(super) async fn set_always_user(State(control): State<Control>, Json(sent): Json<AlwaysUser>) -> Json<Value> {
    control.always_user(sent.user.clone());
    Json(json!({ "user": sent.user }))
}

#[derive(Deserialize)]
pub(super) struct Move {
    advance: i64,
}

pub(super) async fn clock(State(inner): State<Arc<Inner>>) -> Json<Value> {
    Json(json!({ "now": inner.now(), "offset": inner.clock.offset() }))
}

pub(super) async fn move_clock(State(inner): State<Arc<Inner>>, Json(sent): Json<Move>) -> Json<Value> {
    inner.clock.advance(sent.advance);
    clock(State(inner)).await
}

pub(super) async fn faults(State(control): State<Control>) -> Json<Vec<Fault>> {
    Json(control.faults())
}

pub(super) async fn add_fault(State(control): State<Control>, Json(fault): Json<Fault>) -> Json<Fault> {
    control.fault(fault.clone());
    Json(fault)
}

pub(super) async fn clear_faults(State(control): State<Control>) -> Json<Value> {
    control.clear_faults();
    Json(json!({}))
}

pub(super) async fn requests(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let log = inner.log();
    Json(json!({ "enabled": log.is_on(), "counts": log.counts(), "requests": log.entries() }))
}

#[derive(Deserialize)]
pub(super) struct Switch {
    enabled: bool,
}

pub(super) async fn switch_log(State(control): State<Control>, Json(sent): Json<Switch>) -> Json<Value> {
    control.log_requests(sent.enabled);
    Json(json!({ "enabled": sent.enabled }))
}

pub(super) async fn clear_requests(State(control): State<Control>) -> Json<Value> {
    control.clear_requests();
    Json(json!({}))
}

pub(super) async fn quotas(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let now = inner.now();
    let mut world = inner.world();
    let used = world.usage.used(now);
    Json(json!({ "limits": world.quotas, "used": used }))
}

/// Sets limits; what has been used is forgotten.
pub(super) async fn set_quotas(State(control): State<Control>, Json(sent): Json<Value>) -> Response {
    match merged::<Quotas>(&control.quotas(), sent) {
        Ok(quotas) => {
            control.set_quotas(quotas.clone());
            Json(quotas).into_response()
        }
        Err(problem) => refused(&problem),
    }
}

/// The newest codes, as they are: nothing here is worth stealing.
pub(super) async fn codes(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let now = inner.now();
    let world = inner.world();
    let live = world.codes.newest().filter(|(_, entry)| !entry.is_expired(now));
    let codes = live.take(CODES_SHOWN).map(|(code, entry)| {
        json!({
            "code": code,
            "app_id": &*entry.grant.app_id,
            "user": entry.grant.person.user_id,
            "openid": entry.grant.person.openid,
            "scope": entry.grant.scope.as_str(),
            "snapshot": entry.grant.person.snapshot,
            "issued_at": entry.issued_at,
            "used_at": entry.used_at,
        })
    });
    Json(codes.collect())
}
