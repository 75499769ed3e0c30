//! `/cgi-bin/user/info` and its batch form: followers, as an account's server sees them.

use serde::{Deserialize, Serialize};
use serde_json::json as value;

use super::answer::{Failure, json};
use super::caller::Call;
use crate::account::Account;
use crate::person;
use crate::qr::Scene;
use crate::world::World;

const MOST_AT_ONCE: usize = 100;

/// Fields in the order of real bodies; the profile is empty since 2021-12-27 (Tencent announcement).
#[derive(Serialize)]
struct Follower<'a> {
    subscribe: u8,
    openid: &'a str,
    nickname: &'static str,
    sex: u8,
    language: &'static str,
    city: &'static str,
    province: &'static str,
    country: &'static str,
    headimgurl: &'static str,
    subscribe_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    unionid: Option<String>,
    remark: &'static str,
    groupid: u8,
    tagid_list: [u8; 0],
    subscribe_scene: &'static str,
    qr_scene: u32,
    qr_scene_str: &'a str,
}

pub(super) fn one(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.service_account()?;
    let openid = call
        .params
        .filled("openid")
        .ok_or(Failure::new(41009, "missing openid"))?;
    call.take_daily_quota(&account, "/cgi-bin/user/info")?;
    described(call, &call.inner.world(), &account, openid)
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    user_list: Vec<Asked>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    openid: String,
}

pub(super) fn batch(call: &Call<'_>) -> Result<String, Failure> {
    let account = call.service_account()?;
    let request: Request = call.json_body()?;
    if !(1..=MOST_AT_ONCE).contains(&request.user_list.len()) {
        return Err(Failure::new(40032, "invalid openid list size"));
    }
    call.take_daily_quota(&account, "/cgi-bin/user/info/batchget")?;
    let world = call.inner.world();
    let list = request
        .user_list
        .iter()
        .map(|asked| described(call, &world, &account, &asked.openid));
    let list: Result<Vec<String>, Failure> = list.collect();
    Ok(format!(r#"{{"user_info_list":[{}]}}"#, list?.join(",")))
}

fn described(call: &Call<'_>, world: &World, account: &Account, openid: &str) -> Result<String, Failure> {
    let seed = call.inner.settings.seed;
    let user = world
        .users
        .iter()
        .find(|user| person::openid(seed, &user.id, &account.app_id) == openid)
        .ok_or(Failure::new(40003, "invalid openid"))?;
    if !user.follows(&account.app_id) {
        return Ok(json(&value!({"subscribe": 0, "openid": openid, "tagid_list": []})));
    }
    let follow = world.follows.get(&account.app_id, &user.id);
    let scene = follow.and_then(|follow| follow.scene.as_ref());
    let (qr_scene, qr_scene_str) = match scene {
        Some(Scene::Number(number)) => (*number, ""),
        Some(Scene::Text(text)) => (0, text.as_str()),
        None => (0, ""),
    };
    Ok(json(&Follower {
        subscribe: 1,
        openid,
        nickname: "",
        sex: 0,
        language: "zh_CN",
        city: "",
        province: "",
        country: "",
        headimgurl: "",
        // Who followed from the start did so before the simulator's time.
        subscribe_time: follow.map_or(world.started_at, |follow| follow.since),
        unionid: person::unionid(seed, user, account),
        remark: "",
        groupid: 0,
        tagid_list: [],
        subscribe_scene: follow.map_or("ADD_SCENE_SEARCH", |follow| follow.channel()),
        qr_scene,
        qr_scene_str,
    }))
}
