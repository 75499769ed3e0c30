//! `/admin/recovery/{token}`: an operator who is locked out chooses a new password, then a new second factor.

use axum::extract::{Path, State};
use hufu_core::model::{Link, Operator, Purpose};

use super::back::Back;
use super::newcomer::{self, Words};
use super::{Faults, onward};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, Visitor};

pub(super) async fn get(State(console): State<Console>, visitor: Visitor, Path(token): Path<String>) -> Answer {
    let operator = find(&console, &token).await?;
    Ok(draw(&console, &visitor, &operator, Faults::default()))
}

pub(super) async fn post(
    State(console): State<Console>,
    visitor: Visitor,
    Path(token): Path<String>,
    posted: Posted,
) -> Answer {
    let operator = find(&console, &token).await?;
    let password = match newcomer::new_password(&visitor, &posted) {
        Ok(password) => password,
        Err(faults) => return Ok(draw(&console, &visitor, &operator, faults)),
    };
    match console.operators.recover(&token, password, &visitor.from).await {
        Ok(signed_in) => Ok(onward::go_on(&console, &signed_in, &Back::default())),
        Err(error) => {
            let faults = Faults::of_error(&visitor, error)?;
            Ok(draw(&console, &visitor, &operator, faults))
        }
    }
}

async fn find(console: &Console, token: &str) -> Result<Operator, Refusal> {
    let fits = |purpose: &Purpose| matches!(purpose, Purpose::Recovery { .. });
    let link: Link = newcomer::link_for(console, token, fits).await?;
    let Purpose::Recovery { operator_id } = link.purpose else {
        return Err(Refusal::LinkOver);
    };
    console.operators.operator(operator_id).await?.ok_or(Refusal::LinkOver)
}

fn draw(console: &Console, visitor: &Visitor, operator: &Operator, faults: Faults) -> axum::response::Response {
    let words = Words {
        title: "enter.recovery_title",
        lead: "enter.recovery_lead",
        button: "enter.recovery_button",
        facts: vec![
            (visitor.text("enter.login"), operator.login.to_string()),
            (visitor.text("enter.new_name"), operator.name.clone()),
        ],
        token: None,
    };
    newcomer::draw(console, visitor, words, None, faults)
}
