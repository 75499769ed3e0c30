//! The form by which somebody becomes an operator, or gets a new password.

use askama::Template;
use axum::response::Response;
use hufu_core::model::{Link, Purpose};
use hufu_core::secret::{ExposeSecret as _, SecretString};

use super::Faults;
use super::login::respond;
use crate::console::Console;
use crate::http::{Posted, Refusal, Visitor};
use crate::ui::{Field, Frame};

/// What the page says above its form.
pub(super) struct Words {
    /// A key.
    pub(super) title: &'static str,
    /// A key.
    pub(super) lead: &'static str,
    /// A key.
    pub(super) button: &'static str,
    /// Label and value, such as the role that an invitation gives.
    pub(super) facts: Vec<(String, String)>,
    /// The link's token, where it stands in the query and not in the path.
    pub(super) token: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/enter/newcomer.html")]
struct Page {
    frame: Frame,
    site: String,
    lead: String,
    button: String,
    facts: Vec<(String, String)>,
    token: Option<String>,
    faults: Faults,
    /// None where the person has an account.
    person: Option<(Field, Field)>,
    password: Field,
    again: Field,
}

/// What was typed, but for the passwords.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) login: String,
    pub(super) name: String,
}

impl Typed {
    pub(super) fn of(posted: &Posted) -> Self {
        Self {
            login: posted.get("login").to_owned(),
            name: posted.get("name").to_owned(),
        }
    }
}

/// The link of a token, when it is for this purpose and still works.
pub(super) async fn link_for(console: &Console, token: &str, fits: fn(&Purpose) -> bool) -> Result<Link, Refusal> {
    let link = console.operators.open_link(token).await?;
    link.filter(|link| fits(&link.purpose)).ok_or(Refusal::LinkOver)
}

/// The password of a form, once it was typed twice alike.
pub(super) fn new_password(visitor: &Visitor, posted: &Posted) -> Result<SecretString, Faults> {
    let password = posted.password("password");
    if password.expose_secret() == posted.password("again").expose_secret() {
        Ok(password)
    } else {
        Err(Faults::at("again", visitor.text("enter.not_alike")))
    }
}

/// The form, as it came back or fresh; `typed` is `None` where only the password is chosen.
pub(super) fn draw(
    console: &Console,
    visitor: &Visitor,
    words: Words,
    typed: Option<&Typed>,
    faults: Faults,
) -> Response {
    let field =
        |name: &'static str, label: &str| Field::new(name, visitor.text(label)).required().error(faults.of(name));
    let person = typed.map(|typed| {
        let login = field("login", "enter.new_login")
            .hint(visitor.text("enter.new_login_hint"))
            .value(typed.login.clone())
            .autocomplete("username");
        let name = field("name", "enter.new_name")
            .hint(visitor.text("enter.new_name_hint"))
            .value(typed.name.clone())
            .autocomplete("name");
        (login, name)
    });
    let drawn = Page {
        frame: visitor.frame(words.title),
        site: console.site.public_url.as_str().to_owned(),
        lead: visitor.text(words.lead),
        button: visitor.text(words.button),
        facts: words.facts,
        token: words.token,
        person,
        password: field("password", "enter.new_password")
            .hint(visitor.text("enter.new_password_hint"))
            .autocomplete("new-password"),
        again: field("again", "enter.password_again").autocomplete("new-password"),
        faults,
    };
    respond(&drawn.faults, &drawn)
}
