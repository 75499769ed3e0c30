//! How a menu looks at the foot of a chat. Nobody documents where WeChat cuts a name; these are the widths that its
//! clients show: about four Chinese characters in the bar and eight in a list.

use serde_json::Value;

const BAR: usize = 8;
const LIST: usize = 16;

/// The three buttons of the bar.
#[derive(Debug, Clone, Default)]
pub(super) struct Phone {
    pub(super) bar: Vec<Shown>,
}

/// A button as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// Cut as WeChat cuts it.
    pub(super) name: String,
    /// Whole.
    pub(super) whole: String,
    /// What opens above it.
    pub(super) list: Vec<Shown>,
}

impl Phone {
    pub(super) fn of(menu: &Value) -> Self {
        let bar = buttons(menu, "button").iter().map(|button| {
            let list = buttons(button, "sub_button");
            let list = list.iter().map(|sub| shown(sub, LIST, Vec::new()));
            shown(button, BAR, list.collect())
        });
        Self { bar: bar.collect() }
    }
}

fn buttons<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn shown(button: &Value, width: usize, list: Vec<Shown>) -> Shown {
    let whole = button.get("name").and_then(Value::as_str).unwrap_or_default();
    Shown {
        name: cut(whole, width),
        whole: whole.to_owned(),
        list,
    }
}

/// Characters beyond Latin take two places.
fn cut(name: &str, width: usize) -> String {
    let mut places = 0;
    let mut kept = String::new();
    for letter in name.chars() {
        places += if u32::from(letter) < 0x1100 { 1 } else { 2 };
        if places > width {
            return kept + "...";
        }
        kept.push(letter);
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_cut_by_their_width() {
        assert_eq!(cut("会员中心", BAR), "会员中心");
        assert_eq!(cut("会员中心店", BAR), "会员中心...");
        assert_eq!(cut("Members", BAR), "Members");
        assert_eq!(cut("Membership", BAR), "Membersh...");
        assert_eq!(cut("🐯🐯🐯🐯🐯", BAR), "🐯🐯🐯🐯...");
        assert_eq!(cut("一二三四五六七八九", LIST), "一二三四五六七八...");
    }

    #[test]
    fn lists_stand_above_their_button() {
        let phone = Phone::of(&json!({"button": [{"name": "a", "sub_button": [{"name": "b"}]}, {}]}));
        assert_eq!(phone.bar[0].list[0].name, "b");
        assert_eq!(phone.bar[1].name, "");
    }
}
