//! `POST /admin/tenants/{code}/connectors/{id}/push/replay`: dead deliveries are sent again.

use axum::extract::{Path, State};

use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::id;
use crate::ui::{Tone, texts};

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let connector = tenant.connector(id(&connector)?).await?;
    let one = posted.some("delivery").map(|one| id(&one)).transpose()?;
    let count = setup.replay(connector.id, one).await?;
    let visitor = &signed_in.visitor;
    let url = super::url(&tenant.tenant().code, connector.id);
    let (tone, text) = match count {
        0 => (Tone::Info, visitor.text("push.replayed_none")),
        count => (
            Tone::Good,
            texts::text_with(visitor.locale, "push.replayed", &[("count", &count.to_string())]),
        ),
    };
    Ok(flash_to(&console, tone, &text, &url))
}
