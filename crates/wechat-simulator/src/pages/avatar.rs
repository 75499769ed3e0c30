//! Portraits, drawn here so that nothing has to be fetched from elsewhere.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use crate::person::SNAPSHOT_AVATAR;
use crate::simulator::Inner;
use crate::wire::reply;

/// 0 stands for the original, 640 pixels wide (Tencent doc).
pub(super) async fn get(State(inner): State<Arc<Inner>>, Path((user_id, size)): Path<(String, String)>) -> Response {
    let size = size
        .parse::<u32>()
        .ok()
        .filter(|size| [46, 64, 96, 132].contains(size))
        .unwrap_or(640);
    let user = inner.world().user(&user_id).filter(|user| user.avatar);
    let (colour, letter) = match user {
        Some(user) => (format!("hsl({} 45% 45%)", hue(&user_id)), initial(&user.nickname)),
        None if user_id == SNAPSHOT_AVATAR => ("#b2b2b2".to_owned(), String::new()),
        None => ("#c8c8c8".to_owned(), "?".to_owned()),
    };
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 100 100"><rect width="100" height="100" fill="{colour}"/><circle cx="50" cy="38" r="17" fill="#fff" fill-opacity=".25"/><path d="M16 100a34 34 0 0 1 68 0z" fill="#fff" fill-opacity=".25"/><text x="50" y="66" font-size="46" font-family="sans-serif" fill="#fff" text-anchor="middle">{letter}</text></svg>"##
    );
    reply("image/svg+xml", svg)
}

fn hue(user_id: &str) -> u32 {
    user_id
        .bytes()
        .fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)))
        % 360
}

/// The first letter, unless it means something in XML.
fn initial(nickname: &str) -> String {
    nickname
        .chars()
        .next()
        .filter(|first| !"<>&\"'".contains(*first))
        .map(String::from)
        .unwrap_or_default()
}
