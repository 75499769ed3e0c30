//! What a mini program does on a user's phone.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Control, ControlError};
use crate::account::{Account, AccountKind};
use crate::mini::SignedData;
use crate::person::Person;
use crate::user::User;

impl Control {
    /// `wx.login`: a js_code for a user. With `rotate` the user's session key becomes another one, as a new login may
    /// do at WeChat; without it stays what it was.
    ///
    /// # Errors
    ///
    /// No such user, or no such mini program.
    pub fn js_code(&self, user_id: &str, app_id: &str, rotate: bool) -> Result<String, ControlError> {
        let (account, user) = self.mini_user(user_id, app_id)?;
        let random = &self.inner.random;
        let code = random.code();
        let person = Person::real(self.inner.settings.seed, &user, &account);
        let session_key = || BASE64_STANDARD.encode(random.bytes::<16>());
        let fresh = rotate.then(session_key);
        let now = self.inner.now();
        let mut world = self.inner.world();
        world.mini.login(now, code.clone(), app_id, person, fresh, session_key);
        Ok(code)
    }

    /// `wx.getUserInfo`: the user's profile, signed with the current session key.
    ///
    /// # Errors
    ///
    /// No such user, no such mini program, or [`ControlError::WrongState`]: the user never logged in there.
    pub fn raw_data(&self, user_id: &str, app_id: &str) -> Result<SignedData, ControlError> {
        let (account, user) = self.mini_user(user_id, app_id)?;
        let person = Person::real(self.inner.settings.seed, &user, &account);
        let pages = self.inner.settings.pages_url.as_deref().unwrap_or_default();
        let avatar_url = person.avatar.as_ref().map_or_else(String::new, |avatar| {
            format!("{pages}/avatars/{}/132", utf8_percent_encode(avatar, NON_ALPHANUMERIC))
        });
        let world = self.inner.world();
        let session_key = world.mini.session_key(app_id, &person.openid);
        let session_key = session_key.ok_or(ControlError::WrongState)?;
        Ok(SignedData::of(&person.nickname, &avatar_url, session_key))
    }

    fn mini_user(&self, user_id: &str, app_id: &str) -> Result<(Arc<Account>, Arc<User>), ControlError> {
        let world = self.inner.world();
        let account = world
            .account(app_id)
            .filter(|account| account.kind == AccountKind::MiniProgram)
            .ok_or(ControlError::UnknownAccount)?;
        Ok((account, world.user(user_id).ok_or(ControlError::UnknownUser)?))
    }
}
