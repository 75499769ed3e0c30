//! Operators.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hufu_core::model::{Operator, Session, Stage};
use hufu_web::page::page;

use super::visitor::session_token;
use super::{Refusal, Visitor};
use crate::access::{Access, Actor, Confirmed};
use crate::console::Console;
use crate::nav;
use crate::ui::{Crumb, Frame, Person};

/// A browser whose operator gave the password, but maybe not yet the second factor.
#[derive(Debug, Clone)]
pub(crate) struct HalfSignedIn {
    pub(crate) visitor: Visitor,
    pub(crate) session: Session,
    pub(crate) operator: Operator,
}

impl FromRequestParts<Console> for HalfSignedIn {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Refusal> {
        let visitor = Visitor::of(console, parts);
        let https = console.site.public_url.is_https();
        let token = session_token(https, &parts.headers).ok_or(Refusal::SignIn)?;
        let found = console.operators.session(&token).await?;
        let (session, operator) = found.ok_or(Refusal::SignIn)?;
        Ok(Self {
            visitor,
            session,
            operator,
        })
    }
}

/// An operator who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub(crate) visitor: Visitor,
    pub(crate) session: Session,
    pub(crate) operator: Operator,
    /// What they may do.
    pub(crate) access: Access,
}

impl FromRequestParts<Console> for SignedIn {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Refusal> {
        let half = HalfSignedIn::from_request_parts(parts, console).await?;
        if half.session.stage != Stage::Full {
            return Err(Refusal::SignIn);
        }
        let actor = Actor::operator(&half.operator, &half.visitor.from);
        Ok(Self {
            access: Access::new(console, actor),
            visitor: half.visitor,
            session: half.session,
            operator: half.operator,
        })
    }
}

impl SignedIn {
    /// The frame of a page: `section` is the entry of the navigation that is current, `title` a key or, with
    /// [`SignedIn::frame_named`], a name.
    pub(crate) fn frame(&self, section: &str, title: &str, crumbs: Vec<Crumb>) -> Frame {
        self.frame_named(section, &self.visitor.text(title), crumbs)
    }

    /// The same with a heading that is no key.
    pub(crate) fn frame_named(&self, section: &str, title: &str, crumbs: Vec<Crumb>) -> Frame {
        let role = self.operator.seat.role();
        Frame {
            person: Some(Person {
                name: self.operator.name.clone(),
                role: self.visitor.text(&format!("role.{}", role.as_str())),
            }),
            nav: nav::of(&self.visitor, &self.access, section),
            crumbs,
            title: title.to_owned(),
            ..self.visitor.frame("ui.brand")
        }
    }

    /// Proof that the password was given a moment ago; what touches secrets asks for it.
    pub(crate) fn confirmed(&self, console: &Console) -> Result<Confirmed, Refusal> {
        if console.operators.is_confirmed(&self.session) {
            Ok(Confirmed::by_password())
        } else {
            Err(Refusal::Confirm)
        }
    }

    /// Whether the session is still there and allows what it did: for answers that go on for long.
    pub(crate) async fn still(&self, console: &Console) -> bool {
        let now = console.manager.clock.now();
        let (sessions, operator) = (
            console.operators.sessions_of(self.operator.id).await,
            console.operators.operator(self.operator.id).await,
        );
        let alive = |session: &Session| session.id == self.session.id && now < session.ends_at.min(session.idle_at);
        let same = |operator: Operator| operator.status.is_active() && operator.seat == self.operator.seat;
        sessions.is_ok_and(|sessions| sessions.iter().any(alive)) && operator.is_ok_and(|found| found.is_some_and(same))
    }

    /// A page.
    pub(crate) fn page(&self, template: &impl askama::Template) -> axum::response::Response {
        page(axum::http::StatusCode::OK, template)
    }

    /// A form that came back with errors: what was typed is kept, nothing was saved.
    pub(crate) fn again(&self, template: &impl askama::Template) -> axum::response::Response {
        page(axum::http::StatusCode::UNPROCESSABLE_ENTITY, template)
    }
}
