//! The badges of the accounts, so that the console need not wait for its first round of checks.

use hufu::Hufu;

use super::setup::Stage;
use crate::failure::Failure;

/// Checks every account against the stand-in, which must be running.
pub(super) async fn check(hufu: &Hufu, stage: &Stage) -> Result<(), Failure> {
    let manager = hufu.manager("demo");
    for connector in stage.houses.iter().flat_map(|house| &house.connectors) {
        manager.health_of(connector).await?;
    }
    Ok(())
}
