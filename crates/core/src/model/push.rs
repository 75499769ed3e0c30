//! How an account's pushes are answered, and to whom they are forwarded.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{ClientId, ConnectorId, TargetId, TenantId};
use crate::oidc::TenantUrls;
use crate::secret::{Digest256, StoredSecret};
use crate::text::{Locale, Text};

/// Stands in a text where the login link goes.
const PLACEHOLDER: &str = "{login}";

/// What the link says when nobody chose anything else.
static LINK: Text = Text::new("点此登录", "Log in");

/// A text that a person is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PushText {
    /// The text; `{login}` stands for the login link.
    #[serde(default)]
    pub text: String,
    /// Whose login link it carries; without a `{login}` in the text it comes at the end, on a line of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// What the link says; empty: the usual words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
}

impl PushText {
    /// The longest text that a person can be told, in bytes, the link written out (WeChat's limit).
    pub const LONGEST: usize = 2048;

    /// Whether a login link has a place in it but no app.
    #[must_use]
    pub fn lacks_client(&self) -> bool {
        self.client_id.is_none() && self.text.contains(PLACEHOLDER)
    }

    /// The text with its link written out, as chats show links: `<a href="…">…</a>`.
    #[must_use]
    pub fn written(&self, urls: &TenantUrls, locale: Locale) -> String {
        let Some(client) = self.client_id else {
            return self.text.clone();
        };
        let words = if self.link.is_empty() {
            LINK.get(locale)
        } else {
            &self.link
        };
        // Neither needs escaping: an id is letters and digits, and words with markup are refused when they are saved.
        let link = format!("<a href=\"{}?client_id={client}\">{words}</a>", urls.login());
        if self.text.contains(PLACEHOLDER) {
            self.text.replace(PLACEHOLDER, &link)
        } else if self.text.is_empty() {
            link
        } else {
            format!("{}\n{link}", self.text)
        }
    }
}

/// How a word is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushMatch {
    /// The message is the word.
    #[default]
    Exact,
    /// The word stands somewhere in the message.
    Contains,
}

/// A keyword and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushRule {
    /// Any of these; letter case and white space around a message count for nothing.
    pub words: Vec<String>,
    /// How they are looked for.
    #[serde(default)]
    pub matches: PushMatch,
    /// What is answered.
    pub answer: PushText,
}

impl PushRule {
    /// Whether it answers this message, which is in lower case and trimmed.
    fn answers(&self, message: &str) -> bool {
        self.words.iter().any(|word| {
            let word = word.to_lowercase();
            match self.matches {
                PushMatch::Exact => message == word,
                PushMatch::Contains => message.contains(&word),
            }
        })
    }
}

/// A secret that signs along until its time is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FormerSecret {
    /// The secret.
    pub secret: StoredSecret,
    /// Until when.
    pub until: Timestamp,
}

/// A receiver of forwarded pushes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushTarget {
    /// Identifier.
    pub id: TargetId,
    /// Where pushes are posted.
    pub url: String,
    /// Which events, by the names of [`PushEvent::name`](crate::provider::PushEvent::name); `*`: all.
    pub events: Vec<String>,
    /// Whether anything is sent there.
    pub on: bool,
    /// Signs what is sent.
    pub secret: StoredSecret,
    /// The one before, while receivers change over.
    #[serde(default)]
    pub former: Option<FormerSecret>,
    /// When it was added.
    pub created_at: Timestamp,
}

impl PushTarget {
    /// How long the former secret signs along.
    pub const OVERLAP: Duration = Duration::from_secs(7 * 86_400);

    /// Whether it wants an event of this name.
    #[must_use]
    pub fn wants(&self, event: &str) -> bool {
        self.on
            && self
                .events
                .iter()
                .any(|wanted| wanted == "*" || wanted.eq_ignore_ascii_case(event))
    }

    /// The secrets that sign at `now`, the newest first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &StoredSecret> {
        let former = self.former.iter().filter(move |former| now < former.until);
        std::iter::once(&self.secret).chain(former.map(|former| &former.secret))
    }
}

/// What is set for the pushes of one account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushSettings {
    /// Whose.
    pub tenant_id: TenantId,
    /// Which account.
    pub connector_id: ConnectorId,
    /// Asked in order; the first that fits answers.
    pub rules: Vec<PushRule>,
    /// What a new follower is told.
    pub greeting: Option<PushText>,
    /// What a message is answered that no rule fits.
    pub fallback: Option<PushText>,
    /// Receivers.
    pub targets: Vec<PushTarget>,
    /// Counts saves, from 1; 0: never saved.
    pub version: u32,
}

impl PushSettings {
    /// Nothing set.
    #[must_use]
    pub const fn none(tenant_id: TenantId, connector_id: ConnectorId) -> Self {
        Self {
            tenant_id,
            connector_id,
            rules: Vec::new(),
            greeting: None,
            fallback: None,
            targets: Vec::new(),
            version: 0,
        }
    }

    /// What a message is answered; `None`: nothing.
    #[must_use]
    pub fn answer_to(&self, message: &str) -> Option<&PushText> {
        let message = message.trim().to_lowercase();
        let rule = self.rules.iter().find(|rule| rule.answers(&message));
        rule.map(|rule| &rule.answer).or(self.fallback.as_ref())
    }

    /// The receiver of this id.
    #[must_use]
    pub fn target(&self, id: TargetId) -> Option<&PushTarget> {
        self.targets.iter().find(|target| target.id == id)
    }
}

/// A push that was taken: copies of it get the same answer and cause nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushAnswered {
    /// Whose.
    pub tenant_id: TenantId,
    /// Which account.
    pub connector_id: ConnectorId,
    /// Digest of the push's key.
    pub push: Digest256,
    /// What the person was told; `None`: nothing.
    pub reply: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl PushAnswered {
    /// How long copies are known. WeChat sends three within fifteen seconds; a forged copy is too old after ten
    /// minutes.
    pub const LIFETIME: Duration = Duration::from_secs(3600);

    /// The record's id for a push of this key.
    #[must_use]
    pub fn id_of(connector: ConnectorId, push: &Digest256) -> String {
        format!("{connector}:{}", push.encode())
    }
}

/// When the provider was last heard of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushSight {
    /// Whose.
    pub tenant_id: TenantId,
    /// Which account.
    pub connector_id: ConnectorId,
    /// When it last proved that the URL is the account's.
    pub handshake_at: Option<Timestamp>,
    /// When it last pushed, to the minute.
    pub pushed_at: Option<Timestamp>,
    /// Counts saves, from 1.
    pub version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, SystemRandom};

    fn text(text: &str) -> PushText {
        PushText {
            text: text.to_owned(),
            ..PushText::default()
        }
    }

    fn rule(words: &[&str], matches: PushMatch, answer: &str) -> PushRule {
        PushRule {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            matches,
            answer: text(answer),
        }
    }

    fn settings() -> PushSettings {
        let (clock, random) = (SystemClock, SystemRandom);
        let (tenant, connector) = (
            TenantId::generate(&clock, &random),
            ConnectorId::generate(&clock, &random),
        );
        PushSettings {
            rules: vec![
                rule(&["登录", "Login"], PushMatch::Exact, "first"),
                rule(&["登录"], PushMatch::Contains, "second"),
                rule(&["登录"], PushMatch::Exact, "never"),
            ],
            ..PushSettings::none(tenant, connector)
        }
    }

    #[test]
    fn the_first_rule_that_fits_answers() {
        let mut settings = settings();
        let answer = |settings: &PushSettings, message: &str| settings.answer_to(message).map(|text| text.text.clone());
        for (message, expected) in [
            ("登录", Some("first")),
            (" LOGIN\n", Some("first")),
            ("怎么登录？", Some("second")),
            ("logins", None),
            ("", None),
        ] {
            assert_eq!(answer(&settings, message).as_deref(), expected, "{message}");
        }
        settings.fallback = Some(text("sorry"));
        assert_eq!(answer(&settings, "logins").as_deref(), Some("sorry"));
        assert_eq!(answer(&settings, "登录").as_deref(), Some("first"));
    }

    #[test]
    fn a_link_stands_where_it_should() {
        let urls = TenantUrls::new("https://login.example.com/t/acme".to_owned());
        let client: ClientId = "01J0000000000000000000000C".parse().unwrap();
        let link =
            |words: &str| format!("<a href=\"https://login.example.com/t/acme/login?client_id={client}\">{words}</a>");
        let with = |text: &str, words: &str| PushText {
            text: text.to_owned(),
            client_id: Some(client),
            link: words.to_owned(),
        };
        let zh = Locale::ZhCn;
        assert_eq!(
            with("点 {login} 吧", "进").written(&urls, zh),
            format!("点 {} 吧", link("进"))
        );
        assert_eq!(
            with("欢迎", "").written(&urls, zh),
            format!("欢迎\n{}", link("点此登录"))
        );
        assert_eq!(with("", "").written(&urls, Locale::En), link("Log in"));
        assert_eq!(text("plain {login}").written(&urls, zh), "plain {login}");
        assert!(text("plain {login}").lacks_client() && !with("{login}", "").lacks_client());
    }

    #[test]
    fn a_former_secret_signs_until_its_time_is_over() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let target = PushTarget {
            id: TargetId::generate(&SystemClock, &SystemRandom),
            url: "https://a.example/".to_owned(),
            events: vec!["text".to_owned()],
            on: true,
            secret: StoredSecret::new("new".to_owned()),
            former: Some(FormerSecret {
                secret: StoredSecret::new("old".to_owned()),
                until: now.plus(PushTarget::OVERLAP),
            }),
            created_at: now,
        };
        let secrets = |at| target.secrets(at).map(StoredSecret::expose).collect::<Vec<_>>();
        assert_eq!(secrets(now), ["new", "old"]);
        assert_eq!(secrets(now.plus(PushTarget::OVERLAP)), ["new"]);
        assert!(target.wants("text") && target.wants("TEXT") && !target.wants("subscribe"));
        let all = PushTarget {
            events: vec!["*".to_owned()],
            ..target.clone()
        };
        assert!(all.wants("LOCATION"));
        assert!(!PushTarget { on: false, ..all }.wants("text"));
    }
}
