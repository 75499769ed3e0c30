//! Where in a menu something is, in words.

use crate::text::Text;

/// The places of a path such as `button[1].sub_button[0].name`: the button of the bar, and the one below it; counted
/// from 0.
#[must_use]
pub fn menu_place(path: &str) -> (Option<usize>, Option<usize>) {
    let number = |part: Option<&str>, name: &str| {
        let inner = part?.strip_prefix(name)?.strip_prefix('[')?;
        inner.strip_suffix(']')?.parse().ok()
    };
    let mut parts = path.split('.');
    let top = number(parts.next(), "button");
    (top, number(parts.next(), "sub_button"))
}

/// The same in words.
pub(super) fn words(path: &str) -> Text {
    match menu_place(path) {
        (Some(top), Some(sub)) => Text::owned(
            format!("第 {} 个按钮的第 {} 个子按钮", top + 1, sub + 1),
            format!("button {}, entry {}", top + 1, sub + 1),
        ),
        (Some(top), None) => Text::owned(format!("第 {} 个按钮", top + 1), format!("button {}", top + 1)),
        _ => Text::new("整个菜单", "the whole menu"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        assert_eq!(menu_place("button[1].sub_button[0].name"), (Some(1), Some(0)));
        assert_eq!(menu_place("button[2].url"), (Some(2), None));
        assert_eq!(menu_place("button"), (None, None));
        assert_eq!(words("button[1].sub_button[0]").en, "button 2, entry 1");
    }
}
