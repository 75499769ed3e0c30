//! Markdown tables, as `docs/performance.md` has them.

/// Two lines: the names, the first `texts` of them on the left, and the rule below.
pub fn head(texts: usize, names: &[&str]) -> String {
    let rule: String = (0..names.len())
        .map(|at| if at < texts { "---|" } else { "--:|" })
        .collect();
    format!("{}\n|{rule}", row(names))
}

/// One line.
pub fn row(cells: &[impl AsRef<str>]) -> String {
    let cells: String = cells.iter().map(|cell| format!(" {} |", cell.as_ref())).collect();
    format!("|{cells}")
}
