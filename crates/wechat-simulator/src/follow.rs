//! How and when users began to follow accounts. Whether they do stands at the [`User`](crate::User).

use std::collections::HashMap;

use crate::qr::Scene;

/// One following.
#[derive(Clone, Debug)]
pub(crate) struct Follow {
    pub(crate) since: i64,
    /// The scene code it began with, if any.
    pub(crate) scene: Option<Scene>,
}

impl Follow {
    /// `subscribe_scene` of user/info.
    pub(crate) fn channel(&self) -> &'static str {
        match self.scene {
            Some(_) => "ADD_SCENE_QR_CODE",
            None => "ADD_SCENE_SEARCH",
        }
    }
}

/// By AppID and user. Users that were made followers without an event have no entry.
#[derive(Debug, Default)]
pub(crate) struct Follows(HashMap<(String, String), Follow>);

impl Follows {
    pub(crate) fn begin(&mut self, app_id: &str, user_id: &str, follow: Follow) {
        self.0.insert((app_id.to_owned(), user_id.to_owned()), follow);
    }

    pub(crate) fn end(&mut self, app_id: &str, user_id: &str) {
        self.0.remove(&(app_id.to_owned(), user_id.to_owned()));
    }

    pub(crate) fn get(&self, app_id: &str, user_id: &str) -> Option<&Follow> {
        self.0.get(&(app_id.to_owned(), user_id.to_owned()))
    }
}
