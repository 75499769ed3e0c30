//! `POST /admin/tenants/{code}/connectors/{id}/push/secrets`: Token and EncodingAESKey, made here or typed in.

use axum::extract::{Path, State};
use hufu_core::manage::PushSecrets;
use hufu_core::secret::{ExposeSecret as _, SecretString};

use super::made::{self, Value};
use super::show::{Form, KEY, TOKEN, again, refused};
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
    let confirmed = signed_in.confirmed(&console)?;
    let connector = tenant.connector(id(&connector)?).await?;
    let visitor = &signed_in.visitor;
    let key_alone = match posted.get("do") {
        "generate" => Some(false),
        "key" => Some(true),
        _ => None,
    };
    let done = if let Some(key_alone) = key_alone {
        let made = setup.renew_push_secrets(confirmed, connector.id, key_alone).await;
        made.map(Some)
    } else {
        let given =
            |name: &str| Some(posted.secret(name)).filter(|secret: &SecretString| !secret.expose_secret().is_empty());
        let new = PushSecrets {
            token: given(TOKEN),
            key: given(KEY),
        };
        setup.set_push_secrets(confirmed, connector.id, new).await.map(|_| None)
    };
    match done {
        Ok(Some((token, key))) => {
            let token = token.map(|token| Value::new("push-token", visitor.text("push.token"), &token));
            let key = Value::new("push-key", visitor.text("push.key"), &key);
            let values = token.into_iter().chain([key]).collect();
            Ok(made::draw(&signed_in, &tenant, &connector, "push.made_secrets", values))
        }
        Ok(None) => {
            let url = super::url(&tenant.tenant().code, connector.id);
            let text = visitor.text("push.secrets_saved");
            Ok(flash_to(&console, Tone::Good, &text, &url))
        }
        Err(error) => {
            let trouble = refused(visitor, shown(error)?, Form::Secrets);
            again(&console, &signed_in, &tenant, connector, trouble).await
        }
    }
}
