//! Custom menus and their limits (Tencent doc: menu/create). Sizes are bytes of UTF-8.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::account::Account;

const LONGEST_KEY: usize = 128;
const LONGEST_URL: usize = 1024;
const MOST_OUTSIDE_HOSTS: usize = 3;

/// As it was sent, and as `/cgi-bin/menu/get` gives it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Menu {
    #[serde(default)]
    pub(crate) button: Vec<Button>,
}

/// Fields in the order of real bodies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Button {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) media_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) article_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) appid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pagepath: Option<String>,
    pub(crate) sub_button: Vec<Button>,
}

/// A number of WeChat's and its text.
pub(crate) type Problem = (i64, &'static str);

/// The numbers differ between the two levels.
struct Level {
    kind: Problem,
    name: Problem,
    longest_name: usize,
    key: Problem,
    url: Problem,
    host: Problem,
}

const TOP: Level = Level {
    kind: (40017, "invalid button type"),
    name: (40018, "invalid button name size"),
    longest_name: 16,
    key: (40019, "invalid button key size"),
    url: (40020, "invalid button url size"),
    host: (40055, "invalid button url domain"),
};
const SUB: Level = Level {
    kind: (40024, "invalid sub button type"),
    name: (40025, "invalid sub button name size"),
    longest_name: 60,
    key: (40026, "invalid sub button key size"),
    url: (40027, "invalid sub button url size"),
    host: (40054, "invalid sub button url domain"),
};

/// What a tap on a button tells the account.
pub(crate) struct Tapped {
    pub(crate) event: &'static str,
    pub(crate) key: String,
}

impl Menu {
    /// The first limit that it breaks.
    pub(crate) fn check(&self, account: &Account) -> Result<(), Problem> {
        if !(1..=3).contains(&self.button.len()) {
            return Err((40016, "invalid button size"));
        }
        for button in &self.button {
            TOP.check_name(button)?;
            if button.sub_button.is_empty() {
                TOP.check_leaf(button, account)?;
            } else if button.sub_button.len() > 5 {
                return Err((40023, "invalid sub button size"));
            }
            for sub in &button.sub_button {
                SUB.check_name(sub)?;
                if !sub.sub_button.is_empty() {
                    return Err((40022, "invalid sub button level"));
                }
                SUB.check_leaf(sub, account)?;
            }
        }
        if self.outside_hosts(account).len() > MOST_OUTSIDE_HOSTS {
            return Err((65316, "too many external domains in the menu"));
        }
        Ok(())
    }

    pub(crate) fn leaves(&self) -> impl Iterator<Item = &Button> {
        self.button.iter().flat_map(|button| {
            let alone = button.sub_button.is_empty().then_some(button);
            alone.into_iter().chain(&button.sub_button)
        })
    }

    /// Found by name or key.
    pub(crate) fn tap(&self, name_or_key: &str) -> Option<Tapped> {
        let button = self
            .leaves()
            .find(|button| button.name == name_or_key || button.key.as_deref() == Some(name_or_key))?;
        let (event, key) = match button.kind.as_deref()? {
            "click" => ("CLICK", button.key.as_ref()?),
            "view" => ("VIEW", button.url.as_ref()?),
            "miniprogram" => ("view_miniprogram", button.pagepath.as_ref()?),
            _ => return None,
        };
        Some(Tapped {
            event,
            key: key.clone(),
        })
    }

    /// Hosts that are not the account's own.
    fn outside_hosts(&self, account: &Account) -> BTreeSet<String> {
        let own = |host: &str| {
            let mut domains = account.callback_domains.iter().chain(&account.js_domains);
            domains.any(|domain| domain.split(['/', ':']).next() == Some(host))
        };
        let hosts = self.leaves().filter_map(|button| host(button.url.as_deref()?));
        hosts.filter(|host| !own(host)).collect()
    }
}

impl Level {
    fn check_name(&self, button: &Button) -> Result<(), Problem> {
        let fits = (1..=self.longest_name).contains(&button.name.len());
        if fits { Ok(()) } else { Err(self.name) }
    }

    fn check_leaf(&self, button: &Button, account: &Account) -> Result<(), Problem> {
        let filled = |field: &Option<String>| field.as_ref().is_some_and(|text| !text.is_empty());
        match button.kind.as_deref().unwrap_or_default() {
            "view" => self.check_url(button, account),
            "miniprogram" if !filled(&button.appid) => Err((40013, "invalid appid")),
            "miniprogram" if !filled(&button.pagepath) => Err((40017, "invalid button type")),
            "miniprogram" => self.check_url(button, account),
            "media_id" | "view_limited" if !filled(&button.media_id) => Err((40007, "invalid media_id")),
            "article_id" | "article_view_limited" if !filled(&button.article_id) => Err((53600, "invalid article id")),
            "media_id" | "view_limited" | "article_id" | "article_view_limited" => Ok(()),
            "click" | "scancode_push" | "scancode_waitmsg" | "pic_sysphoto" | "pic_photo_or_album" | "pic_weixin"
            | "location_select" => {
                let length = button.key.as_ref().map_or(0, String::len);
                let fits = (1..=LONGEST_KEY).contains(&length);
                if fits { Ok(()) } else { Err(self.key) }
            }
            _ => Err(self.kind),
        }
    }

    fn check_url(&self, button: &Button, account: &Account) -> Result<(), Problem> {
        let url = button.url.as_deref().unwrap_or_default();
        if !(1..=LONGEST_URL).contains(&url.len()) {
            return Err(self.url);
        }
        match host(url) {
            Some(host) if !account.blocked_hosts.contains(&host) => Ok(()),
            _ => Err(self.host),
        }
    }
}

/// Of an http or https URL.
fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"))?;
    Some(host.to_owned())
}
