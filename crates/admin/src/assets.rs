//! The files that the console's pages load.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::Response;
use hufu_web::assets::{Asset, Assets};

/// Style sheet and icon.
pub(crate) static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let file = |name, media_type, body| Asset { name, media_type, body };
    Assets::new(
        "/admin/assets",
        &[
            file(
                "console.css",
                "text/css; charset=utf-8",
                include_bytes!("../../../admin-ui/static/console.css"),
            ),
            file(
                "icon.svg",
                "image/svg+xml",
                include_bytes!("../../../admin-ui/static/icon.svg"),
            ),
        ],
    )
});

pub(crate) async fn get(Path((hash, name)): Path<(String, String)>) -> Response {
    ASSETS.serve(&hash, &name)
}
