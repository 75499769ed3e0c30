//! `POST /admin/operators/{id}/status`: disables who is active, once the login name was typed, and the other way round.

use axum::extract::{Path, Query, State};
use hufu_core::manage::OperatorEdit;
use hufu_core::model::Status;
use serde::Deserialize;

use super::{find, show};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::Tone;

/// The query.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::pages::staff) struct Asked {
    version: Option<u32>,
}

pub(in crate::pages::staff) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    posted: Posted,
) -> Answer {
    let staff = signed_in.access.staff()?;
    let operator = find(&staff, &id).await?;
    let visitor = &signed_in.visitor;
    let expected = asked.version.or_else(|| posted.version());
    if operator.status.is_active() && posted.get("confirm") != operator.login.as_str() {
        let text = visitor.text("staff.not_typed");
        return show::draw(&signed_in, &staff, operator, Some(text)).await;
    }
    let (status, key) = if operator.status.is_active() {
        (Status::Disabled, "staff.now_disabled")
    } else {
        (Status::Active, "staff.now_active")
    };
    let edit = OperatorEdit {
        name: operator.name.clone(),
        seat: operator.seat.clone(),
        status,
    };
    let confirmed = signed_in.confirmed(&console)?;
    match staff.change(confirmed, operator.id, edit, expected).await {
        Ok(operator) => {
            let text = visitor.text(key);
            Ok(flash_to(
                &console,
                Tone::Good,
                &text,
                &format!("/admin/operators/{}", operator.id),
            ))
        }
        Err(Refusal::Wrong(_, text)) => {
            let text = visitor.say(&text);
            show::draw(&signed_in, &staff, operator, Some(text)).await
        }
        Err(other) => Err(other),
    }
}
