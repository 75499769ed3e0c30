//! Login by scan: a QR code on a computer, a question on a phone, and the computer goes on.
//!
//! ```text
//! computer: show_scan ──▶ Step::Scan … scan_status ─ confirmed ─▶ finish_scan ── identify ──▶ as `complete`
//! phone:       scanned (a push) ──▶ link ──▶ ask_scan ──▶ Step::ScanAsk ──▶ answer_scan
//! ```
//!
//! The computer alone gets the result, by its cookie; the phone alone can allow it, by its ticket. Each step is a row
//! that any instance can read.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::answer::restart_url;
use super::begin::Stop;
use super::complete::{Arrival, Opened, Proof, internal};
use super::dispatch::{Returned, returned};
use super::doors::Door;
use super::ending::Ended;
use super::scan_hook::SCENE;
use super::step::{ScanAsk, ScanPage, ScanStatus, spoken};
use super::{Engine, Problem, ProblemCode, Step, Visit};
use crate::clock::random_alphanumeric;
use crate::error::{Class, StoreError};
use crate::ids::{AttemptId, ConnectorId};
use crate::model::{
    Attempt, AttemptState, AuthorizationRequest, Client, NewScan, Scan, ScanState, SnapshotPolicy, Tenant,
};
use crate::oidc::{OAuthError, OAuthErrorCode, TenantUrls, with_query};
use crate::provider::{ProfilePlan, ProviderError, ScanLogin};
use crate::secret::Digest256;
use crate::store::{Change, Find, Records as _, TenantStore, UnitOfWork};

/// How long a QR code can be scanned.
const LIFETIME: Duration = Duration::from_secs(300);
/// Between two looks at a scan that another instance may have changed.
const PAUSE: Duration = Duration::from_millis(1500);
/// Characters of an id at the head of a token.
const ID: usize = 26;

impl Engine {
    /// Shows a QR code. The provider is asked first: a code that cannot be made begins no login.
    pub(super) async fn show_scan(
        &self,
        store: Box<dyn TenantStore>,
        client: &Client,
        request: AuthorizationRequest,
        door: &Door,
        visit: &Visit,
    ) -> Result<Step, Stop> {
        let failed = |error: ProviderError| {
            let answer = OAuthError::new(OAuthErrorCode::ServerError, "the login is not set up correctly");
            Problem::from(error).ways(&visit.urls, &request, Some(&answer))
        };
        let scene = random_alphanumeric(&*self.parts.random, SCENE);
        let lifetime = LIFETIME.min(self.parts.settings.attempt_lifetime);
        let login = scan_of(&*door.provider)?;
        let challenge = login.challenge(&scene, lifetime).await.map_err(failed)?;
        let (scene, cookie) = (Digest256::of(&scene), self.cookie(visit));
        let browser = Digest256::of(&cookie);
        let attempt = self
            .started(store.tenant_id(), door.connector.id, request, visit)
            .sent(scene, browser)
            .map_err(internal)?;
        let new = NewScan {
            scene,
            content: challenge.content,
            app: client.name.clone(),
            issuer: visit.urls.issuer().to_owned(),
            scannable_until: attempt.created_at.plus(challenge.lifetime.min(lifetime)),
        };
        let scan = Scan::begin(&attempt, browser, new);
        let page = scan_page(&scan, &attempt, &door.connector.name, &visit.urls);
        let unit = UnitOfWork::new(scan.tenant_id)
            .with(Change::Attempt(Box::new(attempt)))
            .with(Change::record(&scan)?);
        store.save(unit).await?;
        Ok(Step::Scan {
            page: Box::new(page),
            cookie,
        })
    }

    /// How a scan stands, for the browser that shows its QR code: at once when that is not what it says it knows
    /// (`since`), otherwise when it changes, after `patience` at the latest.
    ///
    /// # Errors
    /// When there is no such scan, it is another browser's, or the database fails.
    pub async fn scan_status(
        &self,
        tenant: &Tenant,
        id: AttemptId,
        visit: &Visit,
        since: Option<&str>,
        patience: Duration,
    ) -> Result<ScanStatus, Problem> {
        let deadline = Instant::now() + patience;
        let mut ear = self.scans.listen();
        loop {
            let scan = self.find_scan(tenant, id).await?;
            if !is_shown_by(&scan, visit) {
                return Err(Problem::new(ProblemCode::ForeignBrowser));
            }
            let status = self.status_of(&scan).await?;
            let left = deadline.saturating_duration_since(Instant::now());
            if since != Some(status.as_str()) || left.is_zero() {
                return Ok(status);
            }
            ear.hear(id, PAUSE.min(left)).await;
        }
    }

    /// The browser goes on: with the login when it was confirmed, otherwise with the page that says how it stands.
    /// Runs to its end even when the browser hangs up.
    pub async fn finish_scan(self: &Arc<Self>, tenant: Arc<Tenant>, id: AttemptId, visit: Visit) -> Step {
        let engine = Arc::clone(self);
        let task = tokio::spawn(async move {
            let finished = engine.try_finish_scan(&tenant, id, &visit).await;
            finished.unwrap_or_else(Step::from)
        });
        task.await
            .unwrap_or_else(|error| Problem::new(ProblemCode::Internal).debug(error.to_string()).into())
    }

    /// The phone's page: what it is asked about. Changes nothing, whoever looks.
    pub async fn ask_scan(&self, tenant: &Tenant, token: &str) -> Step {
        let asked = self.asked_scan(tenant, token).await;
        asked.map_or_else(Step::from, |asked| {
            let Scan {
                app,
                computer,
                created_at,
                ..
            } = asked.scan;
            Step::ScanAsk(Box::new(ScanAsk {
                token: token.to_owned(),
                app,
                account: asked.account,
                computer,
                at: created_at,
            }))
        })
    }

    /// The phone's answer. The token works once.
    pub async fn answer_scan(&self, tenant: &Tenant, token: &str, confirmed: bool, visit: &Visit) -> Step {
        let answered = if confirmed {
            self.confirm_scan(tenant, token, visit).await
        } else {
            self.refuse_scan(tenant, token, visit).await
        };
        answered.map_or_else(Step::from, |app| Step::ScanAnswered { confirmed, app })
    }

    async fn confirm_scan(&self, tenant: &Tenant, token: &str, visit: &Visit) -> Result<String, Problem> {
        let Asked { scan, .. } = self.asked_scan(tenant, token).await?;
        let confirmed = scan.confirmed(visit.browser.clone(), self.now()).map_err(internal)?;
        let unit = UnitOfWork::new(tenant.id).with(Change::record(&confirmed)?);
        self.save_answer(&confirmed, unit).await
    }

    /// The login ends with it.
    async fn refuse_scan(&self, tenant: &Tenant, token: &str, visit: &Visit) -> Result<String, Problem> {
        let Asked { scan, external_id, .. } = self.asked_scan(tenant, token).await?;
        let asked = scan.clone();
        let refused = scan.refused(self.now()).map_err(internal)?;
        let mut unit = UnitOfWork::new(tenant.id).with(Change::record(&refused)?);
        let store = self.parts.store.begin(tenant.id);
        let attempt = store.lookup_attempt_by_state(&refused.scene).await?;
        let ended = Ended::ScanRefused {
            external_id: &external_id,
            phone: &visit.browser,
        };
        if let Some(attempt) = attempt
            && let Ok((ended, event)) = self.ended(&with_steps(&attempt, &asked), None, ended)
        {
            unit = unit
                .with(Change::Attempt(Box::new(ended)))
                .with(Change::Event(Box::new(event)));
        }
        self.save_answer(&refused, unit).await
    }

    async fn save_answer(&self, scan: &Scan, unit: UnitOfWork) -> Result<String, Problem> {
        match self.parts.store.begin(scan.tenant_id).save(unit).await {
            Ok(_) => {
                self.scans.tell(scan.attempt_id);
                Ok(scan.app.clone())
            }
            // Answered at the same moment, or scanned anew.
            Err(StoreError::Conflict { .. }) => Err(Problem::new(ProblemCode::ScanExpired)),
            Err(error) => Err(error.into()),
        }
    }

    /// The scan that a token stands for, while it is to be answered.
    async fn asked_scan(&self, tenant: &Tenant, token: &str) -> Result<Asked, Problem> {
        let over = || Problem::new(ProblemCode::ScanExpired);
        if !tenant.status.is_active() {
            return Err(Problem::new(ProblemCode::TenantDisabled));
        }
        let (id, given) = token.split_at_checked(ID).ok_or_else(over)?;
        let id = id.parse::<AttemptId>().map_err(|_| over())?;
        let scan = self.find_scan(tenant, id).await.map_err(|problem| match problem.code {
            ProblemCode::AttemptUnknown => over(),
            _ => problem,
        })?;
        let ScanState::Scanned { external_id, ticket } = &scan.state else {
            return Err(over());
        };
        if *ticket != Digest256::of(given) || scan.is_over(self.now()) {
            return Err(over());
        }
        let store = self.parts.store.begin(tenant.id);
        let connector = store.lookup_connector(scan.connector_id).await?;
        let connector = connector.ok_or_else(|| Problem::new(ProblemCode::ConnectorMissing))?;
        Ok(Asked {
            external_id: external_id.clone(),
            account: connector.name.clone(),
            scan,
        })
    }

    async fn find_scan(&self, tenant: &Tenant, id: AttemptId) -> Result<Scan, Problem> {
        let id = id.to_string();
        let scan = self.parts.records.find::<Scan>(Find::Id(&id)).await?;
        scan.filter(|scan| scan.tenant_id == tenant.id)
            .ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))
    }

    async fn status_of(&self, scan: &Scan) -> Result<ScanStatus, StoreError> {
        Ok(match &scan.state {
            ScanState::Confirmed { .. } => ScanStatus::Confirmed,
            ScanState::Refused => ScanStatus::Refused,
            _ if scan.is_over(self.now()) => {
                self.expire_scan(scan).await?;
                ScanStatus::Expired
            }
            ScanState::Scanned { .. } => ScanStatus::Scanned,
            ScanState::Waiting => ScanStatus::Waiting,
        })
    }

    async fn try_finish_scan(&self, tenant: &Tenant, id: AttemptId, visit: &Visit) -> Result<Step, Problem> {
        let scan = self.find_scan(tenant, id).await?;
        let arrival = Arrival::bare(tenant, self.parts.store.begin(tenant.id), visit);
        let attempt = scan_attempt(&arrival, &scan).await?;
        self.check_browser(&arrival, &attempt).await?;
        // Copies of this request queue here; the second finds what the first has stored.
        let _flight = self.flights.enter(id.into()).await;
        let (scan, attempt) = (self.find_scan(tenant, id).await?, scan_attempt(&arrival, &scan).await?);
        match returned(&attempt, None, self.now()) {
            Returned::Share => self.share(&arrival, &attempt).await,
            Returned::Finished => Err(self.page(&arrival, &attempt, ProblemCode::AlreadyFinished)),
            Returned::Exchange => self.go_on(&arrival, &attempt, scan).await,
            Returned::Overdue => {
                self.expire_scan(&scan).await?;
                Err(scan_over(&arrival, &attempt, ProblemCode::ScanExpired))
            }
            Returned::Ended | Returned::SecondLeg => Err(scan_over(&arrival, &attempt, ended_code(&attempt.state))),
        }
    }

    async fn go_on(&self, arrival: &Arrival<'_>, attempt: &Attempt, scan: Scan) -> Result<Step, Problem> {
        match self.status_of(&scan).await? {
            ScanStatus::Confirmed => self.identify(arrival, attempt, &scan).await,
            ScanStatus::Expired => Err(scan_over(arrival, attempt, ProblemCode::ScanExpired)),
            ScanStatus::Refused => Err(scan_over(arrival, attempt, ProblemCode::ScanRefused)),
            ScanStatus::Waiting | ScanStatus::Scanned => {
                let opened = self.reopen(arrival, attempt).await?;
                let shown = Step::Scan {
                    page: Box::new(scan_page(&scan, attempt, &opened.connector.name, &arrival.visit.urls)),
                    cookie: arrival.visit.cookie.clone().unwrap_or_default(),
                };
                Ok(spoken(attempt.request.locale, shown))
            }
        }
    }

    /// Asks the provider who that is, and ends as every login does.
    async fn identify(&self, arrival: &Arrival<'_>, attempt: &Attempt, scan: &Scan) -> Result<Step, Problem> {
        let ScanState::Confirmed { external_id } = &scan.state else {
            return Err(Problem::new(ProblemCode::Internal).debug("a scan that nobody confirmed"));
        };
        let opened = match self.reopen(arrival, attempt).await {
            Ok(opened) => opened,
            Err(problem) => {
                self.end(arrival, attempt, Ended::Rejected(problem.code)).await?;
                return Err(problem);
            }
        };
        let attempt = with_steps(attempt, scan);
        let started = Instant::now();
        let identity = scan_of(&*opened.provider)?.identify(external_id).await;
        let upstream_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        match identity {
            Ok(identity) => {
                let proof = Proof {
                    identity,
                    grant: None,
                    union_group: opened.provider.union_group().map(str::to_owned),
                    upstream_ms,
                };
                self.proved(arrival, attempt, &opened, proof).await
            }
            // Nothing is spent by asking: the browser may ask again as long as the login lives.
            Err(error) if error.class == Class::Retry => {
                let mut problem = Problem::from(error);
                problem.again = Some(arrival.visit.urls.scan_finish(attempt.id));
                Err(problem)
            }
            Err(error) => {
                let failed = Ended::Failed {
                    error: &error,
                    upstream_ms,
                };
                self.end(arrival, &attempt, failed).await?;
                let answer = OAuthError::new(
                    OAuthErrorCode::ServerError,
                    format!("the provider refused: {}", error.code.as_str()),
                );
                Err(Problem::from(error).ways(&arrival.visit.urls, &attempt.request, Some(&answer)))
            }
        }
    }

    async fn proved(
        &self,
        arrival: &Arrival<'_>,
        attempt: Attempt,
        opened: &Opened,
        mut proof: Proof,
    ) -> Result<Step, Problem> {
        if proof.identity.transient && opened.client.snapshot_policy == SnapshotPolicy::Refuse {
            let upstream_ms = proof.upstream_ms;
            self.end(arrival, &attempt, Ended::Snapshot { upstream_ms }).await?;
            return Err(self.page(arrival, &attempt, ProblemCode::SnapshotVisitor));
        }
        // A scan brings no profile; one of an earlier login serves.
        if attempt.request.wanted().has("profile") {
            self.fill_known_profile(arrival, &attempt, ProfilePlan::WhenUnknown, &mut proof.identity)
                .await?;
        }
        self.finish(arrival, &opened.client, attempt, proof).await
    }
}

/// A scan whose person is asked.
struct Asked {
    scan: Scan,
    external_id: String,
    account: String,
}

fn scan_of(provider: &dyn crate::provider::Provider) -> Result<&dyn ScanLogin, Problem> {
    let missing = || Problem::new(ProblemCode::ConnectorMissing).debug("the connector no longer logs in by scan");
    provider.scan_login().ok_or_else(missing)
}

/// Only the browser that shows the QR code hears of it.
fn is_shown_by(scan: &Scan, visit: &Visit) -> bool {
    visit.cookie.as_deref().map(Digest256::of) == Some(scan.browser)
}

async fn scan_attempt(arrival: &Arrival<'_>, scan: &Scan) -> Result<Arc<Attempt>, Problem> {
    let attempt = arrival.store.lookup_attempt_by_state(&scan.scene).await?;
    attempt.ok_or_else(|| Problem::new(ProblemCode::AttemptUnknown))
}

fn ended_code(state: &AttemptState) -> ProblemCode {
    match state {
        AttemptState::Denied => ProblemCode::ScanRefused,
        AttemptState::Expired => ProblemCode::ScanExpired,
        AttemptState::Rejected { code } if code == ProblemCode::PersonBlocked.as_str() => ProblemCode::PersonBlocked,
        _ => ProblemCode::AlreadyEnded,
    }
}

/// The attempt with the steps that the phone made.
fn with_steps(attempt: &Attempt, scan: &Scan) -> Attempt {
    let steps = scan.steps.iter();
    steps.fold(attempt.clone(), |attempt, step| attempt.noted(&step.step, step.at))
}

fn scan_page(scan: &Scan, attempt: &Attempt, account: &str, urls: &TenantUrls) -> ScanPage {
    ScanPage {
        account: account.to_owned(),
        content: scan.content.clone(),
        status: match scan.state {
            ScanState::Scanned { .. } => ScanStatus::Scanned,
            _ => ScanStatus::Waiting,
        },
        finish: urls.scan_finish(scan.attempt_id),
        events: urls.scan_events(scan.attempt_id),
        poll: urls.scan_status(scan.attempt_id),
        again: again(urls, &attempt.request, scan.connector_id),
    }
}

/// The same request by the same connector: a new QR code.
fn again(urls: &TenantUrls, request: &AuthorizationRequest, connector: ConnectorId) -> Option<String> {
    let url = restart_url(urls, request)?;
    let connection = connector.to_string();
    let (url, fragment) = url
        .split_once('#')
        .map_or((&*url, None), |(url, rest)| (url, Some(rest)));
    let url = with_query(url, &[("connection", &connection)]);
    Some(match fragment {
        Some(fragment) => format!("{url}#{fragment}"),
        None => url,
    })
}

fn scan_over(arrival: &Arrival<'_>, attempt: &Attempt, code: ProblemCode) -> Problem {
    let urls = &arrival.visit.urls;
    let error = OAuthError::new(OAuthErrorCode::AccessDenied, code.as_str());
    let mut problem = Problem::new(code).ways(urls, &attempt.request, Some(&error));
    problem.again = again(urls, &attempt.request, attempt.connector_id);
    problem
}
