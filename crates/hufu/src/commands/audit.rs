//! `hufu audit`.

mod export;
mod list;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use hufu_core::clock::{Clock, Timestamp};
use hufu_core::ids::{ClientId, RequestId};
use hufu_core::model::{Action, AuditFilter, Outcome, TenantCode};
use hufu_core::sheet;

use super::context::Managing;
use super::input;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List events, newest first
    List {
        /// Only this tenant [default: all]
        #[arg(long, value_name = "CODE")]
        tenant: Option<TenantCode>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
        #[command(flatten)]
        filter: Filter,
    },
    /// Write a tenant's events to a file, all of them, newest first
    Export {
        /// The tenant
        #[arg(long, value_name = "CODE")]
        tenant: TenantCode,
        /// Form of the file
        #[arg(long, value_enum)]
        format: Format,
        /// The file [default: standard output]
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        filter: Filter,
    },
}

/// [`sheet::Format`], as an argument.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For spreadsheets
    Csv,
    /// One JSON object a line
    Jsonl,
}

impl From<Format> for sheet::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv,
            Format::Jsonl => Self::Jsonl,
        }
    }
}

/// Which events.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Only this outcome: succeeded, failed, denied, expired, rejected
    #[arg(long, value_parser = outcome)]
    outcome: Option<Outcome>,
    /// Only this action: login, login.callback, token, client.add, …
    #[arg(long, value_parser = action)]
    action: Option<Action>,
    /// Only this app
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<ClientId>,
    /// Only this request: the number that an error page shows
    #[arg(long, value_name = "REQUEST_ID")]
    request: Option<RequestId>,
    /// Only this person, by WeChat's openid
    #[arg(long)]
    openid: Option<String>,
    /// Only since then: 24h, 7d, or a time such as 2026-11-21T09:30:00Z
    #[arg(long, value_parser = since)]
    since: Option<Since>,
}

#[derive(Debug, Clone, Copy)]
enum Since {
    Ago(Duration),
    At(Timestamp),
}

fn since(text: &str) -> Result<Since, String> {
    if let Ok(at) = Timestamp::parse(text) {
        return Ok(Since::At(at));
    }
    input::duration(text)
        .map(Since::Ago)
        .map_err(|_| "write 24h, 7d, or a time such as 2026-11-21T09:30:00Z".to_owned())
}

fn outcome(text: &str) -> Result<Outcome, String> {
    Outcome::of(text).ok_or_else(|| "succeeded, failed, denied, expired or rejected".to_owned())
}

fn action(text: &str) -> Result<Action, String> {
    Action::of(text).ok_or_else(|| "an action such as login, token, client.add or connector.rotate_secret".to_owned())
}

impl Filter {
    fn of(self, clock: &dyn Clock) -> AuditFilter {
        AuditFilter {
            action: self.action,
            outcome: self.outcome,
            client_id: self.client,
            request_id: self.request,
            external_id: self.openid,
            from: self.since.map(|since| match since {
                Since::Ago(duration) => clock.now().minus(duration),
                Since::At(at) => at,
            }),
            ..AuditFilter::default()
        }
    }
}

pub(crate) async fn run(m: &Managing<'_>, command: Command) -> Result<(), Failure> {
    let clock = &*m.hufu.injected.clock;
    match command {
        Command::List { tenant, limit, filter } => list::run(m, tenant.as_ref(), limit, &filter.of(clock)).await,
        Command::Export {
            tenant,
            format,
            output,
            filter,
        } => export::run(m, &tenant, format.into(), output.as_deref(), filter.of(clock)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_takes_a_span_or_a_time() {
        assert!(matches!(since("24h"), Ok(Since::Ago(span)) if span.as_secs() == 86_400));
        assert!(matches!(since("2026-11-21T09:30:00+08:00"), Ok(Since::At(_))));
        assert!(since("yesterday").is_err());
    }
}
