//! `GET/POST …/client`: the first app, and what its developer copies.

use askama::Template;
use axum::extract::Path;
use hufu_core::manage::{ManageError, NewClient, OnboardingEdit};
use hufu_core::model::ClientKind;
use hufu_core::oidc::SigningAlgorithm;

use super::steps::At;
use super::wizard::{Rail, Wizard};
use crate::http::{Answer, Posted, SignedIn, Visitor};
use crate::pages::clients::app::Shown;
use crate::pages::clients::uris::{uris_field, uris_of, wrong_uris};
use crate::pages::connectors::shown;
use crate::ui::{Choice, Field, Frame};

#[derive(Template)]
#[template(path = "pages/onboarding/client.html")]
struct Page {
    frame: Frame,
    rail: Rail,
    /// The form, while there is no client.
    form: Option<Form>,
    shown: Option<Shown>,
}

struct Form {
    name: Field,
    kind: Field,
    uris: Field,
    trouble: String,
}

pub(super) async fn get(signed_in: SignedIn, Path((code, id)): Path<(String, String)>) -> Answer {
    let wizard = match Wizard::open_at(&signed_in, &code, &id, At::Client).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let name = wizard.tenant.tenant().name.clone();
    let uris = wizard.onboarding.redirect_uris.join("\n");
    let empty = form(&signed_in.visitor, &name, "confidential", &uris);
    Ok(signed_in.page(&Page {
        frame: wizard.frame(&signed_in, At::Client),
        rail: wizard.rail(&signed_in, At::Client),
        form: wizard.client.is_none().then_some(empty),
        shown: wizard
            .client
            .as_ref()
            .map(|client| Shown::of(&wizard.tenant, client, None)),
    }))
}

fn form(visitor: &Visitor, name: &str, kind: &str, uris: &str) -> Form {
    let confidential = Choice::new("confidential", visitor.text("onboarding.client_confidential"));
    let public = Choice::new("public", visitor.text("onboarding.client_public"));
    Form {
        name: Field::new("name", visitor.text("onboarding.client_name"))
            .hint(visitor.text("onboarding.client_name_hint"))
            .value(name)
            .required(),
        kind: Field::new("kind", visitor.text("onboarding.client_kind"))
            .value(kind)
            .required()
            .choices(vec![
                confidential.hint(visitor.text("onboarding.client_confidential_hint")),
                public.hint(visitor.text("onboarding.client_public_hint")),
            ]),
        uris: uris_field(visitor, uris).required(),
        trouble: String::new(),
    }
}

pub(super) async fn post(signed_in: SignedIn, Path((code, id)): Path<(String, String)>, posted: Posted) -> Answer {
    let mut wizard = match Wizard::open_at(&signed_in, &code, &id, At::Client).await? {
        Ok(wizard) => wizard,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if wizard.client.is_some() {
        // Sent twice: the first one counts.
        return get(signed_in, Path((code, id))).await;
    }
    let visitor = &signed_in.visitor;
    let uris = uris_of(&posted);
    let mut again = form(visitor, posted.get("name"), posted.get("kind"), &uris.join("\n"));
    again.uris.error = wrong_uris(visitor, &uris);
    if uris.is_empty() {
        again.uris.error = Some(visitor.say(&ManageError::NoRedirectUri.text()));
    }
    let made = if again.uris.error.is_some() {
        None
    } else {
        let new = NewClient {
            name: posted.get("name").to_owned(),
            kind: match posted.get("kind") {
                "public" => ClientKind::Public,
                _ => ClientKind::Confidential,
            },
            redirect_uris: uris,
            post_logout_redirect_uris: Vec::new(),
            scopes: Vec::new(),
            connectors: Vec::new(),
            id_token_alg: SigningAlgorithm::Rs256,
            snapshot_policy: wizard.onboarding.snapshot_policy,
        };
        match wizard.tenant.change_clients()?.add(new).await {
            Ok(made) => Some(made),
            Err(error) => {
                let error = shown(error)?;
                again.name.error = Some(visitor.say(&error.text()));
                None
            }
        }
    };
    let Some((client, secret)) = made else {
        again.trouble = visitor.text("onboarding.not_saved");
        return Ok(signed_in.again(&Page {
            frame: wizard.frame(&signed_in, At::Client),
            rail: wizard.rail(&signed_in, At::Client),
            form: Some(again),
            shown: None,
        }));
    };
    wizard.edit(OnboardingEdit::Client(client.id)).await?;
    // The step is done now.
    let wizard = Wizard::open(&signed_in, &code, &id).await?;
    let mut rail = wizard.rail(&signed_in, At::Client);
    if secret.is_some() {
        rail.next_label = visitor.text("onboarding.secret_kept");
    }
    // Not a redirect: the secret is in nobody's hands but this answer's.
    Ok(signed_in.page(&Page {
        frame: wizard.frame(&signed_in, At::Client),
        rail,
        form: None,
        shown: Some(Shown::of(&wizard.tenant, &client, secret.as_ref())),
    }))
}
