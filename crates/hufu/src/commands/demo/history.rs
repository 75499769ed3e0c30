//! What is said to have happened before: a week of logins, and a few changes by operators.
//!
//! The same hour gives the same logins at every start, so that a demo that is started again days later is told only
//! what it missed. Rows are written by the store's own ways, with the past's clock; of a login remains what remains of
//! a real one a day later: person, identity and events. Attempts and tokens are purged by then.

mod changes;
mod dice;
mod people;
mod plan;
mod story;
mod tale;

use std::time::Duration;

use futures::future::try_join_all;
use hufu::Hufu;
use hufu_core::clock::Timestamp;
use hufu_core::model::{AuditFilter, Family};
use hufu_core::store::Store as _;
use wechat_simulator::Control;

use super::setup::{House, Stage};
use crate::failure::Failure;
use plan::{Plan, Span};
use tale::Teller;

/// How far back it goes.
const WEEK: Duration = Duration::from_secs(7 * 86_400);
/// Since when the broken account is broken.
const BROKEN: Duration = Duration::from_secs(20 * 3600);
/// A shorter gap is left as it is: nobody logged in while the demo was off.
const GAP: Duration = Duration::from_secs(6 * 3600);

/// Tells what is missing.
pub(super) async fn tell(hufu: &Hufu, control: &Control, stage: &Stage) -> Result<(), Failure> {
    let now = hufu.injected.clock.now();
    let last = last_login(hufu, &stage.houses).await?;
    if last.is_some_and(|last| last > now.minus(GAP)) {
        return Ok(());
    }
    let from = last.map_or(now.minus(WEEK), |last| last.max(now.minus(WEEK)));
    let broken = if last.is_none() { now.minus(BROKEN) } else { from };
    let plan = Plan::of(Span { from, until: now }, broken);
    let teller = Teller::new(hufu, control, &stage.houses, now);
    let mut units = Vec::new();
    for login in &plan.logins {
        units.extend(teller.unit(login).map_err(|illegal| Failure::internal(&illegal))?);
    }
    // All at once: the writer takes them together, in few transactions, and keeps one person's in their order.
    let saves = units.into_iter().map(|unit| {
        let store = hufu.database.begin(unit.tenant_id());
        async move { store.save(unit).await }
    });
    try_join_all(saves).await?;
    if last.is_none() {
        changes::make(hufu, stage, now).await?;
    }
    Ok(())
}

/// When somebody last logged in where no visitor of the demo does.
async fn last_login(hufu: &Hufu, houses: &[House]) -> Result<Option<Timestamp>, Failure> {
    let filter = AuditFilter {
        family: Some(Family::Logins),
        ..AuditFilter::default()
    };
    let mut last = None;
    for house in houses.iter().filter(|house| house.part.brand.is_some()) {
        let newest = hufu.database.begin(house.tenant.id).list_events(&filter, 1).await?;
        last = last.max(newest.first().map(|event| event.at));
    }
    Ok(last)
}
