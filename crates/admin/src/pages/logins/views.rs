//! Filters kept under a name: `POST /admin/logins/views` and `POST /admin/logins/views/{id}/delete`.

use axum::extract::{Path, State};
use hufu_core::ids::ViewId;

use super::asked::Asked;
use super::kind::Kind;
use crate::access::Views;
use crate::console::Console;
use crate::http::{Answer, Posted, Refusal, SignedIn, flash_to};
use crate::ui::Tone;

/// A view as the list shows it.
pub(super) struct View {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) current: bool,
}

/// Somebody's views.
pub(super) async fn views_of(signed_in: &SignedIn, asked: &Asked) -> Result<Vec<View>, Refusal> {
    let kept = signed_in.access.views()?.list().await?;
    let view = |view: hufu_core::model::SavedView| {
        let query = Asked::read(&view.query);
        View {
            id: view.id.to_string(),
            url: query.url(Kind::Logins.base()),
            current: query == *asked,
            name: view.name,
        }
    };
    Ok(kept.into_iter().map(view).collect())
}

/// A name has 1 to 60 characters, none of them a control character.
fn checked_name(name: &str) -> Option<&str> {
    let fits = (1..=60).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then_some(name)
}

pub(super) async fn save(State(console): State<Console>, signed_in: SignedIn, posted: Posted) -> Answer {
    let query = Asked::read(posted.get("query")).of(Kind::Logins).first_page();
    let url = query.url(Kind::Logins.base());
    let back = |tone, key: &str| Ok(flash_to(&console, tone, &signed_in.visitor.text(key), &url));
    let Some(name) = checked_name(posted.get("name")) else {
        return back(Tone::Bad, "logins.view_wrong_name");
    };
    let views = signed_in.access.views()?;
    if views.list().await?.len() >= Views::MOST {
        return back(Tone::Bad, "logins.view_too_many");
    }
    views.save_view(name, &query.query()).await?;
    back(Tone::Good, "logins.view_saved")
}

pub(super) async fn delete(
    State(console): State<Console>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    _: Posted,
) -> Answer {
    let id: ViewId = id.parse().map_err(|_| Refusal::NotFound)?;
    signed_in.access.views()?.delete_view(id).await?;
    let text = signed_in.visitor.text("logins.view_deleted");
    Ok(flash_to(&console, Tone::Good, &text, Kind::Logins.base()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_for_people() {
        assert_eq!(checked_name("今天失败的 🐯"), Some("今天失败的 🐯"));
        for bad in ["", "a\nb", &"x".repeat(61)] {
            assert_eq!(checked_name(bad), None, "{bad}");
        }
    }
}
