//! What a change is refused for, with the place in the body where the caller can mend it.

use axum::http::StatusCode;
use hufu_core::manage::{ManageError, OperatorError};
use hufu_core::provider::{FieldProblem, FormSchema, MenuViolation, ProviderKind};
use hufu_core::text::Text;

use super::asked::wrong;
use crate::http::{Place, Refusal, Slip};

/// A refusal of the manager.
pub(super) fn told(error: ManageError) -> Refusal {
    match &error {
        ManageError::Fields(problems) => slips(&error, problems.iter().map(|problem| of_field(problem, &[]))),
        ManageError::Checks(checks) => {
            let problems = checks.iter().filter_map(|check| check.problem.as_ref());
            slips(
                &error,
                problems.map(|problem| slip("/secrets", problem.message.clone())),
            )
        }
        ManageError::Menu(violations) => {
            let stops = |violation: &&MenuViolation| !violation.is_warning;
            slips(&error, violations.iter().filter(stops).map(of_menu))
        }
        ManageError::Protocol { setting, why } => {
            let pointer = format!("/protocol/{setting}");
            slips(&error, std::iter::once(slip(&pointer, why.clone())))
        }
        // Core names the column.
        ManageError::Duplicate { what: "tenant.code" } => wrong(
            error.code(),
            "/code",
            "这个代码已被使用",
            "there is a tenant with this code",
        ),
        _ => match place_of(&error) {
            Some(pointer) => slips(&error, std::iter::once(slip(pointer, error.text()))),
            None => error.into(),
        },
    }
}

/// The same for a form whose kind is known: a field is a setting or a secret.
pub(super) fn told_of_form(error: ManageError, kind: Option<&dyn ProviderKind>) -> Refusal {
    match &error {
        ManageError::Fields(problems) => {
            let form = kind.map(ProviderKind::form);
            let secrets: Vec<_> = form.iter().flat_map(FormSchema::secrets).collect();
            slips(&error, problems.iter().map(|problem| of_field(problem, &secrets)))
        }
        _ => told(error),
    }
}

/// The same for a change that said which version it was made from: what crossed it made that one old.
pub(super) fn told_of_version(error: ManageError) -> Refusal {
    stale(told(error))
}

/// A crossed change is a failed precondition, when there was one.
pub(super) fn stale(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Conflict => Refusal::Stale,
        other => other,
    }
}

/// A refusal of the operators' part.
pub(super) fn told_of_staff(error: OperatorError) -> Refusal {
    let pointer = match &error {
        OperatorError::Name => "/name",
        OperatorError::Seat => "/seat",
        OperatorError::Lifetime => "/lifetime_seconds",
        OperatorError::NotFound { what: "agency" } => "/agency_id",
        _ => return error.into(),
    };
    let text = error.text();
    wrong(error.code(), pointer, &text.zh, &text.en)
}

/// The same, of a handle that tells a refusal already.
pub(super) fn placed(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Wrong(code @ "name", text) => wrong(code, "/name", &text.zh, &text.en),
        Refusal::Wrong(code @ "seat", text) => wrong(code, "/seat", &text.zh, &text.en),
        Refusal::Wrong(code @ "last_owner", text) => wrong(code, "", &text.zh, &text.en),
        other => other,
    }
}

fn of_field(problem: &FieldProblem, secrets: &[&str]) -> Slip {
    let part = if secrets.contains(&problem.field.as_str()) {
        "secrets"
    } else {
        "settings"
    };
    slip(&format!("/{part}/{}", problem.field), problem.message.clone())
}

/// The draft is no part of this body: the place in it stands in the text.
fn of_menu(violation: &MenuViolation) -> Slip {
    let (path, message) = (&violation.path, &violation.message);
    slip(
        "",
        Text::owned(format!("{path}：{}", message.zh), format!("{path}: {}", message.en)),
    )
}

fn slip(pointer: &str, text: Text) -> Slip {
    Slip {
        place: Place::Body(pointer.to_owned()),
        text,
    }
}

fn slips(error: &ManageError, slips: impl Iterator<Item = Slip>) -> Refusal {
    Refusal::Slips(StatusCode::UNPROCESSABLE_ENTITY, error.code(), slips.collect())
}

fn place_of(error: &ManageError) -> Option<&'static str> {
    match error {
        ManageError::Name => Some("/name"),
        ManageError::Kind { .. } => Some("/kind"),
        ManageError::NoRedirectUri | ManageError::RedirectUri { .. } => Some("/redirect_uris"),
        ManageError::Scope { .. } => Some("/scopes"),
        ManageError::Colour => Some("/branding/colour"),
        ManageError::Logo => Some("/branding/logo"),
        ManageError::AuditDays => Some("/audit_days"),
        ManageError::HostName(_) | ManageError::HostReserved | ManageError::HostTaken => Some("/host"),
        ManageError::TokenSeconds => Some("/token_seconds"),
        ManageError::VerifyFile(_) => Some("/content"),
        ManageError::PublicRights | ManageError::TooManyRules { .. } => Some("/rights"),
        ManageError::Network { .. } => Some("/rights/networks"),
        ManageError::Call { .. } => Some("/rights/calls"),
        ManageError::MenuShape => Some("/menu"),
        ManageError::MenuNote => Some("/note"),
        _ => None,
    }
}
