//! The pages, each with one context struct.

pub(crate) mod choose;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod elsewhere;
pub(crate) mod form_post;
pub(crate) mod logout;
pub(crate) mod notice;
pub(crate) mod problem;
pub(crate) mod scan;
pub(crate) mod trial;

use hufu_core::clock::Timestamp;
use hufu_core::ids::RequestId;
use hufu_core::text::Locale;
use std::time::Duration;

use crate::arrival::Scene;
use crate::assets::ASSETS;
use crate::brand::Brand;
use crate::texts::{text, text_with};

/// What surrounds every page.
#[derive(Debug)]
pub(crate) struct Frame {
    locale: Locale,
    brand: Option<Brand>,
}

impl Frame {
    pub(crate) fn new(scene: &Scene) -> Self {
        Self {
            locale: scene.locale,
            brand: scene.brand.clone(),
        }
    }

    fn lang(&self) -> &'static str {
        self.locale.tag()
    }

    fn asset(&self, name: &str) -> String {
        ASSETS.url(name)
    }

    fn text(&self, key: &str) -> String {
        text(self.locale, key)
    }

    fn text_with(&self, key: &str, name: &str, value: &str) -> String {
        text_with(self.locale, key, name, value)
    }
}

/// What a person reads out to whoever helps them.
#[derive(Debug)]
pub(crate) struct Facts {
    request_id: RequestId,
    /// RFC 3339.
    at: String,
    /// As people of the language write it.
    at_text: String,
}

impl Facts {
    fn new(locale: Locale, request_id: RequestId, at: Timestamp) -> Self {
        // A page without script does not know the reader's time zone; all of China has one.
        let (shown, zone) = match locale {
            Locale::ZhCn => (at.plus(Duration::from_secs(8 * 3600)), "（北京时间）"),
            Locale::En => (at, " UTC"),
        };
        let shown: String = shown.to_string().chars().take(19).collect();
        Self {
            request_id,
            at: at.to_string(),
            at_text: format!("{}{zone}", shown.replace('T', " ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hufu_core::clock::{SystemClock, SystemRandom};

    #[test]
    fn times_are_written_as_the_reader_knows_them() {
        let id = RequestId::generate(&SystemClock, &SystemRandom);
        let at = Timestamp::parse("2026-11-21T09:30:00Z").unwrap();
        assert_eq!(
            Facts::new(Locale::ZhCn, id, at).at_text,
            "2026-11-21 17:30:00（北京时间）"
        );
        assert_eq!(Facts::new(Locale::En, id, at).at_text, "2026-11-21 09:30:00 UTC");
    }
}
