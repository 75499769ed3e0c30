//! What every plug-in keeps, whatever service it is for. A plug-in's tests run [`check`] on each kind of theirs.
//!
//! Nothing here calls a network: opening is cheap, and URLs are built from settings alone.

#![expect(clippy::panic, reason = "a contract suite tells a broken contract by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hufu_core::clock::{SystemClock, SystemRandom, Timestamp};
use hufu_core::error::Class;
use hufu_core::ids::{ConnectorId, TenantId};
use hufu_core::model::{Connector, Status};
use hufu_core::provider::{
    AuthorizationUrl, Callback, FieldKind, MemoryMeter, MemoryTokens, ProfilePlan, Provider, ProviderErrorCode,
    ProviderHost, ProviderKind, RedirectLogin,
};
use hufu_core::secret::SecretString;
use hufu_core::text::Text;
use url::Url;

const CALLBACK: &str = "https://login.example.cn/t/acme/callback/01JD0000000000000000000000?a=b&c=d e#/f";
const STATE: &str = "0123456789abcdefghijABCDEFGHIJxy";

/// Settings a kind can be opened with. The values of `secrets` are the canaries: they must show up nowhere.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Values of the form that are no secret.
    pub settings: BTreeMap<String, String>,
    /// Values of the form that are secret.
    pub secrets: BTreeMap<String, String>,
}

impl Sample {
    /// From pairs of field name and value.
    #[must_use]
    pub fn new(settings: &[(&str, &str)], secrets: &[(&str, &str)]) -> Self {
        let owned = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        Self {
            settings: owned(settings),
            secrets: owned(secrets),
        }
    }

    /// A connector of `kind` with these settings.
    #[must_use]
    pub fn connector(&self, kind: &str) -> Connector {
        let secrets = self
            .secrets
            .iter()
            .map(|(name, value)| (name.clone(), SecretString::from(value.as_str())));
        Connector {
            id: ConnectorId::generate(&SystemClock, &SystemRandom),
            tenant_id: TenantId::generate(&SystemClock, &SystemRandom),
            kind: kind.to_owned(),
            name: "A connector / 连接".to_owned(),
            status: Status::Active,
            settings: self.settings.clone(),
            secrets: secrets.collect(),
            secrets_at: Timestamp::from_millis(1_790_000_000_000),
            created_at: Timestamp::from_millis(1_790_000_000_000),
            version: 1,
        }
    }

    fn values(&self) -> BTreeMap<String, String> {
        self.settings.clone().into_iter().chain(self.secrets.clone()).collect()
    }

    /// Panics if `text` holds a secret.
    fn assert_hidden(&self, what: &str, text: &str) {
        for (name, secret) in &self.secrets {
            assert!(!text.contains(secret.as_str()), "{what} shows the secret {name}");
        }
    }
}

/// A host with the machine's clock and randomness.
#[must_use]
pub fn host() -> ProviderHost {
    ProviderHost {
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        tokens: Arc::new(MemoryTokens::new(Arc::new(SystemClock))),
        meter: Arc::new(MemoryMeter::default()),
    }
}

/// Runs the whole suite.
///
/// # Panics
/// When the kind breaks the contract.
pub fn check(kind: &dyn ProviderKind, sample: &Sample) {
    names_are_stable(kind);
    description_is_bilingual(kind);
    form_is_complete(kind, sample);
    missing_settings_are_refused(kind, sample);
    let opened = kind.open(&sample.connector(kind.kind()), &host());
    let provider = opened.unwrap_or_else(|error| panic!("the sample does not open: {error}"));
    if let Some(login) = provider.redirect_login() {
        urls_carry_callback_and_state(login, sample);
        odd_browsers_are_survived(login);
        odd_callbacks_are_survived(login);
        a_wish_is_needed_to_step_up(login);
    }
    opening_is_repeatable(kind, sample, provider.as_ref());
}

fn names_are_stable(kind: &dyn ProviderKind) {
    let name = kind.kind();
    assert_eq!(name, kind.kind(), "the kind's name changes");
    assert!((2..=40).contains(&name.len()), "{name}: 2 to 40 characters");
    assert!(
        name.starts_with(|c: char| c.is_ascii_lowercase()),
        "{name}: begins with a letter"
    );
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!(
        name.chars().all(fits) && !name.ends_with('-'),
        "{name}: lower-case letters, digits and dashes"
    );
}

fn assert_bilingual(what: &str, text: &Text) {
    for (language, text) in [("Chinese", &text.zh), ("English", &text.en)] {
        assert!(!text.trim().is_empty(), "{what} has no {language} text");
        assert_eq!(text.trim(), text, "{what}: blanks around the {language} text");
        assert!(
            !text.chars().any(char::is_control),
            "{what}: control characters in the {language} text"
        );
    }
}

fn description_is_bilingual(kind: &dyn ProviderKind) {
    let description = kind.describe();
    assert_bilingual("name", &description.name);
    assert_bilingual("summary", &description.summary);
    if let Some(elsewhere) = &description.elsewhere {
        assert_bilingual("elsewhere", elsewhere);
    }
    let claims: BTreeSet<_> = description.claims.iter().collect();
    assert_eq!(claims.len(), description.claims.len(), "a claim stands twice");
    // The claims of OpenID Connect are the engine's to give; a plug-in's own carry its name.
    for claim in claims {
        assert!(claim.contains('_'), "{claim} needs a prefix");
        assert!(
            claim
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{claim}"
        );
    }
}

fn form_is_complete(kind: &dyn ProviderKind, sample: &Sample) {
    let form = kind.form();
    let mut names = BTreeSet::new();
    for field in &form.fields {
        let name = field.name;
        assert!(names.insert(name), "the field {name} stands twice");
        assert!(
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{name}: its form"
        );
        assert_bilingual(name, &field.label);
        assert_bilingual(name, &field.hint);
        match &field.kind {
            FieldKind::Choice { choices } => {
                assert!(choices.len() > 1, "{name}: nothing to choose");
                let values: BTreeSet<_> = choices.iter().map(|choice| choice.value).collect();
                assert_eq!(values.len(), choices.len(), "{name}: a choice stands twice");
                for choice in choices {
                    assert_bilingual(name, &choice.label);
                }
            }
            FieldKind::Secret { .. } => {
                assert!(
                    field.default.is_none_or(str::is_empty),
                    "{name}: a secret has no default but to be left out"
                );
                assert!(
                    field.default.is_some() || sample.secrets.contains_key(name),
                    "{name}: the sample needs this secret"
                );
            }
            FieldKind::Text { .. } => {}
        }
        if field.default.is_none() {
            assert!(
                sample.values().contains_key(name),
                "{name}: the sample needs this field"
            );
        }
    }
    let checked = form.validate(sample.values());
    assert!(checked.is_ok(), "the form refuses the sample: {:?}", checked.err());
    for secret in sample.secrets.keys() {
        assert!(
            form.secrets().any(|name| name == secret),
            "{secret} is no secret of the form"
        );
    }
    // What people type in error comes back with their words; a secret's must not.
    for name in form.secrets() {
        let canary = "deadbeef\u{0}no such secret";
        let mut values = sample.values();
        values.insert(name.to_owned(), canary.to_owned());
        if let Err(problems) = form.validate(values) {
            assert!(
                !format!("{problems:?}").contains("deadbeef"),
                "{name}: the complaint shows the value"
            );
        }
    }
}

fn missing_settings_are_refused(kind: &dyn ProviderKind, sample: &Sample) {
    for field in kind.form().fields.iter().filter(|field| field.default.is_none()) {
        for value in [None, Some("")] {
            let mut connector = sample.connector(kind.kind());
            connector.settings.remove(field.name);
            connector.secrets.remove(field.name);
            if let Some(value) = value {
                match field.kind {
                    FieldKind::Secret { .. } => {
                        connector
                            .secrets
                            .insert(field.name.to_owned(), SecretString::from(value));
                    }
                    _ => {
                        connector.settings.insert(field.name.to_owned(), value.to_owned());
                    }
                }
            }
            let Err(error) = kind.open(&connector, &host()) else {
                panic!("it opens without {}", field.name)
            };
            assert_eq!(error.code, ProviderErrorCode::Misconfigured, "without {}", field.name);
            assert_eq!(error.class, Class::TenantAdmin, "without {}", field.name);
            assert_bilingual("the refusal", &error.message);
            assert!(error.remedy.is_some(), "without {}: no remedy", field.name);
            sample.assert_hidden("the refusal", &format!("{error} {error:?}"));
        }
    }
}

fn urls_carry_callback_and_state(login: &dyn RedirectLogin, sample: &Sample) {
    for profile in [false, true] {
        let built = login.authorization_url(&AuthorizationUrl {
            callback: CALLBACK,
            state: STATE,
            profile,
        });
        let built = built.unwrap_or_else(|error| panic!("no authorization URL: {error}"));
        let url = Url::parse(&built).unwrap_or_else(|error| panic!("{built}: {error}"));
        assert!(matches!(url.scheme(), "https" | "http"), "{built}");
        assert!(
            url.query_pairs().any(|(_, value)| value == CALLBACK),
            "{built} lacks the callback, encoded once"
        );
        assert!(
            url.query_pairs().any(|(_, value)| value == STATE),
            "{built} lacks the state"
        );
        sample.assert_hidden("the authorization URL", &built);
    }
}

fn odd_browsers_are_survived(login: &dyn RedirectLogin) {
    let long = "Mozilla/5.0 ".repeat(10_000);
    for user_agent in ["", " ", "\0", "张三", "MicroMessenger", "\u{202e}🙂", "(((", &long] {
        let first = login.accepts(user_agent);
        assert_eq!(
            first,
            login.accepts(user_agent),
            "it changes its mind about {user_agent:.40}"
        );
    }
}

fn odd_callbacks_are_survived(login: &dyn RedirectLogin) {
    let long = "x".repeat(100_000);
    let odd: &[&[(&str, &str)]] = &[
        &[],
        &[("", "")],
        &[("code", "")],
        &[("state", STATE)],
        &[("error", "access_denied")],
        &[("code", "\0\r\n")],
        &[("code", "代码🙂")],
        &[("code", "a"), ("code", "b")],
        &[("CODE", "a"), ("code[]", "b")],
        &[("code", &long), (&long, "x")],
    ];
    for parameters in odd {
        let owned: Vec<_> = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let read = login.read_callback(&owned);
        assert_ne!(read, Callback::Code(String::new()), "an empty code is none");
        assert_eq!(read, login.read_callback(&owned), "the same callback reads differently");
    }
    assert_eq!(login.read_callback(&[]), Callback::Denied, "nothing is no code");
}

fn a_wish_is_needed_to_step_up(login: &dyn RedirectLogin) {
    assert_ne!(
        login.profile_plan(false),
        ProfilePlan::WhenUnknown,
        "nobody wants the profile that it asks twice for"
    );
}

/// The same settings give the same URLs; capabilities do not come and go.
fn opening_is_repeatable(kind: &dyn ProviderKind, sample: &Sample, provider: &dyn Provider) {
    let connector = sample.connector(kind.kind());
    sample.assert_hidden("Debug of a connector", &format!("{connector:?}"));
    let again = kind
        .open(&connector, &host())
        .unwrap_or_else(|error| panic!("it opens once only: {error}"));
    let request = AuthorizationUrl {
        callback: CALLBACK,
        state: STATE,
        profile: true,
    };
    let url = |provider: &dyn Provider| {
        provider
            .redirect_login()
            .and_then(|l| l.authorization_url(&request).ok())
    };
    assert_eq!(url(provider), url(again.as_ref()), "opened again it builds another URL");
    assert_eq!(
        provider.diagnose().is_some(),
        again.diagnose().is_some(),
        "a capability comes and goes"
    );
    sample.assert_hidden(
        "Debug of description and form",
        &format!("{:?} {:?}", kind.describe(), kind.form()),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted_provider::ScriptedProvider;

    #[test]
    fn the_scripted_provider_keeps_the_contract() {
        check(&ScriptedProvider::new(), &Sample::new(&[], &[]));
    }
}
