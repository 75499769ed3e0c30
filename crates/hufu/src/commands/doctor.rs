//! `hufu doctor`: what is wrong, and what to do about it.

mod accounts;
mod console;
mod hosts;
mod installation;
mod report;

use hufu::{Hufu, Injected};
use hufu_core::store::Store as _;

use super::context::Context;
use crate::failure::Failure;
use report::Report;

pub(crate) async fn run(context: &Context) -> Result<(), Failure> {
    let mut report = Report::new(context.output);
    installation::configuration(context, &mut report);
    installation::public_url(context, &mut report);
    console::second_factor(context, &mut report);
    installation::clock(context, &mut report).await;
    let has_keys = installation::key_ring(context, &mut report);
    let has_database = installation::database(context, &mut report).await;
    if has_keys && has_database {
        // A look changes nothing: pending migrations were reported, not applied.
        let mut config = context.config().clone();
        config.database.migrate_on_start = Some(false);
        match Hufu::assemble(&config, Injected::default()).await {
            Ok(hufu) => {
                console::operators(&hufu, &mut report).await;
                accounts::all(&hufu, &mut report).await;
                hufu.database.close().await;
            }
            Err(error) => report.fail("assemble", error.text(), None),
        }
    }
    report.answer()
}
