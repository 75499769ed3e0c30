//! Cells that a spreadsheet would take for a formula.

use std::borrow::Cow;

/// The cell with a `'` in front when its first character would start a formula: nicknames, user agents and errors
/// come from people outside, and whoever opens the file must not run what they wrote.
pub(super) fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for formula in ["=HYPERLINK(\"http://evil\")", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["", "oX-_1", "Mozilla/5.0", "40029", "'quoted", "{\"a\":1}"] {
            assert_eq!(harmless(text), text);
        }
    }
}
