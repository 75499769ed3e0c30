//! What an account knows of a follower: `/cgi-bin/user/info` (Tencent's documentation, 获取用户基本信息).

use hufu_core::secret::SecretString;

use super::OfficialAccountApi;
use super::call::Value;
use super::endpoint::Endpoint;
use super::failure::{CallError, Failure};

/// A person at an account. Since 2021-12-27 neither name nor picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower {
    /// Whether the person follows the account; if not, nothing but the openid is known.
    pub subscribed: bool,
    /// The person at this account.
    pub openid: String,
    /// The person across the accounts of one Open Platform account; of followers only.
    pub unionid: Option<String>,
    /// When the person last began to follow, seconds since the Unix epoch.
    pub subscribe_time: Option<u64>,
    /// How: `ADD_SCENE_QR_CODE`, …
    pub subscribe_scene: Option<String>,
    /// The scene of the QR code, if it was one.
    pub qr_scene: Option<String>,
}

impl OfficialAccountApi {
    /// `GET /cgi-bin/user/info`.
    ///
    /// # Errors
    /// What WeChat or the network answers; an answer about somebody else than `openid` is unusable.
    pub async fn follower(&self, token: &SecretString, openid: &str) -> Result<Follower, CallError> {
        let parameters = [
            ("access_token", Value::secret(token)),
            ("openid", Value::Open(openid)),
            ("lang", Value::Open("zh_CN")),
        ];
        self.read(Endpoint::Follower, &parameters, |fields| {
            let follower = Follower {
                subscribed: fields.flag("subscribe"),
                openid: fields.person_id("openid")?,
                unionid: fields.optional_person_id("unionid")?,
                subscribe_time: fields.number("subscribe_time"),
                subscribe_scene: fields.optional_text("subscribe_scene")?,
                qr_scene: fields.optional_text("qr_scene_str")?,
            };
            if follower.openid == openid {
                Ok(follower)
            } else {
                Err(Failure::Nonsense("openid is another person's".to_owned()))
            }
        })
        .await
    }
}
