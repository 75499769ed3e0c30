//! `/admin/api-keys/{id}/revoke`: asks for the key's name, then it works no longer.

use askama::Template;
use axum::extract::{Path, State};
use hufu_core::clock::Timestamp;
use hufu_core::ids::ApiKeyId;
use hufu_core::model::ApiKey;

use super::crumbs;
use crate::access::Staff;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::{Confirm, Frame, Tone};

#[derive(Template)]
#[template(path = "pages/staff/key_revoke.html")]
struct Page {
    frame: Frame,
    key: ApiKey,
    now: Timestamp,
    confirm: Confirm,
}

pub(in crate::pages::staff) async fn get(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    let staff = signed_in.access.staff()?;
    let key = find(&staff, &id).await?;
    Ok(signed_in.page(&draw(&signed_in, key, None)))
}

pub(in crate::pages::staff) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let staff = signed_in.access.staff()?;
    let key = find(&staff, &id).await?;
    let visitor = &signed_in.visitor;
    if posted.get("confirm") != key.name {
        let text = visitor.text("staff.not_typed");
        return Ok(signed_in.again(&draw(&signed_in, key, Some(text))));
    }
    staff.revoke_key(key.id).await?;
    let text = visitor.text("staff.key_now_revoked");
    Ok(flash_to(&console, Tone::Good, &text, "/admin/api-keys"))
}

async fn find(staff: &Staff, id: &str) -> Result<ApiKey, Refusal> {
    let id: ApiKeyId = id.parse().map_err(|_| Refusal::NotFound)?;
    let keys = staff.keys().await?;
    keys.into_iter().find(|key| key.id == id).ok_or(Refusal::NotFound)
}

fn draw(signed_in: &SignedIn, key: ApiKey, error: Option<String>) -> Page {
    let visitor = &signed_in.visitor;
    let confirm = Confirm {
        id: "confirm".to_owned(),
        action: format!("/admin/api-keys/{}/revoke", key.id),
        expected: key.name.clone(),
        warning: visitor.text("staff.key_revoke_warning"),
        button: visitor.text("staff.key_revoke"),
        error,
    };
    Page {
        frame: signed_in.frame("keys", "staff.key_revoke", crumbs(signed_in, "staff.key_revoke")),
        key,
        now: signed_in.access.overview().now(),
        confirm,
    }
}
