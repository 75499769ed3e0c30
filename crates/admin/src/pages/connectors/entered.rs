//! `GET/POST /admin/hand-over/{token}`: the owner of an account enters its secret. Nobody is signed in; the token says
//! which account, and nothing but that account's name and open settings is shown.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use hufu_core::clock::Timestamp;
use hufu_core::manage::ManageError;
use hufu_core::model::Link;
use hufu_core::provider::FieldProblem;
use hufu_core::store::Record as _;
use hufu_web::page::page;

use super::checks::Check;
use super::schema::{self, Drawn, Part};
use crate::access::{Entered, HandOver};
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, Visitor};
use crate::ui::Frame;

#[derive(Template)]
#[template(path = "pages/connectors/entered.html")]
struct Page {
    frame: Frame,
    tenant: String,
    account: String,
    kind: String,
    facts: Vec<(String, String)>,
    fields: Vec<Drawn>,
    expires_at: Timestamp,
    refused: Vec<Check>,
    trouble: String,
}

#[derive(Template)]
#[template(path = "pages/connectors/entered_done.html")]
struct Done {
    frame: Frame,
    tenant: String,
    account: String,
    /// What is left to do, with the addresses to add where that is it.
    left: Vec<Check>,
    egress: Vec<String>,
}

pub(super) async fn get(State(console): State<Console>, visitor: Visitor, Path(token): Path<String>) -> Answer {
    let opened = HandOver::open(&console, &token, &visitor.from).await?;
    Ok(page(StatusCode::OK, &form(&visitor, &opened, &[])?))
}

fn form(visitor: &Visitor, opened: &HandOver, problems: &[FieldProblem]) -> Result<Page, Refusal> {
    let kind = opened.kind()?;
    let (schema, locale) = (kind.form(), visitor.locale);
    Ok(Page {
        frame: visitor.frame("connectors.entered_title"),
        tenant: opened.tenant().name.clone(),
        account: opened.account().to_owned(),
        kind: visitor.say(&kind.describe().name),
        facts: schema::facts(locale, &schema, Part::Needed, opened.settings()),
        fields: schema::draw(locale, &schema, Part::Secret, opened.settings(), problems),
        expires_at: opened.link().expires_at,
        refused: Vec::new(),
        trouble: String::new(),
    })
}

pub(super) async fn post(
    State(console): State<Console>,
    visitor: Visitor,
    Path(token): Path<String>,
    posted: Posted,
) -> Answer {
    let opened = HandOver::open(&console, &token, &visitor.from).await?;
    let schema = opened.kind()?.form();
    let secrets = schema::secrets(&schema, &posted);
    if secrets.is_empty() {
        let page_again = form(&visitor, &opened, &schema::all_missing(&schema))?;
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &page_again));
    }
    match opened.enter(secrets).await {
        Ok(Entered::Saved(left)) => Ok(page(
            StatusCode::OK,
            &Done {
                frame: visitor.frame("connectors.entered_done_title"),
                tenant: opened.tenant().name.clone(),
                account: opened.account().to_owned(),
                egress: if left.is_empty() {
                    Vec::new()
                } else {
                    console.egress.clone()
                },
                left: Check::all(&visitor, &left),
            },
        )),
        Ok(Entered::Refused(notes)) => {
            let mut again = form(&visitor, &opened, &[])?;
            again.refused = Check::all(&visitor, &notes);
            again.trouble = visitor.text("connectors.entered_refused");
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
        Err(ManageError::Fields(problems)) => Ok(page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &form(&visitor, &opened, &problems)?,
        )),
        Err(ManageError::Conflict { what }) if what == Link::KIND => Err(Refusal::LinkOver),
        Err(error) => Err(error.into()),
    }
}
