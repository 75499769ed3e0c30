//! The page on which a person types a device's code, and is asked whether they mean it.

use std::time::Duration;

use super::{LIFETIME, read_code, shown};
use crate::error::StoreError;
use crate::flow::begin::{Stop, find_client, malformed};
use crate::flow::request::Asked;
use crate::flow::step::{DeviceAsk, DeviceFault};
use crate::flow::{Engine, Problem, ProblemCode, Step, Visit, seen_by};
use crate::ids::EventId;
use crate::model::{Action, AuditEvent, Client, DeviceLogin, DeviceState, Outcome, Tenant, Throttle};
use crate::oidc::Form;
use crate::secret::{Digest256, constant_time_eq};
use crate::store::{Change, Find, Records as _, UnitOfWork};

/// Wrong codes that one address may try …
const WRONG: u32 = 10;
/// … until it has tried none for so long (section 5.1).
const QUIET: Duration = Duration::from_secs(600);
/// How often a try is counted again that another crossed. After that it is refused unseen: whoever sends many at once
/// gains nothing.
const COUNTS: usize = 4;

/// A code that some device shows.
struct Found {
    login: DeviceLogin,
    client: std::sync::Arc<Client>,
}

impl Engine {
    /// The page: asks for a code, then what is meant by it, and begins the login that is meant. The last is a GET with a
    /// proof, so that a choice of connections or another browser can take the same address up again.
    pub async fn device_page(&self, tenant: &Tenant, form: &Form, visit: &Visit) -> Step {
        self.try_device_page(tenant, form, visit)
            .await
            .unwrap_or_else(Step::from)
    }

    /// A form of that page: a code, or that it is not meant.
    pub async fn answer_device(&self, tenant: &Tenant, form: &Form, visit: &Visit) -> Step {
        self.try_answer_device(tenant, form, visit)
            .await
            .unwrap_or_else(Step::from)
    }

    async fn try_device_page(&self, tenant: &Tenant, form: &Form, visit: &Visit) -> Result<Step, Problem> {
        if !tenant.status.is_active() {
            return Err(Problem::new(ProblemCode::TenantDisabled));
        }
        let Some(typed) = read(form, "user_code")? else {
            return Ok(Step::DeviceEnter {
                fault: None,
                typed: String::new(),
            });
        };
        if let Some(code) = self.device_proved(form, typed, visit)? {
            return self.begin_device_login(tenant, &code, form, visit).await;
        }
        self.ask_device(tenant, typed, visit).await
    }

    async fn try_answer_device(&self, tenant: &Tenant, form: &Form, visit: &Visit) -> Result<Step, Problem> {
        if let Some(typed) = read(form, "user_code")?
            && let Some(code) = self.device_proved(form, typed, visit)?
            && read(form, "answer")? == Some("refuse")
        {
            return self.refuse_device(tenant, &code, visit).await;
        }
        self.try_device_page(tenant, form, visit).await
    }

    /// The code, when this browser was asked about it: a link or a form of another site brings no such proof, and so
    /// logs nobody in for a device of its own.
    fn device_proved(&self, form: &Form, typed: &str, visit: &Visit) -> Result<Option<String>, Problem> {
        let (Some(proof), Some(code), Some(cookie)) = (read(form, "confirm")?, read_code(typed), &visit.cookie) else {
            return Ok(None);
        };
        Ok(constant_time_eq(proof, &self.device_proof(cookie, &code)).then_some(code))
    }

    fn device_proof(&self, cookie: &str, code: &str) -> String {
        let key = &self.parts.settings.code_key;
        key.derive("device page", &format!("{cookie}/{code}"))
    }

    async fn ask_device(&self, tenant: &Tenant, typed: &str, visit: &Visit) -> Result<Step, Problem> {
        let wrong = |fault| {
            Ok(Step::DeviceEnter {
                fault: Some(fault),
                typed: typed.chars().take(20).collect(),
            })
        };
        let Some(code) = read_code(typed) else {
            return wrong(DeviceFault::Unknown);
        };
        let Some(counted) = self.count_guess(tenant, visit).await? else {
            return wrong(DeviceFault::TooMany);
        };
        let Some(Found { login, client }) = self.find_device(tenant, &code).await? else {
            return wrong(DeviceFault::Unknown);
        };
        self.take_back(tenant, counted).await;
        let cookie = self.cookie(visit);
        Ok(Step::DeviceAsk {
            page: Box::new(DeviceAsk {
                app: client.name.clone(),
                user_code: shown(&code),
                proof: self.device_proof(&cookie, &code),
                action: visit.urls.device(),
                at: login.expires_at.minus(LIFETIME),
                device: login.device,
            }),
            cookie,
        })
    }

    /// A login like any other, by the same doors, for the request that the device made.
    async fn begin_device_login(
        &self,
        tenant: &Tenant,
        code: &str,
        form: &Form,
        visit: &Visit,
    ) -> Result<Step, Problem> {
        let found = self.find_device(tenant, code).await?;
        let Found { login, client } = found.ok_or_else(|| Problem::new(ProblemCode::DeviceOver))?;
        let connection = read(form, "connection")?;
        let store = self.parts.store.begin(tenant.id);
        let gone = self
            .go(tenant, store, &client, Asked::plain(login.request, connection), visit)
            .await;
        gone.map_err(|stop| match stop {
            Stop::Page(problem) => problem,
            Stop::Client(_, error) => {
                Problem::new(ProblemCode::Internal).debug(format!("nobody to tell: {}", error.description))
            }
        })
    }

    async fn refuse_device(&self, tenant: &Tenant, code: &str, visit: &Visit) -> Result<Step, Problem> {
        let found = self.find_device(tenant, code).await?;
        let Found { mut login, client } = found.ok_or_else(|| Problem::new(ProblemCode::DeviceOver))?;
        login.state = DeviceState::Denied;
        login.version += 1;
        let id = EventId::generate(&*self.parts.clock, &*self.parts.random);
        let mut event = AuditEvent::new(id, tenant.id, self.now(), Action::Login, Outcome::Denied);
        event.client_id = Some(client.id);
        event.error = Some("device_refused".to_owned());
        event
            .detail
            .insert("device_ip".to_owned(), login.device.ip.clone().into());
        seen_by(&mut event, &visit.browser);
        let unit = UnitOfWork::new(tenant.id)
            .with(Change::record(&login)?)
            .with(Change::Event(Box::new(event)));
        match self.parts.store.begin(tenant.id).save(unit).await {
            Ok(_) => Ok(Step::DeviceAnswered { allowed: false }),
            Err(StoreError::Conflict { .. }) => Err(Problem::new(ProblemCode::DeviceOver)),
            Err(error) => Err(error.into()),
        }
    }

    /// The device that shows this code and waits, and its app, which may still do so.
    async fn find_device(&self, tenant: &Tenant, code: &str) -> Result<Option<Found>, Problem> {
        let key = format!("{}/{}", tenant.id, Digest256::of(code).encode());
        let login: Option<DeviceLogin> = self.parts.records.find(Find::Key(&key)).await?;
        let Some(login) = login.filter(|login| login.tenant_id == tenant.id && self.awaits(login)) else {
            return Ok(None);
        };
        let store = self.parts.store.begin(tenant.id);
        let client = find_client(&*store, Some(&login.client_id.to_string())).await?;
        Ok(client.protocol.device_code.then_some(Found { login, client }))
    }

    /// Counts a try of this address before it is looked at, so that of many at once each sees those before it; `None`:
    /// it has had its tries.
    async fn count_guess(&self, tenant: &Tenant, visit: &Visit) -> Result<Option<Throttle>, Problem> {
        let subject = format!("device:{}:{}", tenant.id, visit.browser.ip);
        for _ in 0..COUNTS {
            let now = self.now();
            let known: Option<Throttle> = self.parts.records.find(Find::Id(&subject)).await?;
            let (failures, version) = known.map_or((0, 0), |known| {
                let is_quiet = now >= known.last_at.plus(QUIET);
                (if is_quiet { 0 } else { known.failures }, known.version)
            });
            if failures >= WRONG {
                return Ok(None);
            }
            let counted = Throttle {
                subject: subject.clone(),
                failures: failures + 1,
                last_at: now,
                blocked_until: now,
                version: version + 1,
            };
            match self.save_guess(tenant, &counted).await {
                Ok(()) => return Ok(Some(counted)),
                Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// A right code was no guess. One that stays counted costs a try.
    async fn take_back(&self, tenant: &Tenant, mut counted: Throttle) {
        counted.failures = counted.failures.saturating_sub(1);
        counted.version += 1;
        if let Err(error) = self.save_guess(tenant, &counted).await {
            tracing::debug!(%error, "a right code counts as a guess");
        }
    }

    async fn save_guess(&self, tenant: &Tenant, throttle: &Throttle) -> Result<(), StoreError> {
        let unit = UnitOfWork::new(tenant.id).with(Change::record(throttle)?);
        self.parts.store.begin(tenant.id).save(unit).await?;
        Ok(())
    }
}

fn read<'a>(form: &'a Form, name: &'static str) -> Result<Option<&'a str>, Problem> {
    form.get(name).map_err(|error| malformed(&error))
}
