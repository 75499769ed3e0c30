//! The phone's part in a website login.

use super::{Control, ControlError};
use crate::config::DenyStyle;
use crate::pages::callback;
use crate::person::Person;
use crate::qr_login::{Login, Phase, QrLogin, QrLoginState};
use crate::sns_token::Scope;

impl Control {
    /// The website logins of the last hour, newest first.
    pub fn qr_logins(&self) -> Vec<QrLogin> {
        let now = self.inner.now();
        let world = self.inner.world();
        world
            .qr_logins
            .newest()
            .map(|(id, login)| login.described(id, now))
            .collect()
    }

    /// A user scans the code of a website login.
    ///
    /// # Errors
    ///
    /// No such user or login, or one that is not waiting any more.
    pub fn scan_login(&self, user_id: &str, id: &str) -> Result<(), ControlError> {
        let user = self.inner.world().user(user_id).ok_or(ControlError::UnknownUser)?;
        let user_id = user.id.clone();
        self.step(id, QrLoginState::Waiting, |_, _| Ok(Phase::Scanned { user_id }))
    }

    /// The user who scanned the code allows the login: the page goes back to the app.
    ///
    /// # Errors
    ///
    /// No such login, or one that has not just been scanned.
    pub fn confirm_login(&self, id: &str) -> Result<(), ControlError> {
        self.step(id, QrLoginState::Scanned, |login, user_id| {
            let user = self.inner.world().user(&user_id).ok_or(ControlError::UnknownUser)?;
            let person = Person::real(self.inner.settings.seed, &user, &login.account);
            let redirect = callback::issued(
                &self.inner,
                &login.account,
                Scope::Login,
                person,
                &login.redirect_uri,
                &login.state,
            );
            Ok(Phase::Confirmed { user_id, redirect })
        })
    }

    /// The user who scanned the code refuses the login. The page stays, unless the simulator was told to deny with
    /// [`DenyStyle::StateOnly`].
    ///
    /// # Errors
    ///
    /// No such login, or one that has not just been scanned.
    pub fn cancel_login(&self, id: &str) -> Result<(), ControlError> {
        let tells = self.inner.settings.deny == DenyStyle::StateOnly;
        self.step(id, QrLoginState::Scanned, |login, user_id| {
            let redirect = tells.then(|| callback::state_only(&login.redirect_uri, &login.state));
            Ok(Phase::Cancelled { user_id, redirect })
        })
    }

    /// Takes one step from a state; of two at the same moment one wins.
    fn step(
        &self,
        id: &str,
        from: QrLoginState,
        next: impl FnOnce(&Login, String) -> Result<Phase, ControlError>,
    ) -> Result<(), ControlError> {
        let now = self.inner.now();
        let here = |login: &Login| login.state(now) == from;
        let login = self.inner.world().qr_logins.get(id).cloned();
        let login = login.ok_or(ControlError::UnknownCode)?;
        if login.state(now) == QrLoginState::Expired {
            return Err(ControlError::ExpiredCode);
        }
        if !here(&login) {
            return Err(ControlError::WrongState);
        }
        let phase = next(&login, login.user_id().unwrap_or_default().to_owned())?;
        let mut world = self.inner.world();
        let login = world.qr_logins.get_mut(id).filter(|login| here(login));
        login.ok_or(ControlError::WrongState)?.phase = phase;
        Ok(())
    }
}
