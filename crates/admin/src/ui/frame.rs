//! What surrounds every page of the console.

use hufu_core::clock::Timestamp;
use hufu_core::text::Locale;

use super::texts;
use crate::assets::ASSETS;
use crate::zone::Zone;

/// How something stands. Shared by badges, alerts, flashes, timelines: each shows it by icon and word, not by colour
/// alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    /// Done, healthy.
    Good,
    /// Wants looking after.
    Warn,
    /// Failed.
    Bad,
    /// Off, old, without a judgement.
    #[default]
    Neutral,
    /// Worth knowing.
    Info,
}

impl Tone {
    /// The name in class names.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Neutral => "neutral",
            Self::Info => "info",
        }
    }

    /// The icon that goes with it.
    pub(crate) const fn icon(self) -> &'static str {
        match self {
            Self::Good => "check",
            Self::Warn => "warn",
            Self::Bad => "cross",
            Self::Neutral => "dot",
            Self::Info => "info",
        }
    }
}

/// Light, dark, or as the device has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the device has it.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The name in `data-theme` and in the preference's cookie.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// By its name; anything else is [`Theme::Auto`].
    pub(crate) fn of_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) role: String,
}

/// An entry of the side navigation.
#[derive(Debug, Clone)]
pub(crate) struct NavItem {
    pub(crate) label: String,
    pub(crate) url: String,
    /// A symbol of `partials/sprite.html`.
    pub(crate) icon: &'static str,
    pub(crate) current: bool,
}

/// A step of the way to this page; the page itself has no URL.
#[derive(Debug, Clone)]
pub(crate) struct Crumb {
    pub(crate) label: String,
    pub(crate) url: Option<String>,
}

/// What the last action did, shown once at the top.
#[derive(Debug, Clone)]
pub(crate) struct Flash {
    pub(crate) kind: Tone,
    pub(crate) text: String,
}

/// What surrounds a page. A page's template has it as its field `frame`: layouts and macros rely on that name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    pub(crate) locale: Locale,
    pub(crate) theme: Theme,
    pub(crate) zone: Zone,
    /// Path and query of this page, for the switches to come back to.
    pub(crate) path: String,
    pub(crate) request_id: String,
    pub(crate) csrf: String,
    pub(crate) person: Option<Person>,
    pub(crate) nav: Vec<NavItem>,
    pub(crate) crumbs: Vec<Crumb>,
    pub(crate) flash: Option<Flash>,
    /// The page's heading and, with the brand, its title.
    pub(crate) title: String,
}

/// A value or a reference to it, of any depth: askama's expressions give now the one, now the other.
pub(crate) trait Given<T> {
    /// The value.
    fn given(&self) -> T;
}

impl Given<Self> for u64 {
    fn given(&self) -> Self {
        *self
    }
}

impl Given<Self> for f64 {
    fn given(&self) -> Self {
        *self
    }
}

impl Given<Self> for Timestamp {
    fn given(&self) -> Self {
        *self
    }
}

impl<T, G: Given<T>> Given<T> for &G {
    fn given(&self) -> T {
        (**self).given()
    }
}

impl Frame {
    /// The text of a key.
    pub(crate) fn text(&self, key: &str) -> String {
        texts::text(self.locale, key)
    }

    /// The text of a key with one value filled in.
    pub(crate) fn text1(&self, key: &str, name: &str, value: &str) -> String {
        texts::text_with(self.locale, key, &[(name, value)])
    }

    /// The text of a key with values filled in.
    pub(crate) fn text_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        texts::text_with(self.locale, key, values)
    }

    /// The URL of a file of `admin-ui/static`.
    pub(crate) fn asset(&self, name: &str) -> String {
        ASSETS.url(name)
    }

    /// For `<html lang>`.
    pub(crate) fn lang(&self) -> &'static str {
        self.locale.tag()
    }

    /// For `<html data-theme>`.
    pub(crate) fn theme_name(&self) -> &'static str {
        self.theme.name()
    }

    /// `2026-11-21 22:03:22 UTC+8`, in the console's zone. The macro `status::time` lays a `<time>` around it, on which a
    /// script says the same in the browser's own zone.
    pub(crate) fn time(&self, at: impl Given<Timestamp>) -> String {
        self.zone.second(at.given())
    }

    /// How long ago, roughly.
    pub(crate) fn ago(&self, then: impl Given<Timestamp>, now: impl Given<Timestamp>) -> String {
        let seconds = now.given().as_secs().saturating_sub(then.given().as_secs());
        let (key, n) = match seconds {
            ..60 => return self.text("ui.ago_now"),
            60..3600 => ("ui.ago_minutes", seconds / 60),
            3600..86400 => ("ui.ago_hours", seconds / 3600),
            _ => ("ui.ago_days", seconds / 86400),
        };
        self.text1(key, "n", &n.to_string())
    }

    /// `12,345`.
    pub(crate) fn number(&self, n: impl Given<u64>) -> String {
        let digits = n.given().to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A share of 1 as `99.4%`: cut, never rounded up, so that 100% means all.
    pub(crate) fn percent(&self, share: impl Given<f64>) -> String {
        let tenths = (share.given() * 1000.0 + 1e-9).floor();
        if tenths.rem_euclid(10.0) == 0.0 {
            format!("{:.0}%", tenths / 10.0)
        } else {
            format!("{:.1}%", tenths / 10.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn numbers_and_times_read_well() {
        let frame = Frame {
            locale: Locale::En,
            ..Frame::default()
        };
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(|n| frame.number(n)),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0.0, 0.5, 0.994, 0.9999, 1.0].map(|share| frame.percent(share)),
            ["0%", "50%", "99.4%", "99.9%", "100%"]
        );
        assert_eq!(
            frame.text_with("ui.confirm_label", &[("expected", "acme")]),
            frame.text1("ui.confirm_label", "expected", "acme")
        );
        let now = at("2026-11-21T14:03:22.5Z");
        assert_eq!(frame.time(now), "2026-11-21 14:03:22 UTC");
        let ago = |then: &str| frame.ago(at(then), now);
        assert_eq!(ago("2026-11-21T14:03:22Z"), "just now");
        assert_eq!(ago("2026-11-21T14:01:22Z"), "2 min ago");
        assert_eq!(ago("2026-11-21T09:01:22Z"), "5 h ago");
        assert_eq!(ago("2026-11-18T14:01:22Z"), "3 d ago");
        assert_eq!(ago("2026-11-22T14:01:22Z"), "just now");
    }

    #[test]
    fn a_theme_is_known_by_its_name() {
        for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::of_name(theme.name()), theme);
        }
        assert_eq!(Theme::of_name("pink"), Theme::Auto);
    }
}
