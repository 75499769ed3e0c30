//! `GET /admin/logins/live` and `GET /admin/changes/live`: events as they come.

use askama::Template;

use super::asked::Asked;
use super::fields::{Chip, Filters};
use super::kind::Kind;
use super::names::Names;
use super::wanted::Wanted;
use crate::http::{Answer, SignedIn};
use crate::ui::{Crumb, Frame};

#[derive(Template)]
#[template(path = "pages/logins/live.html")]
struct Page {
    frame: Frame,
    is_logins: bool,
    chips: Vec<Chip>,
    list_url: String,
    events_url: String,
}

pub(super) async fn logins(signed_in: SignedIn, asked: Asked) -> Answer {
    live(&signed_in, &asked, Kind::Logins).await
}

pub(super) async fn changes(signed_in: SignedIn, asked: Asked) -> Answer {
    live(&signed_in, &asked, Kind::Changes).await
}

/// What is new has no range: filters of time fall away.
pub(super) fn without_time(asked: &Asked, kind: Kind) -> Asked {
    let timeless = ["range", "from", "until"]
        .iter()
        .fold(asked.of(kind).first_page(), |asked, name| asked.without(name));
    timeless.with("range", "all")
}

async fn live(signed_in: &SignedIn, asked: &Asked, kind: Kind) -> Answer {
    let asked = without_time(asked, kind);
    let wanted = Wanted::of(signed_in, &asked, kind).await?;
    let base = kind.base();
    if !wanted.problems.is_empty() {
        // The list says beside each field what is wrong.
        use axum::response::IntoResponse as _;
        return Ok(axum::response::Redirect::to(&asked.url(base)).into_response());
    }
    let title = match kind {
        Kind::Logins => "logins.live_title",
        Kind::Changes => "logins.live_changes_title",
    };
    let list_url = asked.without("range").url(base);
    let filters = Filters::of(signed_in, &wanted, &asked.without("range"), kind, &Names::default()).await?;
    let live_base = format!("{base}/live");
    let chips = filters.chips.into_iter().map(|chip| Chip {
        url: chip.url.replacen(base, &live_base, 1),
        ..chip
    });
    let crumbs = vec![
        Crumb {
            label: signed_in.visitor.text(&format!("nav.{}", kind.name())),
            url: Some(list_url.clone()),
        },
        Crumb {
            label: signed_in.visitor.text(title),
            url: None,
        },
    ];
    Ok(signed_in.page(&Page {
        is_logins: kind == Kind::Logins,
        chips: chips.collect(),
        list_url,
        events_url: asked.url(&format!("{base}/live/events")),
        frame: signed_in.frame(kind.name(), title, crumbs),
    }))
}
