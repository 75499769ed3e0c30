//! `/admin/setup`: the first operator of an installation.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use hufu_core::model::Purpose;
use hufu_web::page::page;
use serde::Deserialize;

use super::back::Back;
use super::newcomer::{self, Typed, Words};
use super::{Faults, onward};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, Visitor};
use crate::ui::Frame;

/// The query.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    token: String,
}

/// The page for who has no link that works.
#[derive(Template)]
#[template(path = "pages/enter/setup_over.html")]
struct Over {
    frame: Frame,
    site: String,
    /// Somebody was first.
    is_done: bool,
}

pub(super) async fn get(State(console): State<Console>, visitor: Visitor, Query(asked): Query<Asked>) -> Answer {
    match find(&console, &asked).await {
        Ok(()) => Ok(draw(&console, &visitor, &asked, &Typed::default(), Faults::default())),
        Err(Refusal::LinkOver) => over(&console, &visitor).await,
        Err(other) => Err(other),
    }
}

pub(super) async fn post(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
    posted: Posted,
) -> Answer {
    let asked = Asked {
        token: posted.some("token").unwrap_or(asked.token),
    };
    match find(&console, &asked).await {
        Ok(()) => {}
        Err(Refusal::LinkOver) => return over(&console, &visitor).await,
        Err(other) => return Err(other),
    }
    let typed = Typed::of(&posted);
    let password = match newcomer::new_password(&visitor, &posted) {
        Ok(password) => password,
        Err(faults) => return Ok(draw(&console, &visitor, &asked, &typed, faults)),
    };
    let operators = &console.operators;
    let made = operators.become_operator(&asked.token, &typed.login, &typed.name, password, &visitor.from);
    match made.await {
        Ok(signed_in) => Ok(onward::go_on(&console, &signed_in, &Back::default())),
        Err(error) => {
            let faults = Faults::of_error(&visitor, error)?;
            Ok(draw(&console, &visitor, &asked, &typed, faults))
        }
    }
}

async fn find(console: &Console, asked: &Asked) -> Result<(), Refusal> {
    let is_setup = |purpose: &Purpose| matches!(purpose, Purpose::Setup);
    newcomer::link_for(console, &asked.token, is_setup).await.map(|_| ())
}

fn draw(
    console: &Console,
    visitor: &Visitor,
    asked: &Asked,
    typed: &Typed,
    faults: Faults,
) -> axum::response::Response {
    let words = Words {
        title: "enter.setup_title",
        lead: "enter.setup_lead",
        button: "enter.setup_button",
        facts: Vec::new(),
        token: Some(asked.token.clone()),
    };
    newcomer::draw(console, visitor, words, Some(typed), faults)
}

async fn over(console: &Console, visitor: &Visitor) -> Answer {
    let drawn = Over {
        frame: visitor.frame("enter.setup_over_title"),
        site: console.site.public_url.as_str().to_owned(),
        is_done: console.operators.has_operators().await?,
    };
    Ok(page(StatusCode::GONE, &drawn))
}
