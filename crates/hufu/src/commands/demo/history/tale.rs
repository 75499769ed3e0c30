//! From a login to its rows: the attempt goes through its real transitions, and each event says what the engine would
//! have said.

use std::time::Duration;

use hufu::Hufu;
use hufu_core::clock::Timestamp;
use hufu_core::ids::{AttemptId, EventId, RequestId, SubjectId};
use hufu_core::model::{
    Action, Attempt, AttemptState, AuditEvent, Authenticated, AuthorizationRequest, Browser, Client, Connector,
    Identity, IllegalTransition, NewAttempt, Outcome, Profile,
};
use hufu_core::provider::ProviderError;
use hufu_core::secret::Digest256;
use hufu_core::store::{Change, IdentitySeen, UnitOfWork};
use serde_json::{Map, Value};
use wechat_simulator::Control;

use super::dice::Dice;
use super::people::Person;
use super::plan::Login;
use super::story::{Redeemed, Story, silence};
use crate::commands::demo::cast::{AccountPart, AppPart};
use crate::commands::demo::moment::Moment;
use crate::commands::demo::setup::House;

/// What every login needs to be told.
pub(super) struct Teller<'a> {
    hufu: &'a Hufu,
    control: &'a Control,
    houses: &'a [House],
    now: Timestamp,
}

type Told<T> = Result<T, IllegalTransition>;

impl<'a> Teller<'a> {
    pub(super) fn new(hufu: &'a Hufu, control: &'a Control, houses: &'a [House], now: Timestamp) -> Self {
        Self {
            hufu,
            control,
            houses,
            now,
        }
    }

    /// What a login leaves; `None` when it is not over yet.
    pub(super) fn unit(&self, login: &Login) -> Told<Option<UnitOfWork>> {
        let Some(tale) = self.begin(login)? else {
            return Ok(None);
        };
        let tale = tale.go(login.story)?;
        let is_over = tale.events.iter().all(|event| event.at <= self.now);
        let tenant = tale.attempt.tenant_id;
        let seen = tale.seen.map(|seen| Change::Identity(Box::new(seen)));
        let events = tale.events.into_iter().map(|event| Change::Event(Box::new(event)));
        let unit = seen
            .into_iter()
            .chain(events)
            .fold(UnitOfWork::new(tenant), UnitOfWork::with);
        Ok(is_over.then_some(unit))
    }

    fn begin(&self, login: &Login) -> Told<Option<Tale<'a>>> {
        let part = || {
            let house = self.houses.get(login.house)?;
            Some(Scene {
                hufu: self.hufu,
                house,
                account: house.part.accounts.get(login.account)?,
                connector: house.connectors.get(login.account)?,
                app: house.part.apps.get(login.app)?,
                client: house.clients.get(login.app)?,
            })
        };
        let Some(scene) = part() else { return Ok(None) };
        let person = Person::of(self.control, login.house, scene.account, login.person);
        Ok(Some(Tale {
            attempt: scene.start(&person, login.begun)?,
            scene,
            at: login.begun,
            person,
            dice: login.dice.clone(),
            seen: None,
            events: Vec::new(),
        }))
    }
}

/// Where a login takes place.
#[derive(Clone, Copy)]
struct Scene<'a> {
    hufu: &'a Hufu,
    house: &'a House,
    account: &'static AccountPart,
    connector: &'a Connector,
    app: &'static AppPart,
    client: &'a Client,
}

impl Scene<'_> {
    /// An attempt whose person is at WeChat.
    fn start(&self, person: &Person, at: Timestamp) -> Told<Attempt> {
        let random = &*self.hufu.injected.random;
        let id = AttemptId::generate(&Moment(at), random);
        let request = AuthorizationRequest::new(
            self.client.id,
            self.client.redirect_uris.first().cloned().unwrap_or_default(),
            self.client.scopes.clone(),
            hufu_core::model::Face::Oidc,
        );
        let new = NewAttempt {
            id,
            tenant_id: self.house.tenant.id,
            connector_id: self.connector.id,
            request,
            browser: self.browser(&person.address, person.agent, at),
            at,
            lifetime: Duration::from_secs(self.hufu.config.login.attempt_seconds),
        };
        Attempt::start(new).sent(Digest256::of(&id.to_string()), Digest256::of(&person.openid))
    }

    fn browser(&self, address: &str, agent: &str, at: Timestamp) -> Browser {
        Browser {
            ip: address.to_owned(),
            user_agent: agent.to_owned(),
            request_id: RequestId::generate(&Moment(at), &*self.hufu.injected.random),
        }
    }
}

/// One login being told.
struct Tale<'a> {
    scene: Scene<'a>,
    attempt: Attempt,
    at: Timestamp,
    person: Person,
    dice: Dice,
    seen: Option<IdentitySeen>,
    events: Vec<AuditEvent>,
}

impl Tale<'_> {
    fn go(self, story: Story) -> Told<Self> {
        match story {
            Story::Done(redeemed) => self.identified()?.redeemed(redeemed),
            Story::Denied => self.denied(),
            Story::Expired => self.expired(),
            Story::Snapshot => self.snapshot(),
            Story::Foreign => self.foreign().expired(),
            Story::Refused(trouble) => {
                let mut tale = self.returned();
                let (error, took) = (trouble.error(&mut tale.dice), tale.dice.skewed(60, 420));
                tale.failed(&error, took)
            }
            Story::Silent => {
                let took = u32::try_from(self.scene.hufu.config.wechat.timeout_millis).unwrap_or(u32::MAX);
                let mut tale = self.returned();
                let took = took.saturating_add(tale.dice.below(9));
                tale.failed(&silence(), took)
            }
        }
    }

    /// Time goes by.
    fn wait(&mut self, low: u32, high: u32) -> Timestamp {
        let millis = self.dice.skewed(low, high);
        self.at = self.at.plus(Duration::from_millis(millis.into()));
        self.at
    }

    /// The person's next request.
    fn browser(&self) -> Browser {
        self.scene.browser(&self.person.address, self.person.agent, self.at)
    }

    /// An event as the engine makes it, seen through the request that causes it.
    fn event(&mut self, action: Action, outcome: Outcome, visit: Option<Browser>) -> &mut AuditEvent {
        let id = EventId::generate(&Moment(self.at), &*self.scene.hufu.injected.random);
        let tenant = self.attempt.tenant_id;
        let mut event = AuditEvent::new(id, tenant, self.at, action, outcome).of_attempt(&self.attempt);
        if let Some(visit) = visit {
            event.ip = Some(visit.ip);
            event.user_agent = Some(visit.user_agent);
            event.request_id = Some(visit.request_id);
        }
        if let AttemptState::Failed { code } | AttemptState::Rejected { code } = &self.attempt.state {
            event.error = Some(code.clone());
        }
        let place = self.events.len();
        self.events.push(event);
        &mut self.events[place]
    }

    fn returned(mut self) -> Self {
        let at = self.wait(1_400, 14_000);
        self.attempt = self.attempt.noted("returned", at);
        self
    }

    fn identified(self) -> Told<Self> {
        let mut tale = self.returned();
        // Who comes often was asked for the profile before.
        if tale.scene.account.profile == "step_up" && tale.dice.below(6) == 0 {
            tale.wait(70, 400);
            let first = Digest256::of(&tale.attempt.id.to_string());
            tale.attempt = tale.attempt.sent_again(first, tale.at)?;
            tale = tale.returned();
        }
        let took = tale.dice.skewed(70, 640);
        let at = tale.wait(took, took + 3);
        let proof = Authenticated {
            identity: tale.identity(),
            upstream_code: Digest256::of(&tale.person.openid),
            subject_id: None,
            previous_subjects: Vec::new(),
            at,
            auth_time: None,
            session_id: None,
            awaits_consent: false,
            code_expires_at: at.plus(Duration::from_secs(60)),
        };
        tale.seen = Some(IdentitySeen {
            grant: None,
            union: None,
            connector_id: tale.attempt.connector_id,
            identity: proof.identity.clone(),
            proposed_subject: SubjectId::generate(&Moment(at), &*tale.scene.hufu.injected.random),
            at,
        });
        let code = Digest256::of(&tale.attempt.id.to_string());
        tale.attempt = tale.attempt.authenticated(code, proof)?;
        let (visit, openid) = (tale.browser(), tale.person.openid.clone());
        let event = tale.event(Action::Login, Outcome::Succeeded, Some(visit));
        event.external_id = Some(openid);
        event.upstream_ms = Some(took);
        Ok(tale)
    }

    fn identity(&self) -> Identity {
        let person = &self.person;
        let mut claims = Map::new();
        claims.insert("wechat_openid".to_owned(), Value::from(person.openid.as_str()));
        claims.insert("wechat_appid".to_owned(), Value::from(self.scene.account.app_id));
        if let Some(unionid) = &person.unionid {
            claims.insert("wechat_unionid".to_owned(), Value::from(unionid.as_str()));
        }
        claims.insert("wechat_snapshot".to_owned(), Value::from(false));
        let profile = Profile {
            name: Some(person.nickname.clone()),
            ..Profile::default()
        };
        Identity {
            external_id: person.openid.clone(),
            union_id: person.unionid.clone(),
            profile: (self.scene.account.profile != "never").then_some(profile),
            transient: false,
            claims,
        }
    }

    /// The app's server comes with the code.
    fn redeemed(mut self, how: Redeemed) -> Told<Self> {
        let refused = match how {
            Redeemed::Never => return Ok(self),
            Redeemed::Badly(reason) => Some(reason),
            Redeemed::Well | Redeemed::Twice => None,
        };
        let at = self.wait(90, 900);
        if let Some(reason) = refused {
            self.refused(reason);
            return Ok(self);
        }
        self.attempt = self.attempt.consumed(at)?;
        let (visit, openid) = (self.server(), self.person.openid.clone());
        let event = self.event(Action::Token, Outcome::Succeeded, Some(visit));
        event.external_id = Some(openid);
        if how == Redeemed::Twice {
            self.wait(30, 2_000);
            self.refused("code_replayed");
        }
        Ok(self)
    }

    fn refused(&mut self, reason: &str) {
        let visit = self.server();
        self.event(Action::Token, Outcome::Rejected, Some(visit)).error = Some(reason.to_owned());
    }

    fn server(&self) -> Browser {
        self.scene
            .browser(self.scene.app.address, self.scene.app.agent, self.at)
    }

    fn denied(mut self) -> Told<Self> {
        let at = self.wait(1_800, 20_000);
        self.attempt = self.attempt.denied(at)?;
        let visit = self.browser();
        self.event(Action::Login, Outcome::Denied, Some(visit));
        Ok(self)
    }

    /// A sweep ends it, some time after its time is over.
    fn expired(mut self) -> Told<Self> {
        let sweep = u32::try_from(self.scene.hufu.config.login.sweep_seconds).unwrap_or(60);
        let late = self.dice.below(sweep.saturating_mul(1000));
        self.at = self.attempt.expires_at.plus(Duration::from_millis(late.into()));
        self.attempt = self.attempt.expired(self.at)?;
        self.event(Action::Login, Outcome::Expired, None);
        Ok(self)
    }

    fn snapshot(self) -> Told<Self> {
        let mut tale = self.returned();
        let took = tale.dice.skewed(70, 640);
        let at = tale.wait(took, took + 3);
        tale.attempt = tale.attempt.rejected(at, "snapshot_visitor")?;
        let visit = tale.browser();
        tale.event(Action::Login, Outcome::Rejected, Some(visit)).upstream_ms = Some(took);
        Ok(tale)
    }

    /// Somebody else's browser brings the answer.
    fn foreign(mut self) -> Self {
        self.wait(4_000, 60_000);
        let visit = self.browser();
        self.event(Action::Callback, Outcome::Rejected, Some(visit)).error = Some("foreign_browser".to_owned());
        self
    }

    fn failed(mut self, error: &ProviderError, took: u32) -> Told<Self> {
        let at = self.wait(took, took.saturating_add(3));
        self.attempt = self.attempt.failed(at, error.code.as_str())?;
        let visit = self.browser();
        let event = self.event(Action::Login, Outcome::Failed, Some(visit));
        event.upstream_ms = Some(took);
        event.errcode = error.errcode;
        event.detail.insert("upstream".to_owned(), error.debug.clone().into());
        Ok(self)
    }
}
