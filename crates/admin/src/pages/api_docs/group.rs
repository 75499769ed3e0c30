//! `GET /admin/api-docs/{group}`: the operations of one group, and what they take and answer.

use askama::Template;
use axum::extract::{Path, State};

use super::reading::{Operation, Reading, Schema};
use crate::api::BASE;
use crate::console::Console;
use crate::http::{Answer, Refusal, SignedIn};
use crate::ui::{Crumb, Frame};

#[derive(Template)]
#[template(path = "pages/api_docs/group.html")]
struct Page {
    frame: Frame,
    text: String,
    operations: Vec<Operation>,
    schemas: Vec<Schema>,
}

pub(super) async fn get(State(console): State<Console>, signed_in: SignedIn, Path(name): Path<String>) -> Answer {
    signed_in.access.staff()?;
    let reading = Reading::of(&console.site.public_url.at(BASE));
    let group = reading.groups().into_iter().find(|group| group.name == name);
    let group = group.ok_or(Refusal::NotFound)?;
    let visitor = &signed_in.visitor;
    let title = visitor.text(&format!("api_docs.group_{}", group.key()));
    let crumbs = vec![
        Crumb {
            label: visitor.text("api_docs.title"),
            url: Some("/admin/api-docs".to_owned()),
        },
        Crumb {
            label: title.clone(),
            url: None,
        },
    ];
    Ok(signed_in.page(&Page {
        text: visitor.text(&format!("api_docs.text_{}", group.key())),
        schemas: reading.schemas_of(&group),
        operations: group.operations,
        frame: signed_in.frame_named("api_docs", &title, crumbs),
    }))
}
