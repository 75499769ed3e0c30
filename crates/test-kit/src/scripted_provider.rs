//! A provider whose answers a test lays down: the engine's stand-in for any service.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hufu_core::model::{Connector, Identity, Proved};
use hufu_core::provider::{
    AuthorizationUrl, Callback, Description, FormSchema, Menu, MenuViolation, ProfilePlan, Provider, ProviderError,
    ProviderHost, ProviderKind, RedirectLogin,
};
use hufu_core::text::Text;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// One answer of [`RedirectLogin::exchange`].
#[derive(Debug, Clone)]
pub enum Answer {
    /// This person.
    Identity(Identity),
    /// This failure.
    Error(ProviderError),
    /// The other answer, later.
    After(Duration, Box<Answer>),
}

/// One exchange the engine asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The code.
    pub code: String,
    /// Whether the profile was asked for.
    pub profile: bool,
}

/// The kind `scripted`. Clones and everything opened from them share one script.
#[derive(Debug, Clone, Default)]
pub struct ScriptedProvider {
    script: Arc<Mutex<Script>>,
}

#[derive(Debug)]
struct Script {
    answers: VecDeque<Answer>,
    exchanges: Vec<Exchange>,
    opened: usize,
    accepts: bool,
    plan: Option<ProfilePlan>,
    menu: Option<Value>,
    menu_calls: Vec<&'static str>,
    menu_errors: VecDeque<ProviderError>,
    menu_delay: Duration,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            answers: VecDeque::new(),
            exchanges: Vec::new(),
            opened: 0,
            accepts: true,
            plan: None,
            menu: None,
            menu_calls: Vec::new(),
            menu_errors: VecDeque::new(),
            menu_delay: Duration::ZERO,
        }
    }
}

impl ScriptedProvider {
    /// An empty script: everybody is `person-{code}`, see [`person`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Queues an answer for one exchange.
    pub fn answer(&self, answer: Answer) {
        self.script().answers.push_back(answer);
    }

    /// Queues a person.
    pub fn answer_identity(&self, identity: Identity) {
        self.answer(Answer::Identity(identity));
    }

    /// Queues a failure.
    pub fn answer_error(&self, error: ProviderError) {
        self.answer(Answer::Error(error));
    }

    /// Queues a person who comes late.
    pub fn answer_after(&self, delay: Duration, identity: Identity) {
        self.answer(Answer::After(delay, Box::new(Answer::Identity(identity))));
    }

    /// Whether browsers can pass its page; they can until this is called.
    pub fn set_accepts(&self, accepts: bool) {
        self.script().accepts = accepts;
    }

    /// A fixed plan for the profile; without one it is asked for at once when wanted.
    pub fn set_profile_plan(&self, plan: ProfilePlan) {
        self.script().plan = Some(plan);
    }

    /// All exchanges so far, those not yet answered too.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.script().exchanges.clone()
    }

    /// How many exchanges there were.
    #[must_use]
    pub fn exchange_count(&self) -> usize {
        self.script().exchanges.len()
    }

    /// How often a connector was opened.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.script().opened
    }

    /// The menu that people have.
    #[must_use]
    pub fn menu_now(&self) -> Option<Value> {
        self.script().menu.clone()
    }

    /// Somebody else changes the menu.
    pub fn set_menu(&self, menu: Option<Value>) {
        self.script().menu = menu;
    }

    /// Queues a failure of one call about the menu.
    pub fn answer_menu_error(&self, error: ProviderError) {
        self.script().menu_errors.push_back(error);
    }

    /// Lets calls about the menu take so long.
    pub fn delay_menu(&self, delay: Duration) {
        self.script().menu_delay = delay;
    }

    /// All calls about the menu so far: `read`, `publish`, `delete`.
    #[must_use]
    pub fn menu_calls(&self) -> Vec<&'static str> {
        self.script().menu_calls.clone()
    }

    async fn menu_called(&self, call: &'static str) -> Result<(), ProviderError> {
        let (delay, error) = {
            let mut script = self.script();
            script.menu_calls.push(call);
            (script.menu_delay, script.menu_errors.pop_front())
        };
        tokio::time::sleep(delay).await;
        error.map_or(Ok(()), Err)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A person with this id and nothing else.
#[must_use]
pub fn person(external_id: &str) -> Identity {
    Identity {
        external_id: external_id.to_owned(),
        union_id: None,
        profile: None,
        transient: false,
        claims: Map::from_iter([("scripted_id".to_owned(), Value::from(external_id))]),
    }
}

impl ProviderKind for ScriptedProvider {
    fn kind(&self) -> &'static str {
        "scripted"
    }

    fn describe(&self) -> Description {
        Description {
            name: Text::new("脚本", "Scripted"),
            summary: Text::new("按测试写好的剧本回答。", "Answers what a test has laid down."),
            claims: &["scripted_id"],
            elsewhere: Some(Text::new("换一个浏览器打开。", "Open it in another browser.")),
        }
    }

    fn form(&self) -> FormSchema {
        FormSchema { fields: Vec::new() }
    }

    fn open(&self, _connector: &Connector, _host: &ProviderHost) -> Result<Arc<dyn Provider>, ProviderError> {
        self.script().opened += 1;
        Ok(Arc::new(self.clone()))
    }
}

impl Provider for ScriptedProvider {
    fn redirect_login(&self) -> Option<&dyn RedirectLogin> {
        Some(self)
    }

    fn menu(&self) -> Option<&dyn Menu> {
        Some(self)
    }
}

/// A menu of at most three buttons whose URLs have at most 1024 bytes; a fourth is refused, a long URL too, and a
/// button without a name is only odd.
#[async_trait]
impl Menu for ScriptedProvider {
    fn validate(&self, menu: &Value) -> Vec<MenuViolation> {
        let violation = |path: String, rule, is_warning| MenuViolation {
            path,
            rule,
            message: Text::new("不对", "Wrong"),
            is_warning,
        };
        let buttons = menu["button"].as_array().map_or(&[][..], Vec::as_slice);
        let mut found = Vec::new();
        if !(1..=3).contains(&buttons.len()) {
            found.push(violation("button".to_owned(), "menu_count", false));
        }
        for (at, button) in buttons.iter().enumerate() {
            let url = button["url"].as_str().unwrap_or_default();
            if button["type"] == "view" && !(1..=1024).contains(&url.len()) {
                found.push(violation(format!("button[{at}].url"), "menu_url", false));
            }
            if button["name"].as_str().is_none_or(str::is_empty) {
                found.push(violation(format!("button[{at}].name"), "menu_name", true));
            }
        }
        found
    }

    async fn read(&self) -> Result<Option<Value>, ProviderError> {
        self.menu_called("read").await?;
        Ok(self.menu_now())
    }

    async fn publish(&self, menu: &Value) -> Result<(), ProviderError> {
        self.menu_called("publish").await?;
        self.set_menu(Some(menu.clone()));
        Ok(())
    }

    async fn delete(&self) -> Result<(), ProviderError> {
        self.menu_called("delete").await?;
        self.set_menu(None);
        Ok(())
    }
}

#[async_trait]
impl RedirectLogin for ScriptedProvider {
    fn accepts(&self, _user_agent: &str) -> bool {
        self.script().accepts
    }

    fn profile_plan(&self, wanted: bool) -> ProfilePlan {
        let by_wish = if wanted {
            ProfilePlan::AtOnce
        } else {
            ProfilePlan::Never
        };
        match self.script().plan {
            // Asking twice for what nobody wants is against the contract.
            Some(ProfilePlan::WhenUnknown) if !wanted => ProfilePlan::Never,
            plan => plan.unwrap_or(by_wish),
        }
    }

    fn authorization_url(&self, request: &AuthorizationUrl<'_>) -> Result<String, ProviderError> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("redirect_uri", request.callback)
            .append_pair("state", request.state)
            .append_pair("profile", if request.profile { "1" } else { "0" })
            .finish();
        Ok(format!("https://scripted.test/authorize?{query}"))
    }

    fn read_callback(&self, parameters: &[(String, String)]) -> Callback {
        let code = parameters
            .iter()
            .find(|(name, value)| name == "code" && !value.is_empty());
        code.map_or(Callback::Denied, |(_, code)| Callback::Code(code.clone()))
    }

    async fn exchange(&self, code: &str, profile: bool) -> Result<Proved, ProviderError> {
        let queued = {
            let mut script = self.script();
            script.exchanges.push(Exchange {
                code: code.to_owned(),
                profile,
            });
            script.answers.pop_front()
        };
        let mut answer = queued.unwrap_or_else(|| Answer::Identity(person(&format!("person-{code}"))));
        loop {
            match answer {
                Answer::Identity(identity) => return Ok(identity.into()),
                Answer::Error(error) => return Err(error),
                Answer::After(delay, later) => {
                    tokio::time::sleep(delay).await;
                    answer = *later;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_come_in_order_and_are_counted() {
        let provider = ScriptedProvider::new();
        provider.answer_after(Duration::from_millis(5), person("first"));
        provider.answer_identity(person("second"));
        for (code, expected) in [("a", "first"), ("b", "second"), ("c", "person-c")] {
            assert_eq!(
                provider.exchange(code, false).await.unwrap().identity.external_id,
                expected
            );
        }
        assert_eq!(provider.exchange_count(), 3);
        assert_eq!(
            provider.exchanges()[1],
            Exchange {
                code: "b".to_owned(),
                profile: false
            }
        );
    }
}
