//! What a task says to the person in front of the terminal, and how long things took.

use std::time::Duration;

/// One line for the terminal.
#[expect(
    clippy::print_stderr,
    reason = "a task speaks to the terminal; everything it says goes through here"
)]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// The heading of a step.
pub(crate) fn heading(name: &str, what: &str) {
    say(&format!("\n━━ {name}: {what}"));
}

/// `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn spell(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// Runs `work` and says how long it took.
#[expect(
    clippy::disallowed_types,
    reason = "a stopwatch on the wall: no runtime and no paused clock here"
)]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let result = work();
    (result, start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_for_people() {
        assert_eq!(spell(Duration::from_millis(430)), "0.4 s");
        assert_eq!(spell(Duration::from_millis(12_900)), "12 s");
        assert_eq!(spell(Duration::from_secs(185)), "3 min 05 s");
    }
}
