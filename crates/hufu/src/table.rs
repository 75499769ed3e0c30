//! Aligned columns for a terminal.

/// Columns under headings; the last column is not padded.
pub(crate) fn render(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|text| width(text)).collect();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| printable(cell)).collect())
        .collect();
    for row in &rows {
        for (most, cell) in widths.iter_mut().zip(row) {
            *most = (*most).max(width(cell));
        }
    }
    let mut lines = vec![aligned(headings, &widths)];
    lines.extend(rows.iter().map(|row| aligned(row, &widths)));
    lines.join("\n")
}

/// Names and values under each other, names aligned.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let most = facts.iter().map(|(name, _)| width(name)).max().unwrap_or_default();
    let line = |(name, value): &(&str, String)| {
        let space = " ".repeat(most - width(name) + 2);
        format!("{name}{space}{}", printable(value))
    };
    facts.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn aligned(cells: &[impl AsRef<str>], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, most) in cells.iter().zip(widths) {
        let cell = cell.as_ref();
        line.push_str(cell);
        line.push_str(&" ".repeat(most - width(cell) + 2));
    }
    line.truncate(line.trim_end().len());
    line
}

/// Without what could steer the terminal: names and user agents come from outside.
pub(crate) fn printable(text: &str) -> String {
    let is_steering = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| if is_steering(c) { '\u{fffd}' } else { c })
        .collect()
}

/// Cells of a terminal that a text takes, roughly: Chinese and emoji take two, marks that join take none.
fn width(text: &str) -> usize {
    let cells = |c: char| match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    };
    text.chars().map(cells).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_chinese_in_them() {
        let rows = vec![
            vec!["acme".to_owned(), "商户".to_owned(), "active".to_owned()],
            vec!["a".to_owned(), "b".to_owned(), "disabled".to_owned()],
        ];
        let table = render(&["CODE", "NAME", "STATUS"], &rows);
        assert_eq!(table, "CODE  NAME  STATUS\nacme  商户  active\na     b     disabled");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc\u{202e}"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
        assert_eq!(
            facts(&[("a", "1\r".to_owned()), ("名称", "2".to_owned())]),
            "a     1\u{fffd}\n名称  2"
        );
    }
}
