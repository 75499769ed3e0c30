//! Settings of the kinds that need little: AppID, AppSecret, and whose the account is.

use hufu_core::model::Connector;
use hufu_core::provider::{FormSchema, ProviderError};
use hufu_core::secret::{ExposeSecret as _, SecretString};

use crate::form;

/// What a website app or mini program is opened with.
#[derive(Debug)]
pub(crate) struct AppSettings {
    pub(crate) app_id: String,
    pub(crate) secret: SecretString,
    pub(crate) open_platform: Option<String>,
}

impl AppSettings {
    /// Names it does not know are left alone: a newer version may have written them.
    pub(crate) fn read(connector: &Connector, schema: fn() -> FormSchema) -> Result<Self, ProviderError> {
        let app_id = connector.setting(form::APP_ID).filter(|text| form::is_app_id(text));
        let secret = connector.secrets.get(form::SECRET);
        let secret = secret.filter(|secret| form::is_app_secret(secret.expose_secret()));
        Ok(Self {
            app_id: app_id.ok_or_else(|| form::refuse(schema(), form::APP_ID))?.to_owned(),
            secret: secret.ok_or_else(|| form::refuse(schema(), form::SECRET))?.clone(),
            open_platform: connector.setting(form::OPEN_PLATFORM).map(str::to_owned),
        })
    }
}
