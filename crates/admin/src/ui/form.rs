//! Form fields: what `partials/forms.html` draws.

/// A choice of a select, radio cards or check boxes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    /// Shown below the label, on cards and check boxes only.
    pub(crate) hint: String,
}

impl Choice {
    /// A choice without a hint.
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            hint: String::new(),
        }
    }

    /// With a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// One field of a form, with what was typed and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: String,
    /// What stands in it; of a select or radio cards the value chosen. Never shown by a password or file field.
    pub(crate) value: String,
    /// The values ticked, where several may be.
    pub(crate) chosen: Vec<String>,
    pub(crate) error: Option<String>,
    pub(crate) required: bool,
    /// Of a single check box.
    pub(crate) checked: bool,
    /// `type` of the input: `text` unless said otherwise.
    pub(crate) kind: &'static str,
    /// `autocomplete`; `off` unless said otherwise.
    pub(crate) autocomplete: &'static str,
    pub(crate) placeholder: String,
    /// Identifiers, secrets, URLs: in the fixed-width face.
    pub(crate) mono: bool,
    /// Lines of a text area.
    pub(crate) rows: u8,
    /// `accept` of a file.
    pub(crate) accept: &'static str,
    pub(crate) choices: Vec<Choice>,
}

impl Field {
    /// An empty, optional field.
    pub(crate) fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind: "text",
            autocomplete: "off",
            rows: 4,
            ..Self::default()
        }
    }

    /// What helps to fill it in.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// What stands in it.
    pub(crate) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// The values ticked.
    pub(crate) fn chosen(mut self, chosen: Vec<String>) -> Self {
        self.chosen = chosen;
        self
    }

    /// What is wrong with it, if anything.
    pub(crate) fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    /// Must be filled in.
    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// A single check box's tick.
    pub(crate) fn checked(mut self, checked: bool) -> Self {
        self.checked = checked;
        self
    }

    /// `email`, `url`, `number`, `datetime-local`, `search`, …
    pub(crate) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// As in HTML: `username`, `current-password`, `new-password`, `one-time-code`, …
    pub(crate) fn autocomplete(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    /// An example of what to type; never in place of the label.
    pub(crate) fn placeholder(mut self, placeholder: impl Into<String>) -> Self {
        self.placeholder = placeholder.into();
        self
    }

    /// In the fixed-width face.
    pub(crate) fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    /// Lines of a text area.
    pub(crate) fn rows(mut self, rows: u8) -> Self {
        self.rows = rows;
        self
    }

    /// File endings or types, as in HTML.
    pub(crate) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// What may be chosen.
    pub(crate) fn choices(mut self, choices: Vec<Choice>) -> Self {
        self.choices = choices;
        self
    }

    /// The id of the control.
    pub(crate) fn id(&self) -> String {
        format!("f-{}", self.name)
    }

    /// Whether a choice is chosen.
    pub(crate) fn is_chosen(&self, value: &str) -> bool {
        self.value == value || self.chosen.iter().any(|chosen| chosen == value)
    }

    /// Whether a browser is to refuse the form without it: where nothing is a choice of its own, nothing is missing.
    pub(crate) fn must_be_filled(&self) -> bool {
        self.required && self.choices.iter().all(|choice| !choice.value.is_empty())
    }

    /// For `aria-describedby`: error first, it is what matters; empty without either.
    pub(crate) fn described_by(&self) -> String {
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id()));
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id()));
        [error, hint].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
