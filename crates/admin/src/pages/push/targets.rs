//! `POST /admin/tenants/{code}/connectors/{id}/push/targets…`: receivers are added, changed and taken away.

use axum::extract::{Path, State};
use hufu_core::manage::TargetEdit;

use super::made::{self, Value};
use super::show::{Form, Trouble, again, refused};
use crate::console::Console;
use crate::http::{Answer, Posted, SignedIn, flash_to};
use crate::pages::connectors::{id, shown};
use crate::ui::Tone;

fn events(typed: &str) -> Vec<String> {
    let names = typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、'));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

pub(super) async fn add(
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
    let new = TargetEdit {
        url: posted.get("url").to_owned(),
        events: events(posted.get("events")),
        on: true,
    };
    match setup.add_push_target(confirmed, connector.id, new).await {
        Ok((_, secret)) => {
            let values = vec![Value::new("push-secret", visitor.text("push.target_secret"), &secret)];
            Ok(made::draw(&signed_in, &tenant, &connector, "push.made_target", values))
        }
        Err(error) => {
            let trouble = Trouble {
                values: vec![
                    ("url", posted.get("url").to_owned()),
                    ("events", posted.get("events").to_owned()),
                ],
                ..refused(visitor, shown(error)?, Form::Target)
            };
            again(&console, &signed_in, &tenant, connector, trouble).await
        }
    }
}

type At = Path<(String, String, String)>;

pub(super) async fn post(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector, target)): At,
    posted: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let connector = tenant.connector(id(&connector)?).await?;
    let own = |name: &str| posted.get(&format!("{name}-{target}")).to_owned();
    let edit = TargetEdit {
        url: own("url"),
        events: events(&own("events")),
        on: posted.is_ticked(&format!("on-{target}")),
    };
    let edited = setup.edit_push_target(connector.id, id(&target)?, edit, posted.version());
    match edited.await {
        Ok(_) => {
            let url = super::url(&tenant.tenant().code, connector.id);
            let text = signed_in.visitor.text("push.target_saved");
            Ok(flash_to(&console, Tone::Good, &text, &url))
        }
        Err(error) => {
            // The forms of receivers lie folded: what is wrong is said above them.
            let error = shown(error)?;
            let trouble = Trouble {
                text: signed_in.visitor.say(&error.text()),
                form: Form::Target,
                ..Trouble::default()
            };
            again(&console, &signed_in, &tenant, connector, trouble).await
        }
    }
}

pub(super) async fn rotate(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector, target)): At,
    _: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let confirmed = signed_in.confirmed(&console)?;
    let connector = tenant.connector(id(&connector)?).await?;
    let secret = setup.rotate_push_target(confirmed, connector.id, id(&target)?).await?;
    let label = signed_in.visitor.text("push.target_secret");
    let values = vec![Value::new("push-secret", label, &secret)];
    Ok(made::draw(&signed_in, &tenant, &connector, "push.made_rotated", values))
}

pub(super) async fn remove(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path((code, connector, target)): At,
    _: Posted,
) -> Answer {
    let tenant = signed_in.access.tenant(&code).await?;
    let setup = tenant.setup()?;
    let connector = tenant.connector(id(&connector)?).await?;
    setup.remove_push_target(connector.id, id(&target)?).await?;
    let url = super::url(&tenant.tenant().code, connector.id);
    let text = signed_in.visitor.text("push.target_removed");
    Ok(flash_to(&console, Tone::Good, &text, &url))
}

#[cfg(test)]
mod tests {
    #[test]
    fn events_are_separated_as_people_do() {
        assert_eq!(
            super::events(" text，subscribe CLICK,\n"),
            ["text", "subscribe", "CLICK"]
        );
        assert!(super::events(" ").is_empty());
    }
}
