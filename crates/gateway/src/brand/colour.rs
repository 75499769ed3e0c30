//! Colours, and what is readable on what (WCAG 2.2, relative luminance and contrast ratio).

use std::fmt;

use hufu_core::model::Tenant;

/// The least contrast of text (WCAG 2.2, 1.4.3).
const READABLE: f64 = 4.5;

/// An opaque sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour([u8; 3]);

impl Colour {
    pub(super) const BLACK: Self = Self([0; 3]);
    pub(super) const WHITE: Self = Self([255; 3]);

    /// The tenant's, when it has one.
    pub(super) fn of(tenant: &Tenant) -> Option<Self> {
        tenant.branding.colour.as_deref().and_then(Self::parse)
    }

    /// `#rrggbb` in lower case and nothing else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        if !digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.0722f64.mul_add(blue, 0.2126f64.mul_add(red, 0.7152 * green))
    }

    /// From 1 to 21.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// `parts` of 20 towards another colour.
    pub(super) fn towards(self, other: Self, parts: u16) -> Self {
        let mut mixed = self.0;
        for (part, goal) in mixed.iter_mut().zip(other.0) {
            let sum = u16::from(*part) * (20 - parts.min(20)) + u16::from(goal) * parts.min(20);
            *part = u8::try_from(sum / 20).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }

    /// As little of `end` mixed in as makes it readable on `background`.
    pub(super) fn readable_on(self, background: Self, end: Self) -> Self {
        let mut mixed = (0..=20).map(|parts| self.towards(end, parts));
        mixed
            .find(|colour| colour.contrast(background) >= READABLE)
            .unwrap_or(end)
    }

    /// Black or white, whichever reads better on it; one of them always reaches 4.5.
    pub(super) fn text(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) {
            Self::WHITE
        } else {
            Self::BLACK
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        assert_eq!(Colour::parse("#06783f").unwrap().to_string(), "#06783f");
        for bad in [
            "",
            "#",
            "06783f",
            "#06783F",
            "#06783",
            "#06783f0",
            "#+6783f",
            "#0 783f",
            "red",
            "#06783f;",
            "#张张",
            "#0678\u{e9}",
        ] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 0.001);
        let grey = Colour::parse("#767676").unwrap();
        assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
    }
}
