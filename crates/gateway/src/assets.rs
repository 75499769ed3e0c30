//! The files that pages load.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::Response;
use hufu_web::assets::{Asset, Assets};

/// Style sheet, copy button, the wait for a scan, the form that sends itself, icon.
pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let file = |name, media_type, body| Asset { name, media_type, body };
    Assets::new(
        "/assets",
        &[
            file(
                "page.css",
                "text/css; charset=utf-8",
                include_bytes!("../static/page.css"),
            ),
            file(
                "copy.js",
                "text/javascript; charset=utf-8",
                include_bytes!("../static/copy.js"),
            ),
            file(
                "scan.js",
                "text/javascript; charset=utf-8",
                include_bytes!("../static/scan.js"),
            ),
            file(
                "post.js",
                "text/javascript; charset=utf-8",
                include_bytes!("../static/post.js"),
            ),
            file("icon.svg", "image/svg+xml", include_bytes!("../static/icon.svg")),
        ],
    )
});

pub(crate) async fn get(Path((hash, name)): Path<(String, String)>) -> Response {
    ASSETS.serve(&hash, &name)
}
