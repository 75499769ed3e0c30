//! What users do to an account: follow it, scan its codes, write to it, tap its menu.

use std::sync::Arc;

use super::{Control, ControlError};
use crate::account::Account;
use crate::follow::Follow;
use crate::menu::Tapped;
use crate::person;
use crate::push::{Kind, Message, PushRecord, deliver};
use crate::qr::Scene;

impl Control {
    /// A user scans a scene code, given as its ticket or as the URL in its picture: a follower is announced with
    /// `SCAN`, anybody else becomes one and is announced with `subscribe`.
    ///
    /// # Errors
    ///
    /// Nothing was sent, for instance because the code has expired.
    pub async fn scan(&self, user_id: &str, ticket_or_url: &str) -> Result<PushRecord, ControlError> {
        let now = self.inner.now();
        let (account, kind) = {
            let mut world = self.inner.world();
            let (ticket, known) = world.qr.find(ticket_or_url).ok_or(ControlError::UnknownCode)?;
            if !known.is_live(now) {
                return Err(ControlError::ExpiredCode);
            }
            let (ticket, scene, app_id) = (ticket.to_owned(), known.scene.clone(), known.app_id.clone());
            let account = world.account(&app_id).ok_or(ControlError::UnknownAccount)?;
            let user = world.user(user_id).ok_or(ControlError::UnknownUser)?;
            let text = scene.text();
            if user.follows(&app_id) {
                (account, Kind::Scan { scene: text, ticket })
            } else {
                world.follow(now, &app_id, user_id, Some(scene));
                let scanned = Some((text, ticket));
                (account, Kind::Subscribe { scanned })
            }
        };
        Ok(self.tell(&account, user_id, kind).await)
    }

    /// As [`Control::scan`], for the newest live code of a scene.
    ///
    /// # Errors
    ///
    /// Nothing was sent, for instance because no such code lives.
    pub async fn scan_scene(&self, user_id: &str, app_id: &str, scene: &str) -> Result<PushRecord, ControlError> {
        let now = self.inner.now();
        let ticket = self.inner.world().qr.of_scene(now, app_id, scene).map(str::to_owned);
        self.scan(user_id, &ticket.ok_or(ControlError::UnknownCode)?).await
    }

    /// A user begins to follow an account that was found by searching.
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub async fn follow(&self, user_id: &str, app_id: &str) -> Result<PushRecord, ControlError> {
        let account = self.receiver(app_id)?;
        {
            let mut world = self.inner.world();
            let user = world.user(user_id).ok_or(ControlError::UnknownUser)?;
            if user.follows(app_id) {
                return Err(ControlError::AlreadyFollowing);
            }
            world.follow(self.inner.now(), app_id, user_id, None);
        }
        Ok(self.tell(&account, user_id, Kind::Subscribe { scanned: None }).await)
    }

    /// A follower leaves.
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub async fn unfollow(&self, user_id: &str, app_id: &str) -> Result<PushRecord, ControlError> {
        let account = self.follower(user_id, app_id)?;
        self.inner.world().unfollow(app_id, user_id);
        Ok(self.tell(&account, user_id, Kind::Unsubscribe).await)
    }

    /// A follower writes a text.
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub async fn send_text(&self, user_id: &str, app_id: &str, content: &str) -> Result<PushRecord, ControlError> {
        let account = self.follower(user_id, app_id)?;
        let content = content.to_owned();
        Ok(self.tell(&account, user_id, Kind::Text { content }).await)
    }

    /// A follower taps the menu button of this name or key: `CLICK`, `VIEW` or `view_miniprogram`. The record's
    /// `event_key` is the key, or where the button leads.
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub async fn tap_menu(&self, user_id: &str, app_id: &str, button: &str) -> Result<PushRecord, ControlError> {
        let account = self.follower(user_id, app_id)?;
        let tapped = {
            let world = self.inner.world();
            world.menus.get(app_id).and_then(|menu| menu.tap(button))
        };
        let Tapped { event, key } = tapped.ok_or(ControlError::UnknownButton)?;
        Ok(self.tell(&account, user_id, Kind::Menu { event, key }).await)
    }

    /// A follower's phone tells where it is, in degrees and metres.
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub async fn send_location(
        &self,
        user_id: &str,
        app_id: &str,
        latitude: f64,
        longitude: f64,
        precision: f64,
    ) -> Result<PushRecord, ControlError> {
        let account = self.follower(user_id, app_id)?;
        let kind = Kind::Location {
            latitude,
            longitude,
            precision,
        };
        Ok(self.tell(&account, user_id, kind).await)
    }

    /// Whether a user follows an account.
    pub fn follows(&self, user_id: &str, app_id: &str) -> bool {
        let world = self.inner.world();
        world.user(user_id).is_some_and(|user| user.follows(app_id))
    }

    fn receiver(&self, app_id: &str) -> Result<Arc<Account>, ControlError> {
        let account = self.inner.world().account(app_id);
        account
            .filter(|account| account.receives_messages())
            .ok_or(ControlError::UnknownAccount)
    }

    fn follower(&self, user_id: &str, app_id: &str) -> Result<Arc<Account>, ControlError> {
        let account = self.receiver(app_id)?;
        let user = self.inner.world().user(user_id).ok_or(ControlError::UnknownUser)?;
        if user.follows(app_id) {
            Ok(account)
        } else {
            Err(ControlError::NotFollowing)
        }
    }

    async fn tell(&self, account: &Account, user_id: &str, kind: Kind) -> PushRecord {
        let message = Message {
            original_id: account.original_id.clone(),
            openid: person::openid(self.inner.settings.seed, user_id, &account.app_id),
            created_at: self.inner.now(),
            msg_id: self.inner.random.digits(17),
            kind,
        };
        deliver(&self.inner, &account.app_id, user_id, message).await
    }
}

impl crate::world::World {
    fn follow(&mut self, now: i64, app_id: &str, user_id: &str, scene: Option<Scene>) {
        self.change_user(user_id, |user| user.follower_of.push(app_id.to_owned()));
        self.follows.begin(app_id, user_id, Follow { since: now, scene });
    }

    fn unfollow(&mut self, app_id: &str, user_id: &str) {
        self.change_user(user_id, |user| user.follower_of.retain(|followed| followed != app_id));
        self.follows.end(app_id, user_id);
    }
}
