//! `POST /admin/tenants/{code}/connectors/{id}/push/mode`: how pushes are written, and for which account.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use hufu_core::manage::ConnectorEdit;

use super::show::{Form, MODE, ORIGINAL_ID, Trouble, again, refused};
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::{id, shown};
use crate::ui::Tone;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector)): Path<(String, String)>,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let connector = tenant.connector(id(&connector)?).await?;
    let values = vec![
        (MODE, posted.get(MODE).to_owned()),
        (ORIGINAL_ID, posted.get(ORIGINAL_ID).to_owned()),
    ];
    let settings: BTreeMap<_, _> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let edit = ConnectorEdit {
        name: connector.name.clone(),
        settings,
    };
    let error = match setup.edit_connector(connector.id, edit, posted.version()).await {
        Ok(_) => {
            let url = super::url(&tenant.tenant().code, connector.id);
            let text = signed_in.visitor.text("push.mode_saved");
            return Ok(flash_to(&console, Tone::Good, &text, &url));
        }
        Err(error) => shown(error)?,
    };
    let trouble = Trouble {
        values,
        ..refused(&signed_in.visitor, error, Form::Mode)
    };
    again(&console, &signed_in, &tenant, connector, trouble).await
}
