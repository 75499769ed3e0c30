//! The calls about one person: `/sns/…` (Tencent's documentation, 网页授权).

use hufu_core::secret::SecretString;

use super::OfficialAccountApi;
use super::call::Value;
use super::endpoint::Endpoint;
use super::failure::{CallError, Failure};
use super::fields::Fields;

/// What a code was exchanged for.
#[derive(Debug)]
pub struct CodeGrant {
    /// The person's token, good for this person only.
    pub access_token: SecretString,
    /// For [`OfficialAccountApi::refresh`].
    pub refresh_token: Option<SecretString>,
    /// Seconds the access token lives; 7200.
    pub expires_in: Option<u64>,
    /// The person at this account.
    pub openid: String,
    /// What was granted, as WeChat writes it, with commas. Real answers have it; the documentation's table does not.
    pub scope: Option<String>,
    /// The person across the accounts of one Open Platform account; with `snsapi_userinfo` only.
    pub unionid: Option<String>,
    /// The ids are made up: the person looks at a snapshot of the page (快照页).
    pub snapshot: bool,
}

impl CodeGrant {
    /// Whether the profile may be asked for. Without a word from WeChat, what was asked for was granted.
    #[must_use]
    pub fn may_read_profile(&self) -> bool {
        self.scope
            .as_deref()
            .is_none_or(|scope| scope.split(',').any(|one| one.trim() == "snsapi_userinfo"))
    }
}

/// What a refresh token was exchanged for.
#[derive(Debug)]
pub struct RefreshedGrant {
    /// The person's token: the old one, living longer, or a new one.
    pub access_token: SecretString,
    /// The refresh token for next time; its own 30 days are not renewed.
    pub refresh_token: Option<SecretString>,
    /// Seconds the access token lives.
    pub expires_in: Option<u64>,
    /// The person at this account.
    pub openid: String,
    /// What was granted.
    pub scope: Option<String>,
}

/// What WeChat still tells about a person; since 2021-10-20 neither sex nor place (Tencent's announcement).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInfo {
    /// The person at this account.
    pub openid: String,
    /// Any Unicode.
    pub nickname: Option<String>,
    /// URL of the picture.
    pub headimgurl: Option<String>,
    /// As in `zh_CN`; often absent.
    pub language: Option<String>,
    /// 1 male, 2 female, 0 unknown; always 0 in new answers.
    pub sex: Option<u64>,
    /// The person across the accounts of one Open Platform account.
    pub unionid: Option<String>,
}

impl OfficialAccountApi {
    /// `GET /sns/oauth2/access_token`: exchanges a code, which works once within five minutes.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn exchange_code(&self, code: &str) -> Result<CodeGrant, CallError> {
        let parameters = [
            ("appid", Value::Open(&self.app_id)),
            ("secret", Value::secret(&self.secret)),
            ("code", Value::Secret(code)),
            ("grant_type", Value::Open("authorization_code")),
        ];
        self.get(Endpoint::AccessToken, &parameters, |fields| {
            Ok(CodeGrant {
                access_token: fields.secret("access_token")?,
                refresh_token: fields.optional_secret("refresh_token")?,
                expires_in: fields.number("expires_in"),
                openid: fields.person_id("openid")?,
                scope: fields.optional_text("scope")?,
                unionid: fields.optional_person_id("unionid")?,
                snapshot: fields.flag("is_snapshotuser"),
            })
        })
        .await
    }

    /// `GET /sns/oauth2/refresh_token`: a person's token again, without the person and without the AppSecret.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<RefreshedGrant, CallError> {
        let parameters = [
            ("appid", Value::Open(&self.app_id)),
            ("grant_type", Value::Open("refresh_token")),
            ("refresh_token", Value::secret(refresh_token)),
        ];
        self.get(Endpoint::RefreshToken, &parameters, |fields| {
            Ok(RefreshedGrant {
                access_token: fields.secret("access_token")?,
                refresh_token: fields.optional_secret("refresh_token")?,
                expires_in: fields.number("expires_in"),
                openid: fields.person_id("openid")?,
                scope: fields.optional_text("scope")?,
            })
        })
        .await
    }

    /// `GET /sns/userinfo`: the profile, with a token of scope `snsapi_userinfo`. Made once more when it may help.
    ///
    /// # Errors
    /// What WeChat or the network answers; an answer about somebody else than `openid` is unusable.
    pub async fn userinfo(&self, access_token: &SecretString, openid: &str) -> Result<UserInfo, CallError> {
        let parameters = [
            ("access_token", Value::secret(access_token)),
            ("openid", Value::Open(openid)),
            ("lang", Value::Open("zh_CN")),
        ];
        self.read(Endpoint::UserInfo, &parameters, |fields| {
            let info = UserInfo {
                openid: fields.person_id("openid")?,
                nickname: fields.optional_text("nickname")?,
                headimgurl: fields.optional_text("headimgurl")?,
                language: fields.optional_text("language")?,
                sex: fields.number("sex"),
                unionid: fields.optional_person_id("unionid")?,
            };
            if info.openid == openid {
                Ok(info)
            } else {
                Err(Failure::Nonsense("openid is another person's".to_owned()))
            }
        })
        .await
    }

    /// `GET /sns/auth`: whether a person's token still works.
    ///
    /// # Errors
    /// What WeChat or the network answers.
    pub async fn check(&self, access_token: &SecretString, openid: &str) -> Result<(), CallError> {
        let parameters = [
            ("access_token", Value::secret(access_token)),
            ("openid", Value::Open(openid)),
        ];
        self.get(Endpoint::Auth, &parameters, Fields::done).await
    }
}
