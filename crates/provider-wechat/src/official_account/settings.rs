//! A connector's settings, read once when it is opened.

use hufu_core::model::Connector;
use hufu_core::provider::{ProfilePlan, ProviderError};
use hufu_core::secret::{ExposeSecret as _, SecretString};

use crate::form;

/// When people's profiles are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AskProfile {
    OnRequest,
    StepUp,
    Always,
    Never,
}

impl AskProfile {
    pub(super) const fn plan(self, wanted: bool) -> ProfilePlan {
        match (self, wanted) {
            (Self::Always, _) | (Self::OnRequest, true) => ProfilePlan::AtOnce,
            (Self::StepUp, true) => ProfilePlan::WhenUnknown,
            (Self::Never, _) | (Self::OnRequest | Self::StepUp, false) => ProfilePlan::Never,
        }
    }
}

/// How pushes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PushMode {
    Off,
    Safe,
    Compatible,
    Plain,
}

/// Secrets of the push settings; each may be missing.
#[derive(Debug)]
#[expect(dead_code, reason = "read by pushes")]
pub(super) struct PushSecrets {
    pub(super) token: Option<SecretString>,
    pub(super) key: Option<SecretString>,
    pub(super) key_before: Option<SecretString>,
}

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) app_id: String,
    pub(super) secret: SecretString,
    pub(super) profile: AskProfile,
    pub(super) any_browser: bool,
    pub(super) force_popup: bool,
    pub(super) open_platform: Option<String>,
    pub(super) js_hosts: Vec<String>,
    pub(super) classic_token: bool,
    pub(super) scan_login: bool,
    pub(super) push_mode: PushMode,
    #[expect(dead_code, reason = "read by pushes")]
    pub(super) original_id: Option<String>,
    #[expect(dead_code, reason = "read by pushes")]
    pub(super) push: PushSecrets,
}

impl Settings {
    /// Names it does not know are left alone: a newer version may have written them.
    pub(super) fn read(connector: &Connector) -> Result<Self, ProviderError> {
        let app_id = connector.setting(form::APP_ID).filter(|text| form::is_app_id(text));
        let secret = connector
            .secrets
            .get(form::SECRET)
            .filter(|secret| form::is_app_secret(secret.expose_secret()));
        Ok(Self {
            app_id: app_id.ok_or_else(|| refuse(form::APP_ID))?.to_owned(),
            secret: secret.ok_or_else(|| refuse(form::SECRET))?.clone(),
            profile: match connector.setting(form::PROFILE) {
                None | Some("on_request") => AskProfile::OnRequest,
                Some("step_up") => AskProfile::StepUp,
                Some("always") => AskProfile::Always,
                Some("never") => AskProfile::Never,
                Some(_) => return Err(refuse(form::PROFILE)),
            },
            any_browser: match connector.setting(form::BROWSER) {
                None | Some("wechat_only") => false,
                Some("any") => true,
                Some(_) => return Err(refuse(form::BROWSER)),
            },
            force_popup: match connector.setting(form::FORCE_POPUP) {
                None | Some("no") => false,
                Some("yes") => true,
                Some(_) => return Err(refuse(form::FORCE_POPUP)),
            },
            open_platform: connector.setting(form::OPEN_PLATFORM).map(str::to_owned),
            js_hosts: form::hosts(connector.setting(form::JS_HOSTS).unwrap_or_default())
                .map(str::to_owned)
                .collect(),
            classic_token: match connector.setting(form::TOKEN_CALL) {
                None | Some("stable") => false,
                Some("classic") => true,
                Some(_) => return Err(refuse(form::TOKEN_CALL)),
            },
            scan_login: match connector.setting(form::SCAN_LOGIN) {
                None | Some("off") => false,
                Some("on") => true,
                Some(_) => return Err(refuse(form::SCAN_LOGIN)),
            },
            push_mode: match connector.setting(form::PUSH_MODE) {
                None | Some("off") => PushMode::Off,
                Some("safe") => PushMode::Safe,
                Some("compatible") => PushMode::Compatible,
                Some("plain") => PushMode::Plain,
                Some(_) => return Err(refuse(form::PUSH_MODE)),
            },
            original_id: connector.setting(form::ORIGINAL_ID).map(str::to_owned),
            push: PushSecrets {
                token: connector.secrets.get(form::PUSH_TOKEN).cloned(),
                key: connector.secrets.get(form::PUSH_KEY).cloned(),
                key_before: connector.secrets.get(form::PUSH_KEY_BEFORE).cloned(),
            },
        })
    }
}

fn refuse(name: &'static str) -> ProviderError {
    form::refuse(form::schema(), name)
}

#[cfg(test)]
mod tests {
    use hufu_core::provider::FieldKind;

    use super::*;

    #[test]
    fn the_plan_follows_setting_and_wish() {
        use ProfilePlan::{AtOnce, Never, WhenUnknown};
        for (ask, wanted, unwanted) in [
            (AskProfile::OnRequest, AtOnce, Never),
            (AskProfile::StepUp, WhenUnknown, Never),
            (AskProfile::Always, AtOnce, AtOnce),
            (AskProfile::Never, Never, Never),
        ] {
            assert_eq!((ask.plan(true), ask.plan(false)), (wanted, unwanted), "{ask:?}");
        }
    }

    #[test]
    fn every_choice_of_the_form_has_a_plan() {
        for field in form::schema().fields {
            let FieldKind::Choice { choices } = field.kind else {
                continue;
            };
            for choice in choices {
                assert!(
                    Settings::read(&connector(field.name, choice.value)).is_ok(),
                    "{} {}",
                    field.name,
                    choice.value
                );
            }
            assert!(
                Settings::read(&connector(field.name, "other")).is_err(),
                "{}",
                field.name
            );
        }
    }

    fn connector(name: &str, value: &str) -> Connector {
        let settings = [(form::APP_ID, "wx8f3a1c5e7b9d2046"), (name, value)];
        let secret = SecretString::from("5d0c7e1f93ab4862b7e4d1906fa8c235");
        Connector {
            id: "01JD0000000000000000000000".parse().unwrap(),
            tenant_id: "01JD0000000000000000000000".parse().unwrap(),
            kind: "wechat-official-account".to_owned(),
            name: "x".to_owned(),
            status: hufu_core::model::Status::Active,
            settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            secrets: [(form::SECRET.to_owned(), secret)].into(),
            secrets_at: hufu_core::clock::Timestamp::default(),
            created_at: hufu_core::clock::Timestamp::default(),
            version: 1,
        }
    }
}
