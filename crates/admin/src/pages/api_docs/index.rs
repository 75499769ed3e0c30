//! `GET /admin/api-docs`: how programs call, and all operations by group.

use askama::Template;
use axum::extract::State;

use super::reading::{Group, Reading};
use crate::api::BASE;
use crate::console::Console;
use crate::http::{Answer, SignedIn};
use crate::ui::Frame;

#[derive(Template)]
#[template(path = "pages/api_docs/index.html")]
struct Page {
    frame: Frame,
    base: String,
    first_call: String,
    document_url: String,
    groups: Vec<Named>,
}

/// A group with its name in words.
struct Named {
    name: String,
    text: String,
    group: Group,
}

pub(super) async fn get(State(console): State<Console>, signed_in: SignedIn) -> Answer {
    signed_in.access.staff()?;
    let base = console.site.public_url.at(BASE);
    let reading = Reading::of(&base);
    let named = |group: Group| Named {
        name: signed_in.visitor.text(&format!("api_docs.group_{}", group.key())),
        text: signed_in.visitor.text(&format!("api_docs.text_{}", group.key())),
        group,
    };
    Ok(signed_in.page(&Page {
        frame: signed_in.frame("api_docs", "api_docs.title", Vec::new()),
        first_call: format!("curl -H \"Authorization: Bearer $HUFU_KEY\" '{base}/me'"),
        document_url: format!("{BASE}/openapi.json"),
        groups: reading.groups().into_iter().map(named).collect(),
        base,
    }))
}
