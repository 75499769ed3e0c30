//! `/cgi-bin/qrcode/create`: a ticket for a scene code.

use serde::{Deserialize, Serialize};

use super::answer::{Failure, json};
use super::caller::Call;
use crate::qr::Scene;

const DEFAULT_SECONDS: u32 = 60;
const LONGEST_SECONDS: u32 = 2_592_000;
const LARGEST_PERMANENT: u32 = 100_000;
const LONGEST_SCENE: usize = 64;

#[derive(Deserialize)]
struct Request {
    expire_seconds: Option<u32>,
    action_name: String,
    action_info: Info,
}

#[derive(Deserialize)]
struct Info {
    scene: SceneInfo,
}

#[derive(Deserialize)]
struct SceneInfo {
    scene_id: Option<u32>,
    scene_str: Option<String>,
}

#[derive(Serialize)]
struct Ticket {
    ticket: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_seconds: Option<u32>,
    url: String,
}

pub(super) fn answer(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.service_account()?;
    let body: serde_json::Value = call.json_body()?;
    let invalid = || Failure::new(40053, "invalid action info");
    let request: Request = serde_json::from_value(body).map_err(|_| invalid())?;
    let (scene, seconds) = wanted(request).ok_or_else(invalid)?;
    call.take_daily_quota(&account, "/cgi-bin/qrcode/create")?;
    let random = &call.inner.random;
    let mut world = call.inner.world();
    let (ticket, url) = world.qr.create(call.now, &account.app_id, scene, seconds, random);
    Ok(json(&Ticket {
        ticket,
        expire_seconds: seconds,
        url,
    }))
}

/// The scene, and how long it lives: `None` is for ever.
fn wanted(request: Request) -> Option<(Scene, Option<u32>)> {
    let SceneInfo { scene_id, scene_str } = request.action_info.scene;
    let number = |largest: u32| scene_id.filter(|id| (1..=largest).contains(id)).map(Scene::Number);
    let text = || {
        let fits = |text: &String| (1..=LONGEST_SCENE).contains(&text.chars().count());
        scene_str.filter(fits).map(Scene::Text)
    };
    let seconds = request.expire_seconds.unwrap_or(DEFAULT_SECONDS);
    let seconds = (1..=LONGEST_SECONDS).contains(&seconds).then_some(Some(seconds));
    match request.action_name.as_str() {
        "QR_SCENE" => Some((number(u32::MAX)?, seconds?)),
        "QR_STR_SCENE" => Some((text()?, seconds?)),
        "QR_LIMIT_SCENE" => Some((number(LARGEST_PERMANENT)?, None)),
        "QR_LIMIT_STR_SCENE" => Some((text()?, None)),
        _ => None,
    }
}
