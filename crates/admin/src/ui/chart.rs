//! Charts, drawn by the server as SVG. `partials/chart.html` renders them; labels stand in HTML around the drawing,
//! so that they keep their size when it is stretched.

/// Height of the drawing in its own units; the width is one hundred a column.
const HEIGHT: u64 = 1000;

/// How many labels stand below the columns.
const LABELS: usize = 6;

/// Counts over time: what went well and what did not, stacked.
#[derive(Debug, Clone)]
pub(crate) struct Bars {
    /// Names the chart.
    pub(crate) title: String,
    pub(crate) good_label: String,
    pub(crate) bad_label: String,
    /// Heading of the column of times in the table.
    pub(crate) time_label: String,
    pub(crate) columns: Vec<Column>,
}

/// One column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Such as `14:00`.
    pub(crate) label: String,
    pub(crate) good: u64,
    pub(crate) bad: u64,
    /// The list of what is counted here.
    pub(crate) url: String,
}

/// A column with its place in the drawing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drawn<'a> {
    pub(crate) column: &'a Column,
    pub(crate) left: usize,
    pub(crate) good_top: u64,
    pub(crate) good_height: u64,
    pub(crate) bad_top: u64,
    pub(crate) bad_height: u64,
}

impl Bars {
    /// The top of the scale: 1, 2 or 5 times a power of ten (or 4, which halves well), never below the highest column.
    pub(crate) fn top(&self) -> u64 {
        let highest = self
            .columns
            .iter()
            .map(|c| c.good.saturating_add(c.bad))
            .max()
            .unwrap_or(0);
        let mut power: u64 = 1;
        loop {
            for step in [2, 4, 6, 10] {
                let top = power.saturating_mul(step);
                if top >= highest {
                    return top;
                }
            }
            power = power.saturating_mul(10);
        }
    }

    /// Half of the scale.
    pub(crate) fn middle(&self) -> u64 {
        self.top() / 2
    }

    /// Width of the drawing in its own units.
    pub(crate) fn width(&self) -> usize {
        self.columns.len().max(1) * 100
    }

    /// The columns with their places. What is not nothing can be seen.
    pub(crate) fn drawn(&self) -> Vec<Drawn<'_>> {
        let top = self.top();
        let height = |count: u64| {
            let exact = u128::from(count) * u128::from(HEIGHT) / u128::from(top);
            let exact = u64::try_from(exact).unwrap_or(HEIGHT);
            if count > 0 { exact.max(12) } else { 0 }
        };
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(at, column)| {
                let good_height = height(column.good);
                let bad_height = height(column.bad);
                let good_top = HEIGHT.saturating_sub(good_height);
                Drawn {
                    column,
                    left: at * 100,
                    good_top,
                    good_height,
                    bad_top: good_top.saturating_sub(bad_height),
                    bad_height,
                }
            })
            .collect()
    }

    /// The labels below: the first, the last and some between.
    pub(crate) fn labels(&self) -> Vec<&str> {
        let last = self.columns.len().saturating_sub(1);
        let count = LABELS.min(self.columns.len());
        let spread = (0..count).map(|at| if count > 1 { at * last / (count - 1) } else { 0 });
        spread
            .filter_map(|at| self.columns.get(at))
            .map(|c| c.label.as_str())
            .collect()
    }

    /// Sums, for the legend: good and bad.
    pub(crate) fn good_total(&self) -> u64 {
        self.columns.iter().fold(0, |sum, c| sum.saturating_add(c.good))
    }

    /// Sum of what did not go well.
    pub(crate) fn bad_total(&self) -> u64 {
        self.columns.iter().fold(0, |sum, c| sum.saturating_add(c.bad))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(counts: &[(u64, u64)]) -> Bars {
        let columns = counts.iter().enumerate().map(|(at, (good, bad))| Column {
            label: at.to_string(),
            good: *good,
            bad: *bad,
            url: String::new(),
        });
        Bars {
            title: String::new(),
            good_label: String::new(),
            bad_label: String::new(),
            time_label: String::new(),
            columns: columns.collect(),
        }
    }

    #[test]
    fn the_scale_holds_the_highest_column() {
        assert_eq!(bars(&[]).top(), 2);
        assert_eq!(bars(&[(3, 1)]).top(), 4);
        assert_eq!(bars(&[(90, 11)]).top(), 200);
        assert_eq!(bars(&[(u64::MAX, 1)]).top(), u64::MAX);
    }

    #[test]
    fn bad_stands_on_good_and_little_is_still_seen() {
        let bars = bars(&[(50, 50), (100, 0), (999, 1), (0, 0)]);
        let drawn = bars.drawn();
        assert_eq!(bars.width(), 400);
        assert_eq!(drawn[0].bad_top + drawn[0].bad_height, drawn[0].good_top);
        assert_eq!(drawn[1].bad_height, 0);
        assert_eq!(drawn[2].bad_height, 12);
        assert_eq!(drawn[3].good_height, 0);
        assert_eq!(bars.labels(), ["0", "1", "2", "3"]);
        assert_eq!((bars.good_total(), bars.bad_total()), (1149, 51));
    }
}
