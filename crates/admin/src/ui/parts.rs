//! The data of the larger components; `partials/` draws them.

use hufu_core::clock::Timestamp;

use super::frame::Tone;

/// A tab: a link to a page of the same object.
#[derive(Debug, Clone)]
pub(crate) struct Tab {
    pub(crate) label: String,
    pub(crate) url: String,
    pub(crate) current: bool,
    /// Shown beside the label when it is there.
    pub(crate) count: Option<u64>,
}

/// A step of a wizard.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) label: String,
    /// Where a finished step can be looked at again.
    pub(crate) url: Option<String>,
    pub(crate) state: StepState,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepState {
    /// Behind.
    Done,
    /// Here.
    Current,
    /// Ahead.
    Todo,
}

impl StepState {
    /// The name in class names.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Current => "current",
            Self::Todo => "todo",
        }
    }

    /// The key of the word that says so.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Done => "ui.step_done",
            Self::Current => "ui.step_current",
            Self::Todo => "ui.step_todo",
        }
    }
}

/// The number (from 1) of the step that is current; the last when none is.
pub(crate) fn current_step(steps: &[Step]) -> usize {
    let at = steps.iter().position(|step| step.state == StepState::Current);
    at.map_or(steps.len(), |at| at + 1)
}

/// An entry of a timeline.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) title: String,
    /// One line more; empty for none.
    pub(crate) detail: String,
    pub(crate) at: Timestamp,
    /// Since the first entry, such as `+312 ms`; empty for none.
    pub(crate) offset: String,
    pub(crate) tone: Tone,
}

/// A value before and after.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) name: String,
    /// None: it was not there.
    pub(crate) before: Option<String>,
    /// None: it is gone.
    pub(crate) after: Option<String>,
}

/// A number that leads to the list it counts.
#[derive(Debug, Clone)]
pub(crate) struct Stat {
    pub(crate) label: String,
    /// As it is to be read, with unit.
    pub(crate) value: String,
    /// One line below; empty for none.
    pub(crate) note: String,
    pub(crate) tone: Tone,
    pub(crate) url: String,
}

/// Links of a list that is paged by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pager {
    pub(crate) newer: Option<String>,
    pub(crate) older: Option<String>,
    /// Such as `50 rows`; empty for none.
    pub(crate) note: String,
}

/// An action that asks to type a name first. The server compares the field `confirm` again.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    /// Unique on the page.
    pub(crate) id: String,
    /// Where the form is posted.
    pub(crate) action: String,
    /// What is to be typed.
    pub(crate) expected: String,
    /// What the action does, in a sentence.
    pub(crate) warning: String,
    /// The button's label.
    pub(crate) button: String,
    pub(crate) error: Option<String>,
}
