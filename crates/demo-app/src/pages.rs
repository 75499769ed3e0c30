//! The pages, in Chinese and English

use askama::Template;
use axum::http::StatusCode;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::Inner;
use crate::oidc::{Failure, Person};

/// Nothing from outside is shown longer than this in running text.
const LONGEST_MESSAGE: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    Zh,
    En,
}

impl Lang {
    /// The better liked of the two languages in an `Accept-Language` header; English if neither is there.
    pub(crate) fn preferred(header: &str) -> Self {
        let mut best = (Self::En, 0.0_f32);
        for entry in header.split(',') {
            let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let weight = parameters
                .trim()
                .strip_prefix("q=")
                .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
            let lang = match tag.trim().split('-').next() {
                Some(primary) if primary.eq_ignore_ascii_case("zh") => Self::Zh,
                Some(primary) if primary.eq_ignore_ascii_case("en") => Self::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }

    fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The one of the two texts that is in this language.
    fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    fn login_with(self, provider: &str) -> String {
        match (self, provider.trim()) {
            (Self::Zh, "") => "登录".to_owned(),
            (Self::En, "") => "Log in".to_owned(),
            (Self::Zh, name) => format!("用 {name} 登录"),
            (Self::En, name) => format!("Log in with {name}"),
        }
    }
}

/// Why the person sees a page about something that went wrong.
pub(crate) enum Problem {
    /// The provider sent the browser back with an error.
    Provider { error: String, description: Option<String> },
    /// The state is none of a login this browser has under way.
    StateMismatch,
    /// A code without a state came twice in a row.
    NotStartedHere,
    /// The answer says it comes from another issuer.
    OtherIssuer,
    /// The answer is none: neither code nor error, or something twice.
    BadCallback,
    /// Talking to the provider failed.
    Failed(Failure),
    /// There is no such page.
    NotFound,
}

impl Problem {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Provider { .. }
            | Self::StateMismatch
            | Self::NotStartedHere
            | Self::OtherIssuer
            | Self::BadCallback
            | Self::Failed(Failure::CodeRefused(_)) => StatusCode::BAD_REQUEST,
            Self::Failed(Failure::Provider(_) | Failure::Token(_) | Failure::UserInfo(_)) => StatusCode::BAD_GATEWAY,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    fn title(&self, lang: Lang) -> &'static str {
        match self {
            Self::Provider { .. } => lang.pick("登录未完成", "The login was not completed"),
            Self::StateMismatch => lang.pick("登录请求不匹配", "This login does not match"),
            Self::NotStartedHere => lang.pick("此登录不是从本应用发起的", "This login was not started here"),
            Self::OtherIssuer => lang.pick("回应来自其他登录服务", "The answer comes from another provider"),
            Self::BadCallback => lang.pick("无法识别的登录回应", "The login answer cannot be read"),
            Self::Failed(Failure::Provider(_)) => lang.pick("无法连接登录服务", "The login provider is not available"),
            Self::Failed(Failure::CodeRefused(_)) => {
                lang.pick("登录服务拒绝了授权码", "The provider refused the login code")
            }
            Self::Failed(Failure::Token(_)) => lang.pick("ID Token 验证失败", "The ID token could not be verified"),
            Self::Failed(Failure::UserInfo(_)) => {
                lang.pick("用户信息验证失败", "The user information could not be verified")
            }
            Self::NotFound => lang.pick("页面不存在", "There is no such page"),
        }
    }

    fn explanation(&self, lang: Lang) -> &'static str {
        match self {
            Self::Provider { .. } => lang.pick(
                "登录服务返回了以下错误。您没有登录，可以重新尝试。",
                "The login provider answered with the error below. You are not logged in; you can try again.",
            ),
            Self::StateMismatch => lang.pick(
                "此登录可能已过期、已被使用，或是在另一个浏览器中开始的。为了您的安全，请重新开始。",
                "It may have expired, been used already, or been started in another browser. To be safe, start again.",
            ),
            Self::NotStartedHere => lang.pick(
                "收到了一个不属于本浏览器的授权码，它没有被使用。请从这里重新开始登录。",
                "A login code arrived that belongs to no login of this browser. It was not used. Start a login here.",
            ),
            Self::OtherIssuer => lang.pick(
                "授权码没有被使用。请重新开始登录。",
                "The login code was not used. Please start again.",
            ),
            Self::BadCallback => lang.pick(
                "回应中既没有授权码也没有错误信息，或者参数重复。请重新开始登录。",
                "It holds neither a code nor an error, or something twice. Please start again.",
            ),
            Self::Failed(Failure::Provider(_)) => lang.pick(
                "应用暂时无法与登录服务通信，请稍后再试。",
                "The app cannot talk to the login provider at the moment. Try again in a little while.",
            ),
            Self::Failed(Failure::CodeRefused(_)) => lang.pick(
                "授权码可能已过期或已被使用。请重新开始登录。",
                "The code may have expired or been used already. Please start again.",
            ),
            Self::Failed(Failure::Token(_) | Failure::UserInfo(_)) => lang.pick(
                "应用不信任登录服务的回应，因此您没有登录。",
                "The app does not trust the provider's answer, so you are not logged in.",
            ),
            Self::NotFound => lang.pick(
                "请检查地址，或返回首页。",
                "Check the address, or go back to the start.",
            ),
        }
    }

    /// What went wrong in the words of the machine, as name and value.
    fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Provider { error, description } => {
                let mut details = vec![("error", shortened(error))];
                details.extend(
                    description
                        .as_deref()
                        .map(|text| ("error_description", shortened(text))),
                );
                details
            }
            Self::Failed(
                Failure::Provider(why) | Failure::CodeRefused(why) | Failure::Token(why) | Failure::UserInfo(why),
            ) => vec![("reason", shortened(why))],
            Self::StateMismatch | Self::NotStartedHere | Self::OtherIssuer | Self::BadCallback | Self::NotFound => {
                Vec::new()
            }
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What every page shows around its content.
struct Frame<'a> {
    lang: Lang,
    tag: &'static str,
    base: &'a str,
    issuer: &'a str,
    client_id: &'a str,
    scopes: String,
    login: String,
}

impl<'a> Frame<'a> {
    fn new(lang: Lang, app: &'a Inner) -> Self {
        Self {
            lang,
            tag: lang.tag(),
            base: &app.base,
            issuer: &app.config.issuer,
            client_id: &app.config.client_id,
            scopes: app.config.scopes.join(" "),
            login: lang.login_with(&app.config.provider_name),
        }
    }

    fn t(&self, zh: &'static str, en: &'static str) -> &'static str {
        self.lang.pick(zh, en)
    }
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut<'a> {
    frame: Frame<'a>,
    /// Whether the person has just left.
    left: bool,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame<'a>,
    title: &'static str,
    explanation: &'static str,
    details: Vec<(&'static str, String)>,
    again: bool,
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedIn<'a> {
    frame: Frame<'a>,
    name: String,
    initial: String,
    subject: String,
    picture: Option<String>,
    claims: Vec<Row>,
    claims_raw: String,
    userinfo: Option<(Vec<Row>, String)>,
}

struct Row {
    name: String,
    meaning: &'static str,
    value: String,
    note: Option<String>,
}

pub(crate) fn signed_out(lang: Lang, app: &Inner, left: bool) -> askama::Result<String> {
    SignedOut {
        frame: Frame::new(lang, app),
        left,
    }
    .render()
}

pub(crate) fn problem(lang: Lang, app: &Inner, problem: &Problem) -> askama::Result<String> {
    ProblemPage {
        frame: Frame::new(lang, app),
        title: problem.title(lang),
        explanation: problem.explanation(lang),
        details: problem.details(),
        again: !matches!(problem, Problem::NotFound),
    }
    .render()
}

pub(crate) fn signed_in(lang: Lang, app: &Inner, person: &Person) -> askama::Result<String> {
    let find = |names: &[&str]| {
        names.iter().find_map(|name| {
            let maps = person.userinfo.iter().chain([&person.claims]);
            maps.filter_map(|map| map.get(*name)?.as_str())
                .find(|text| !text.trim().is_empty())
        })
    };
    let subject = person
        .claims
        .get("sub")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let name = find(&["nickname", "name", "preferred_username"]).map_or_else(|| subject.clone(), ToOwned::to_owned);
    SignedIn {
        frame: Frame::new(lang, app),
        initial: name.trim().chars().take(1).collect(),
        name,
        subject,
        picture: find(&["picture"])
            .filter(|picture| picture.starts_with("https://") || picture.starts_with("http://"))
            .map(ToOwned::to_owned),
        claims: rows(lang, &person.claims),
        claims_raw: raw(&person.claims),
        userinfo: person.userinfo.as_ref().map(|info| (rows(lang, info), raw(info))),
    }
    .render()
}

fn raw(map: &Map<String, Value>) -> String {
    serde_json::to_string_pretty(map).unwrap_or_default()
}

fn rows(lang: Lang, map: &Map<String, Value>) -> Vec<Row> {
    let mut rows: Vec<Row> = map
        .iter()
        .map(|(name, value)| Row {
            name: name.clone(),
            meaning: Some(meaning(lang, name))
                .filter(|meaning| meaning != name)
                .unwrap_or_default(),
            value: match value {
                Value::String(text) => text.clone(),
                Value::Array(values) if values.iter().all(Value::is_string) => {
                    values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
                }
                other => other.to_string(),
            },
            note: if matches!(name.as_str(), "iat" | "exp" | "nbf" | "auth_time" | "updated_at") {
                value
                    .as_i64()
                    .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
                    .and_then(|at| at.format(&Rfc3339).ok())
            } else {
                None
            },
        })
        .collect();
    // Who it is about comes first, then where the token is from; everything else follows by name.
    rows.sort_by(|a, b| rank(&a.name).cmp(&rank(&b.name)).then_with(|| a.name.cmp(&b.name)));
    rows
}

fn rank(name: &str) -> usize {
    const FIRST: [&str; 10] = [
        "sub",
        "nickname",
        "name",
        "preferred_username",
        "picture",
        "iss",
        "aud",
        "iat",
        "exp",
        "auth_time",
    ];
    FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len())
}

fn meaning(lang: Lang, claim: &str) -> &'static str {
    match claim {
        "sub" => lang.pick("用户标识", "the person's identifier"),
        "nickname" => lang.pick("昵称", "nickname"),
        "name" => lang.pick("姓名", "full name"),
        "preferred_username" => lang.pick("用户名", "user name"),
        "picture" => lang.pick("头像", "picture"),
        "iss" => lang.pick("签发者", "issuer"),
        "aud" => lang.pick("接收方", "meant for"),
        "azp" => lang.pick("授权方", "authorised party"),
        "iat" => lang.pick("签发时间", "issued at"),
        "exp" => lang.pick("过期时间", "expires at"),
        "auth_time" => lang.pick("认证时间", "logged in at"),
        "updated_at" => lang.pick("资料更新时间", "profile changed at"),
        "nonce" => lang.pick("随机数", "ties the token to this login"),
        "at_hash" => lang.pick("访问令牌摘要", "hash of the access token"),
        "sid" => lang.pick("会话标识", "session at the provider"),
        "acr" => lang.pick("认证级别", "level of authentication"),
        "amr" => lang.pick("认证方式", "ways of authentication"),
        "gender" => lang.pick("性别", "gender"),
        "locale" => lang.pick("语言", "language"),
        "zoneinfo" => lang.pick("时区", "time zone"),
        "email" => lang.pick("邮箱", "email"),
        "phone_number" => lang.pick("电话", "phone number"),
        "address" => lang.pick("地址", "address"),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_liked_language_wins() {
        for (header, expected) in [
            ("", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en;q=0.5, zh-TW;q=0.7", Lang::Zh),
            ("fr, en;q=0.8, zh;q=0.3", Lang::En),
            ("de", Lang::En),
            ("zh;q=0", Lang::En),
        ] {
            assert_eq!(Lang::preferred(header), expected, "{header}");
        }
    }

    #[test]
    fn long_messages_are_cut_at_a_character() {
        let text = "错".repeat(LONGEST_MESSAGE + 5);
        assert_eq!(shortened(&text).chars().count(), LONGEST_MESSAGE + 1);
        assert_eq!(shortened("short"), "short");
    }
}
