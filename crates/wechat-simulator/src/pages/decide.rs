//! Who stands before the authorize page, and what happens next.

use std::sync::Arc;

use super::checks::{Ask, PageError};
use crate::account::AccountKind;
use crate::next_user::NextUser;
use crate::person::Person;
use crate::simulator::Inner;
use crate::sns_token::Scope;
use crate::user::User;
use crate::world::World;

/// A tap on the consent page, or a header that stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tap {
    Allow,
    Deny,
    Snapshot,
}

impl Tap {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "allow" => Some(Self::Allow),
            "deny" => Some(Self::Deny),
            "snapshot" => Some(Self::Snapshot),
            _ => None,
        }
    }
}

/// What the request tells about the person in front of the screen.
#[derive(Debug, Default)]
pub(super) struct Visitor {
    /// From the header, else the cookie.
    pub(super) known_as: Option<String>,
    /// That name, if there is one, is the cookie's.
    pub(super) by_cookie: bool,
    /// From the header.
    pub(super) tap: Option<Tap>,
    /// From the consent page's form.
    pub(super) posted: Option<(String, Tap)>,
}

#[derive(Debug)]
pub(super) enum Step {
    /// Back to the app with a code; `remember` becomes the cookie.
    Callback {
        person: Person,
        remember: Option<String>,
    },
    /// 拒绝.
    Denied,
    /// Somebody has to choose.
    Choose {
        selected: Option<String>,
    },
    Error(PageError),
}

pub(super) fn next_step(inner: &Inner, ask: &Ask, visitor: &Visitor, now: i64) -> Step {
    let world = &mut *inner.world();
    if let Some((user_id, tap)) = &visitor.posted {
        return match world.user(user_id) {
            Some(user) => act(inner, world, ask, &user, *tap, now, true),
            None => Step::Choose { selected: None },
        };
    }
    if let Some(next) = world.next_users.pop_front() {
        return play(inner, world, ask, visitor, &next);
    }
    if let Some(user) = world.always_user.as_deref().and_then(|id| world.user(id)) {
        return act(inner, world, ask, &user, Tap::Allow, now, false);
    }
    let named = visitor.known_as.as_deref();
    let known = named.and_then(|id| world.user(id));
    // A name that nobody has must not turn into somebody else.
    let first = || world.users.first().filter(|_| named.is_none()).cloned();
    if let Some(tap) = visitor.tap
        && let Some(user) = known.clone().or_else(first)
    {
        return act(inner, world, ask, &user, tap, now, false);
    }
    let silent = match (&known, ask.scope) {
        // WeChat never asks here, so strict mode does not; at a desk somebody has to be chosen once.
        (None, Scope::Base) if inner.settings.strict => first(),
        (Some(user), Scope::Base) => Some(Arc::clone(user)),
        (Some(user), Scope::Userinfo) if is_exempt(inner, world, ask, user, now) => Some(Arc::clone(user)),
        _ => None,
    };
    match silent {
        Some(user) => act(inner, world, ask, &user, Tap::Allow, now, false),
        None => Step::Choose {
            selected: known.map(|user| user.id.clone()),
        },
    }
}

/// Whether `snsapi_userinfo` is silent (Tencent doc): followers, and for a while after a consent.
fn is_exempt(inner: &Inner, world: &World, ask: &Ask, user: &User, now: i64) -> bool {
    let app_id = &ask.account.app_id;
    inner.settings.silent_followers
        && !ask.force_popup
        && (user.follows(app_id) || world.consented_recently(now, &user.id, app_id))
}

fn act(inner: &Inner, world: &mut World, ask: &Ask, user: &User, tap: Tap, now: i64, by_hand: bool) -> Step {
    if tap == Tap::Deny && ask.scope != Scope::Base {
        return Step::Denied;
    }
    if let Some(error) = must_follow(ask, user) {
        return Step::Error(error);
    }
    let seed = inner.settings.seed;
    let forced = ask.force_snapshot && !by_hand && !is_exempt(inner, world, ask, user, now);
    let wants_snapshot = tap == Tap::Snapshot || user.snapshot_only || forced;
    // Only pages that ask for the profile become snapshots (Tencent announcement).
    let person = if wants_snapshot && ask.scope == Scope::Userinfo {
        Person::snapshot(seed, user, &ask.account)
    } else {
        if ask.scope == Scope::Userinfo {
            world.remember_consent(now, &user.id, &ask.account.app_id);
        }
        Person::real(seed, user, &ask.account)
    };
    Step::Callback {
        person,
        remember: by_hand.then(|| user.id.clone()),
    }
}

/// Carries out what a test laid down for this visit.
fn play(inner: &Inner, world: &World, ask: &Ask, visitor: &Visitor, next: &NextUser) -> Step {
    if next.refuse {
        return Step::Denied;
    }
    let user = match next.user.as_deref().or(visitor.known_as.as_deref()) {
        Some(id) => world.user(id),
        None => world.users.first().cloned(),
    };
    let Some(user) = user else {
        return Step::Choose { selected: None };
    };
    if let Some(error) = must_follow(ask, &user) {
        return Step::Error(error);
    }
    let snapshot = (next.snapshot || user.snapshot_only) && ask.scope == Scope::Userinfo;
    let make = if snapshot { Person::snapshot } else { Person::real };
    Step::Callback {
        person: make(inner.settings.seed, &user, &ask.account).dressed_as(next),
        remember: None,
    }
}

fn must_follow(ask: &Ask, user: &User) -> Option<PageError> {
    let refused = ask.account.kind == AccountKind::Sandbox && !user.follows(&ask.account.app_id);
    refused.then(|| PageError::new(10006, "必须关注此测试号"))
}
