//! The files that the console's pages load.
//!
//! The style sheet and the script are put together from the files of `admin-ui/static` when the program is built: one
//! request each, and no import between files whose URLs hold hashes. Each script stands in a block of its own.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::Response;
use hufu_web::assets::{Asset, Assets};

/// The dark colours stand in one file and count twice: where the reader chose dark, and where the device is dark and
/// the reader chose nothing.
const STYLE: &str = concat!(
    include_str!("../../../admin-ui/static/tokens.css"),
    "@media (prefers-color-scheme: dark) {\n:root:not([data-theme=\"light\"]) {\n",
    include_str!("../../../admin-ui/static/tokens-dark.css"),
    "}\n}\n:root[data-theme=\"dark\"] {\n",
    include_str!("../../../admin-ui/static/tokens-dark.css"),
    "}\n",
    include_str!("../../../admin-ui/static/base.css"),
    include_str!("../../../admin-ui/static/layout.css"),
    include_str!("../../../admin-ui/static/components.css"),
    include_str!("../../../admin-ui/static/tenant.css"),
    include_str!("../../../admin-ui/static/logins.css"),
    include_str!("../../../admin-ui/static/onboarding.css"),
    include_str!("../../../admin-ui/static/clients.css"),
    include_str!("../../../admin-ui/static/push.css"),
    include_str!("../../../admin-ui/static/api_docs.css"),
    include_str!("../../../admin-ui/static/menus.css"),
);

const SCRIPT: &str = concat!(
    "{\n",
    include_str!("../../../admin-ui/static/time.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/copy.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/dialog.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/form.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/confirm.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/search.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/poll.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/tail.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/export.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/continue.js"),
    "}\n{\n",
    include_str!("../../../admin-ui/static/colour.js"),
    "}\ndocument.documentElement.classList.add(\"js\");\n",
);

/// Style sheet, script and icon.
pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets::new("/admin/assets", &FILES));

const FILES: [Asset; 3] = [
    Asset {
        name: "console.css",
        media_type: "text/css; charset=utf-8",
        body: STYLE.as_bytes(),
    },
    Asset {
        name: "console.js",
        media_type: "text/javascript; charset=utf-8",
        body: SCRIPT.as_bytes(),
    },
    Asset {
        name: "icon.svg",
        media_type: "image/svg+xml",
        body: include_bytes!("../../../admin-ui/static/icon.svg"),
    },
];

pub(crate) async fn get(Path((hash, name)): Path<(String, String)>) -> Response {
    ASSETS.serve(&hash, &name)
}

#[cfg(test)]
pub(crate) const fn files() -> &'static [Asset] {
    &FILES
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_files_are_light_and_load_nothing_else() {
        let bytes: usize = FILES.iter().map(|file| file.body.len()).sum();
        assert!(bytes < 120_000, "{bytes}");
        for foreign in ["@import", "url(http", "//cdn", "\nimport ", "\nexport "] {
            assert!(!STYLE.contains(foreign) && !SCRIPT.contains(foreign), "{foreign}");
        }
    }

    fn colours(source: &str) -> HashMap<&str, [u8; 3]> {
        let declarations = source
            .lines()
            .filter_map(|line| line.trim().strip_suffix(';')?.split_once(": #"));
        let value = |hex: &str| {
            let part = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            [part(0), part(2), part(4)]
        };
        declarations.map(|(name, hex)| (name, value(hex))).collect()
    }

    /// WCAG 2.2, contrast ratio.
    fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
        let luminance = |colour: [u8; 3]| {
            let part = |value: u8| {
                let value = f64::from(value) / 255.0;
                if value <= 0.04045 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * part(colour[0]) + 0.7152 * part(colour[1]) + 0.0722 * part(colour[2])
        };
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn everything_can_be_told_from_what_it_stands_on() {
        let light = colours(include_str!("../../../admin-ui/static/tokens.css"));
        let dark = colours(include_str!("../../../admin-ui/static/tokens-dark.css"));
        let grounds = ["--page", "--card", "--sunken", "--hover"];
        let mut pairs = vec![
            ("--on-accent", "--accent", 4.5),
            ("--on-accent", "--accent-strong", 4.5),
            ("--on-danger", "--danger", 4.5),
            ("--on-danger", "--danger-strong", 4.5),
            ("--accent-strong", "--accent-tint", 4.5),
            ("--soft", "--accent-tint", 4.5),
            ("--good", "--good-tint", 4.5),
            ("--info", "--info-tint", 4.5),
            ("--warn", "--warn-tint", 4.5),
            ("--bad", "--bad-tint", 4.5),
            ("--neutral", "--neutral-tint", 4.5),
        ];
        for ground in grounds {
            pairs.extend(["--text", "--soft", "--accent"].map(|ink| (ink, ground, 4.5)));
            pairs.push(("--focus", ground, 3.0));
        }
        for ink in ["--good", "--warn", "--bad", "--neutral", "--info"] {
            pairs.push((ink, "--card", 4.5));
        }
        pairs.extend(["--edge", "--chart-good", "--chart-bad"].map(|shape| (shape, "--card", 3.0)));
        for (theme, colours) in [("light", light), ("dark", dark)] {
            for (ink, ground, least) in &pairs {
                let ratio = contrast(colours[ink], colours[ground]);
                assert!(ratio >= *least, "{theme}: {ink} on {ground} has {ratio:.2}");
            }
        }
    }
}
