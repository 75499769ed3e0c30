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
    use super::*;

    #[test]
    fn the_files_are_light_and_load_nothing_else() {
        let bytes: usize = FILES.iter().map(|file| file.body.len()).sum();
        assert!(bytes < 120_000, "{bytes}");
        for foreign in ["@import", "url(http", "//cdn", "\nimport ", "\nexport "] {
            assert!(!STYLE.contains(foreign) && !SCRIPT.contains(foreign), "{foreign}");
        }
    }
}
