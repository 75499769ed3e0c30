//! The menu as WeChat's JSON has it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An account's menu.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Menu {
    /// From left to right.
    #[serde(default, rename = "button")]
    pub buttons: Vec<Button>,
    /// Whatever else WeChat says of it.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One button. Which of the fields it needs, its type says; nothing is refused here, see [`super::check()`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Button {
    /// What people see.
    #[serde(default)]
    pub name: String,
    /// What happens, see [`ButtonType`]; absent where there are buttons below it.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Comes back in the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The page to open; of a mini program's button, the page for clients too old for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Permanent material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// A published article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article_id: Option<String>,
    /// The mini program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// The mini program's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pagepath: Option<String>,
    /// From bottom to top.
    #[serde(default, rename = "sub_button", skip_serializing_if = "Vec::is_empty")]
    pub sub_buttons: Vec<Button>,
    /// Whatever else WeChat says of it.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ButtonType {
    /// Sends an event.
    Click,
    /// Opens a page.
    View,
    /// Scans, then sends an event.
    ScancodePush,
    /// The same with "receiving…" on the screen.
    ScancodeWaitmsg,
    /// Takes a picture.
    PicSysphoto,
    /// Takes a picture or picks one.
    PicPhotoOrAlbum,
    /// Picks a picture in WeChat.
    PicWeixin,
    /// Picks a place.
    LocationSelect,
    /// Sends material.
    MediaId,
    /// Opens an article of the material.
    ViewLimited,
    /// Sends a published article as a card.
    ArticleId,
    /// Opens a published article.
    ArticleViewLimited,
    /// Opens a mini program.
    MiniProgram,
}

impl ButtonType {
    /// All there are.
    pub const ALL: [Self; 13] = [
        Self::Click,
        Self::View,
        Self::ScancodePush,
        Self::ScancodeWaitmsg,
        Self::PicSysphoto,
        Self::PicPhotoOrAlbum,
        Self::PicWeixin,
        Self::LocationSelect,
        Self::MediaId,
        Self::ViewLimited,
        Self::ArticleId,
        Self::ArticleViewLimited,
        Self::MiniProgram,
    ];

    /// WeChat's name of it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::View => "view",
            Self::ScancodePush => "scancode_push",
            Self::ScancodeWaitmsg => "scancode_waitmsg",
            Self::PicSysphoto => "pic_sysphoto",
            Self::PicPhotoOrAlbum => "pic_photo_or_album",
            Self::PicWeixin => "pic_weixin",
            Self::LocationSelect => "location_select",
            Self::MediaId => "media_id",
            Self::ViewLimited => "view_limited",
            Self::ArticleId => "article_id",
            Self::ArticleViewLimited => "article_view_limited",
            Self::MiniProgram => "miniprogram",
        }
    }

    /// The type that WeChat calls `name`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The fields it cannot do without.
    #[must_use]
    pub const fn required(self) -> &'static [&'static str] {
        match self {
            Self::View => &["url"],
            Self::MediaId | Self::ViewLimited => &["media_id"],
            Self::ArticleId | Self::ArticleViewLimited => &["article_id"],
            Self::MiniProgram => &["url", "appid", "pagepath"],
            _ => &["key"],
        }
    }
}

impl Menu {
    /// Reads a menu: `{"button":[…]}`, or WeChat's answer around it, `{"menu":{"button":[…]}}`.
    ///
    /// # Errors
    /// When it is not JSON of this shape; the text says where.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Shape {
            Answer { menu: Menu },
            Bare(Menu),
        }
        match serde_json::from_str(text)? {
            Shape::Answer { menu } | Shape::Bare(menu) => Ok(menu),
        }
    }

    /// The body for WeChat. Letters beyond ASCII stand as they are: written as `\u4e2d` WeChat refuses them (40033) or
    /// shows them so.
    ///
    /// # Errors
    /// None that a menu can cause.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documentation's example, shortened.
    const MENU: &str = r#"{"button":[{"type":"click","name":"今日歌曲","key":"V1001_TODAY_MUSIC"},{"name":"菜单","sub_button":[{"type":"view","name":"搜索","url":"http://www.soso.com/"},{"type":"miniprogram","name":"wxa","url":"http://mp.weixin.qq.com","appid":"wx286b93c14bbf93aa","pagepath":"pages/lunar/index"}]}]}"#;

    #[test]
    fn what_is_read_is_written() {
        let menu = Menu::from_json(MENU).unwrap();
        assert_eq!(
            menu.buttons[1].sub_buttons[0].url.as_deref(),
            Some("http://www.soso.com/")
        );
        let (read, written): (Value, Value) = (
            serde_json::from_str(MENU).unwrap(),
            serde_json::from_str(&menu.to_json().unwrap()).unwrap(),
        );
        assert_eq!(read, written);
    }

    #[test]
    fn letters_stand_as_they_are() {
        let json = Menu::from_json(r#"{"button":[{"name":"\u83dc\u5355 \ud83d\ude00 é/","type":"click","key":"k"}]}"#)
            .unwrap()
            .to_json()
            .unwrap();
        assert!(json.contains("菜单 😀 é/") && !json.contains("\\u"), "{json}");
    }

    #[test]
    fn unknown_fields_are_kept() {
        let answer = r#"{"menu":{"button":[{"name":"a","type":"click","key":"k","sub_button":[],"act_list":[{"x":1}]}],"menuid":208396938}}"#;
        let menu = Menu::from_json(answer).unwrap();
        assert_eq!(menu.other["menuid"], 208_396_938);
        assert_eq!(menu.buttons[0].other["act_list"][0]["x"], 1);
        assert!(menu.to_json().unwrap().contains("\"act_list\":[{\"x\":1}]"));
    }

    #[test]
    fn other_shapes_are_refused() {
        for wrong in ["", "[]", "1", r#"{"button":{}}"#, r#"{"button":[{"name":1}]}"#] {
            assert!(Menu::from_json(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Menu::from_json("{}").unwrap(), Menu::default());
    }

    #[test]
    fn types_have_their_names() {
        for kind in ButtonType::ALL {
            assert_eq!(ButtonType::parse(kind.as_str()), Some(kind));
            assert!(!kind.required().is_empty());
        }
        assert_eq!(ButtonType::parse("VIEW"), None);
    }
}
