//! The design system of the console: what its pages are made of.
//!
//! A page is an askama struct with a field `frame: Frame`, whose template extends `layouts/console.html` (someone is
//! signed in) or `layouts/plain.html` (a card in the middle), and draws with the macros of `admin-ui/templates/partials`.
//! The head of each of those files says how to call it. Macros read `frame` of the page themselves.
//!
//! | file | `{% import "partials/…" as … %}` | draws |
//! |---|---|---|
//! | `forms.html` | `form` | text, password, area, select, check, radios, checks, file, csrf, hidden, trouble: from [`Field`] |
//! | `actions.html` | `act` | submit, button, link, post, opens and dialog, confirm by typing: from [`Confirm`] |
//! | `status.html` | `status` | badge, alert, note, empty, stat ([`Stat`]), progress, time, ago |
//! | `show.html` | `show` | copy, value, code, secret, qr |
//! | `data.html` | `data` | table, facts, panel, pager ([`Pager`]), timeline ([`Moment`]), changes ([`Change`]), tail |
//! | `steps.html` | `steps` | tabs ([`Tab`]), stepper ([`Step`]) |
//! | `chart.html` | `chart` | bars ([`Bars`]) |
//! | `icons.html` | `icons` | icon, mark |
//!
//! Texts stand in `admin-ui/locales/{area}.{language}.yml`. Nothing may have a `style` attribute or a script of its own
//! in the page: the content security policy forbids both.
//!
//! To look at everything: `HUFU_GALLERY=DIRECTORY cargo test -p hufu-admin gallery`, then serve that directory.

mod chart;
mod form;
mod frame;
#[cfg(test)]
mod gallery;
mod parts;
pub(crate) mod texts;

pub(crate) use chart::{Bars, Column};
pub(crate) use form::{Choice, Field};
pub(crate) use frame::{Crumb, Flash, Frame, NavItem, Person, Theme, Tone};
pub(crate) use parts::{Change, Confirm, Moment, Pager, Stat, Step, StepState, Tab, current_step};
