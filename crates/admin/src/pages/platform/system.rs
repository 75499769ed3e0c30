//! `GET /admin/system`: what this installation is. Nothing secret.

use askama::Template;
use axum::extract::State;

use crate::console::Console;
use crate::http::{Answer, SignedIn, Visitor};
use crate::ui::Frame;

/// A fact: its name in words, and what it is.
struct Fact {
    label: String,
    value: String,
}

#[derive(Template)]
#[template(path = "pages/platform/system.html")]
struct Page {
    frame: Frame,
    public_url: String,
    facts: Vec<Fact>,
    egress: Vec<String>,
}

pub(super) async fn get(State(console): State<Console>, signed_in: SignedIn) -> Answer {
    let platform = signed_in.access.platform()?;
    let fact = |(name, value): &(String, String)| Fact {
        label: label(&signed_in.visitor, name),
        value: value.clone(),
    };
    // The public URL stands above them all.
    let facts = platform.facts().iter().filter(|(name, _)| name != "public_url");
    Ok(signed_in.page(&Page {
        frame: signed_in.frame("system", "platform.system_title", Vec::new()),
        public_url: console.site.public_url.as_str().to_owned(),
        facts: facts.map(fact).collect(),
        egress: console.egress.clone(),
    }))
}

/// The name of a fact in words, where there are some.
fn label(visitor: &Visitor, name: &str) -> String {
    let key = format!("platform.fact_{}", name.replace([' ', '-', '.'], "_"));
    let text = visitor.text(&key);
    if text == key { name.to_owned() } else { text }
}
