//! `/admin/invitation/{token}`: somebody becomes an operator.

use axum::extract::{Path, State};
use hufu_core::model::{Link, Purpose, Reach};

use super::back::Back;
use super::newcomer::{self, Typed, Words};
use super::{Faults, onward};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, Visitor};

pub(super) async fn get(State(console): State<Console>, visitor: Visitor, Path(token): Path<String>) -> Answer {
    let link = find(&console, &token).await?;
    draw(&console, &visitor, &link, &Typed::default(), Faults::default()).await
}

pub(super) async fn post(
    State(console): State<Console>,
    visitor: Visitor,
    Path(token): Path<String>,
    posted: Posted,
) -> Answer {
    let link = find(&console, &token).await?;
    let typed = Typed::of(&posted);
    let password = match newcomer::new_password(&visitor, &posted) {
        Ok(password) => password,
        Err(faults) => return draw(&console, &visitor, &link, &typed, faults).await,
    };
    let operators = &console.operators;
    let made = operators.become_operator(&token, &typed.login, &typed.name, password, &visitor.from);
    match made.await {
        Ok(signed_in) => Ok(onward::go_on(&console, &signed_in, &Back::default())),
        Err(error) => {
            let faults = Faults::of_error(&visitor, error)?;
            draw(&console, &visitor, &link, &typed, faults).await
        }
    }
}

async fn find(console: &Console, token: &str) -> Result<Link, Refusal> {
    newcomer::link_for(console, token, |purpose| matches!(purpose, Purpose::Invitation { .. })).await
}

async fn draw(console: &Console, visitor: &Visitor, link: &Link, typed: &Typed, faults: Faults) -> Answer {
    let words = Words {
        title: "enter.invitation_title",
        lead: "enter.invitation_lead",
        button: "enter.invitation_button",
        facts: facts(console, visitor, link).await?,
        token: None,
    };
    Ok(newcomer::draw(console, visitor, words, Some(typed), faults))
}

/// Who invites, and to what. Tenants are counted, not named: who holds the link is not known yet.
async fn facts(console: &Console, visitor: &Visitor, link: &Link) -> Result<Vec<(String, String)>, Refusal> {
    let Purpose::Invitation { seat, agency_id } = &link.purpose else {
        return Err(Refusal::LinkOver);
    };
    let frame = visitor.frame("ui.brand");
    let inviter = link.created_by.strip_prefix("operator:").unwrap_or(&link.created_by);
    let role = visitor.text(&format!("role.{}", seat.role().as_str()));
    let mut facts = vec![
        (visitor.text("enter.invited_by"), inviter.to_owned()),
        (visitor.text("enter.invited_as"), role),
    ];
    if let Some(agency) = agency_id {
        let agency = console.operators.agency(*agency).await?;
        let name = agency.map(|agency| agency.name).unwrap_or_default();
        facts.push((visitor.text("enter.invited_to"), name));
    }
    if let Reach::Tenants { tenants } = seat.reach() {
        let count = frame.text1("staff.reach_tenants", "n", &tenants.len().to_string());
        facts.push((visitor.text("enter.invited_reach"), count));
    }
    Ok(facts)
}
