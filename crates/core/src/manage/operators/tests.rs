//! The whole service over a store in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::fake::FakeStore;
use super::{By, NewOperator, OperatorEdit, OperatorError, Operators, SignInSettings, SignedIn};
use crate::clock::{Clock, SystemClock, SystemRandom, Timestamp};
use crate::ids::{AgencyId, LinkId, RequestId, TenantId};
use crate::model::{
    Action, AuditEvent, Branding, Browser, Operator, Outcome, Reach, Role, Seat, Session, Stage, Status, Tenant,
};
use crate::password::Passwords;
use crate::secret::{ExposeSecret as _, SecretString, StoredSecret};
use crate::store::{Change, Records as _};
use crate::text::Locale;
use crate::totp;

const PASSWORD: &str = "canary-correct horse";
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct House {
    operators: Operators,
    store: FakeStore,
    clock: Arc<HandClock>,
}

impl House {
    fn new() -> Self {
        let store = FakeStore::default();
        let clock = Arc::new(HandClock(AtomicI64::new(1_790_000_000_000)));
        let operators = Operators {
            store: Arc::new(store.clone()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(SystemRandom),
            passwords: Passwords::for_tests(),
            settings: SignInSettings::default(),
        };
        Self {
            operators,
            store,
            clock,
        }
    }

    fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    async fn add(&self, login: &str, seat: Seat, agency_id: Option<AgencyId>) -> Operator {
        let new = NewOperator {
            login: login.to_owned(),
            name: "Somebody".to_owned(),
            seat,
            agency_id,
            password: PASSWORD.into(),
        };
        self.operators.add_operator(&cli(), new).await.unwrap()
    }

    async fn owner(&self) -> Operator {
        self.add("owner@example.com", Seat::OWNER, None).await
    }

    async fn try_in(&self, login: &str, password: &str) -> Result<SignedIn, OperatorError> {
        self.operators
            .sign_in(login, password.into(), &browser("192.0.2.1"))
            .await
    }

    /// Signs in for the first time, with enrolment.
    async fn enrolled(&self, login: &str) -> (SignedIn, StoredSecret, Vec<SecretString>) {
        let first = self.try_in(login, PASSWORD).await.unwrap();
        assert_eq!(first.session.stage, Stage::Enrol);
        let enrolment = self.operators.begin_enrolment(&first.session).await.unwrap();
        let secret = StoredSecret::new(enrolment.secret.expose_secret().to_owned());
        let (signed_in, codes) = self
            .operators
            .finish_enrolment(&enrolment.session, &self.code(&secret), &browser("192.0.2.1"))
            .await
            .unwrap();
        (signed_in, secret, codes)
    }

    fn code(&self, secret: &StoredSecret) -> String {
        totp::code(secret, self.clock.now()).unwrap().expose_secret().to_owned()
    }

    async fn second(&self, session: &Session, code: &str) -> Result<SignedIn, OperatorError> {
        self.operators.second_factor(session, code, &browser("192.0.2.1")).await
    }

    async fn is_in(&self, signed_in: &SignedIn) -> bool {
        let token = signed_in.token.expose_secret();
        self.operators.session(token).await.unwrap().is_some()
    }

    fn failures(&self) -> Vec<String> {
        let events = self.store.events();
        let failed = events.into_iter().filter(|event| event.outcome == Outcome::Failed);
        failed.map(|event| event.error.unwrap()).collect()
    }

    fn last(&self, action: Action) -> AuditEvent {
        self.store
            .events()
            .into_iter()
            .rfind(|event| event.action == action)
            .unwrap()
    }

    fn tenant(&self, agency_id: Option<AgencyId>) -> TenantId {
        let id = TenantId::generate(&SystemClock, &SystemRandom);
        self.store.add_tenant(Tenant {
            id,
            code: "acme".parse().unwrap(),
            name: "Acme".to_owned(),
            status: Status::Active,
            locale: Locale::default(),
            agency_id,
            branding: Branding::default(),
            audit_days: None,
            host: None,
            pairwise_salt: String::new(),
            created_at: self.clock.now(),
            version: 1,
        });
        id
    }
}

fn browser(ip: &str) -> Browser {
    Browser {
        ip: ip.to_owned(),
        user_agent: "Test/1".to_owned(),
        request_id: RequestId::generate(&SystemClock, &SystemRandom),
    }
}

fn cli() -> By {
    By {
        actor: "cli:root".to_owned(),
        from: None,
    }
}

fn admin(agency: AgencyId) -> Seat {
    Seat::new(Role::AgencyAdmin, Reach::Agency { agency }).unwrap()
}

#[tokio::test]
async fn the_first_sign_in_enrols_and_the_next_asks_for_a_code() {
    let house = House::new();
    let owner = house.owner().await;
    let first = house.try_in(" Owner@Example.com ", PASSWORD).await.unwrap();
    let enrolment = house.operators.begin_enrolment(&first.session).await.unwrap();
    let again = house.operators.begin_enrolment(&first.session).await.unwrap();
    assert_eq!(enrolment.secret.expose_secret(), again.secret.expose_secret());
    let url = enrolment.url.expose_secret();
    assert!(
        url.starts_with("otpauth://totp/Hufu:owner%40example.com?secret="),
        "{url}"
    );
    assert!(url.contains("issuer=Hufu"), "{url}");

    let secret = StoredSecret::new(enrolment.secret.expose_secret().to_owned());
    let code = house.code(&secret);
    let (full, codes) = house
        .operators
        .finish_enrolment(&again.session, &code, &browser("192.0.2.1"))
        .await
        .unwrap();
    assert_eq!(full.session.stage, Stage::Full);
    assert_eq!(codes.len(), 10);
    let is_group = |group: &str| group.len() == 4 && group.bytes().all(|b| b.is_ascii_alphanumeric());
    assert!(
        codes
            .iter()
            .all(|code| code.expose_secret().split('-').filter(|g| is_group(g)).count() == 4)
    );
    assert!(house.operators.is_confirmed(&full.session));
    assert!(house.is_in(&full).await);
    // Fixation: what was known before is worth nothing.
    assert!(!house.is_in(&first).await);

    house.pass(MINUTE);
    let second = house.try_in("owner@example.com", PASSWORD).await.unwrap();
    assert_eq!(second.session.stage, Stage::SecondFactor);
    let code = house.code(&secret);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let full = house.second(&second.session, &spaced).await.unwrap();
    assert!(house.is_in(&full).await);
    assert!(
        !house.is_in(&second).await,
        "the token from before the second factor is dead"
    );
    assert!(matches!(
        house.second(&second.session, &code).await,
        Err(OperatorError::Refused)
    ));
    assert_eq!(full.operator.last_login_at, Some(house.clock.now()));
    assert_eq!(full.operator.id, owner.id);
    let event = house.last(Action::OperatorLogin);
    assert_eq!(event.outcome, Outcome::Succeeded);
    assert_eq!(event.actor.as_deref(), Some("operator:owner@example.com"));
    assert_eq!(event.tenant_id, TenantId::PLATFORM);
    assert_eq!(event.detail["factor"], "totp");
    assert!(house.failures().is_empty());
}

#[tokio::test]
async fn a_code_works_once_and_in_its_time() {
    let house = House::new();
    house.owner().await;
    let (_, secret, _) = house.enrolled("owner@example.com").await;
    let enrolled_with = house.code(&secret);
    let session = house.try_in("owner@example.com", PASSWORD).await.unwrap().session;
    assert!(matches!(
        house.second(&session, &enrolled_with).await,
        Err(OperatorError::Refused)
    ));
    assert_eq!(house.failures(), ["wrong_code"]);

    // Two steps away is too far, one is not, and then the earlier one is past.
    house.pass(Duration::from_secs(120));
    let at = |step: i64| Timestamp::from_millis(house.clock.now().as_millis() + step * 30_000);
    let code = |step| totp::code(&secret, at(step)).unwrap().expose_secret().to_owned();
    for far in [-2, 2] {
        assert!(matches!(
            house.second(&session, &code(far)).await,
            Err(OperatorError::Refused)
        ));
    }
    house.second(&session, &code(1)).await.unwrap();
    let session = house.try_in("owner@example.com", PASSWORD).await.unwrap().session;
    for used in [-1, 0, 1] {
        assert!(matches!(
            house.second(&session, &code(used)).await,
            Err(OperatorError::Refused)
        ));
    }
}

#[tokio::test]
async fn two_racing_uses_of_one_code_let_one_in() {
    let house = House::new();
    house.owner().await;
    let (_, secret, codes) = house.enrolled("owner@example.com").await;
    house.pass(MINUTE);
    let a = house.try_in("owner@example.com", PASSWORD).await.unwrap().session;
    let b = house.try_in("owner@example.com", PASSWORD).await.unwrap().session;
    let code = house.code(&secret);
    let (first, second) = tokio::join!(house.second(&a, &code), house.second(&b, &code));
    assert_eq!(
        usize::from(first.is_ok()) + usize::from(second.is_ok()),
        1,
        "{first:?} {second:?}"
    );
    let refused = if first.is_ok() { second } else { first };
    assert!(matches!(refused, Err(OperatorError::Refused)));

    let a = house.try_in("owner@example.com", PASSWORD).await.unwrap().session;
    let b = house.try_in("owner@example.com", PASSWORD).await.unwrap().session;
    let code = codes[0].expose_secret();
    let (first, second) = tokio::join!(house.second(&a, code), house.second(&b, code));
    assert_eq!(
        usize::from(first.is_ok()) + usize::from(second.is_ok()),
        1,
        "{first:?} {second:?}"
    );
}

#[tokio::test]
async fn a_recovery_code_works_once_however_it_is_typed() {
    let house = House::new();
    let owner = house.owner().await;
    let (_, _, codes) = house.enrolled("owner@example.com").await;
    let session = house.try_in("owner@example.com", PASSWORD).await.unwrap().session;
    let typed = codes[3]
        .expose_secret()
        .to_uppercase()
        .replace('-', " ")
        .replace('0', "O");
    let full = house.second(&session, &typed).await.unwrap();
    assert_eq!(full.operator.recovery.len(), 9);
    assert_eq!(house.last(Action::OperatorLogin).detail["factor"], "recovery_code");
    let session = house.try_in("owner@example.com", PASSWORD).await.unwrap().session;
    assert!(matches!(
        house.second(&session, &typed).await,
        Err(OperatorError::Refused)
    ));

    let new = house.operators.new_recovery_codes(&cli(), owner.id).await.unwrap();
    assert!(matches!(
        house.second(&session, codes[4].expose_secret()).await,
        Err(OperatorError::Refused)
    ));
    house.second(&session, new[0].expose_secret()).await.unwrap();
}

#[tokio::test]
async fn after_five_failures_a_try_waits_even_with_the_right_password() {
    let house = House::new();
    house.owner().await;
    let mut waited = Vec::new();
    for n in 1..=7 {
        assert!(matches!(
            house.try_in("owner@example.com", "wrong").await,
            Err(OperatorError::Refused)
        ));
        let right = house.try_in("owner@example.com", PASSWORD).await;
        match right {
            Err(OperatorError::Wait { until }) => {
                let wait = until.millis_since(house.clock.now());
                // The same answer to a wrong one.
                let wrong = house.try_in("owner@example.com", "wrong").await;
                assert!(matches!(wrong, Err(OperatorError::Wait { until: same }) if same == until));
                waited.push((n, wait));
                house.pass(Duration::from_millis(wait.into()));
            }
            other => assert!(other.is_ok() && n < 5, "{n} {other:?}"),
        }
    }
    assert_eq!(waited, [(5, 1000), (6, 2000), (7, 4000)]);
    // The right password alone forgets nothing; it only is no failure.
    let partial = house.try_in("owner@example.com", PASSWORD).await.unwrap();
    house.try_in("owner@example.com", "wrong").await.unwrap_err();
    assert!(matches!(
        house.try_in("owner@example.com", PASSWORD).await,
        Err(OperatorError::Wait { until }) if until.millis_since(house.clock.now()) == 8000
    ));
    // Being let in does.
    house.pass(Duration::from_secs(8));
    let enrolment = house.operators.begin_enrolment(&partial.session).await.unwrap();
    let secret = StoredSecret::new(enrolment.secret.expose_secret().to_owned());
    let code = house.code(&secret);
    let from = browser("192.0.2.1");
    house
        .operators
        .finish_enrolment(&enrolment.session, &code, &from)
        .await
        .unwrap();
    for _ in 0..4 {
        assert!(matches!(
            house.try_in("owner@example.com", "wrong").await,
            Err(OperatorError::Refused)
        ));
    }
    assert!(house.try_in("owner@example.com", PASSWORD).await.is_ok());
    // Of refused tries one a minute is told.
    let told = house
        .failures()
        .into_iter()
        .filter(|error| error == "throttled")
        .count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn wrong_codes_count_and_the_password_does_not_wash_them_away() {
    let house = House::new();
    house.owner().await;
    let (_, secret, _) = house.enrolled("owner@example.com").await;
    house.pass(MINUTE);
    for _ in 0..5 {
        let session = house.try_in("owner@example.com", PASSWORD).await.unwrap().session;
        let wrong = if house.code(&secret) == "000000" {
            "000001"
        } else {
            "000000"
        };
        assert!(matches!(
            house.second(&session, wrong).await,
            Err(OperatorError::Refused)
        ));
    }
    assert!(matches!(
        house.try_in("owner@example.com", PASSWORD).await,
        Err(OperatorError::Wait { .. })
    ));
}

#[tokio::test]
async fn many_tries_at_once_are_no_better_than_one_after_the_other() {
    let house = House::new();
    house.owner().await;
    let tries = (0..30).map(|n| {
        let operators = house.operators.clone();
        let from = browser(&format!("198.51.100.{n}"));
        tokio::spawn(async move {
            operators
                .sign_in("owner@example.com", "wrong guess".into(), &from)
                .await
        })
    });
    let tries: Vec<_> = tries.collect();
    let mut looked_at = 0;
    for one in tries {
        looked_at += usize::from(matches!(one.await.unwrap(), Err(OperatorError::Refused)));
    }
    assert!((1..=5).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn an_address_is_throttled_over_all_names_and_ipv6_by_network() {
    let house = House::new();
    house.owner().await;
    for n in 0..20 {
        let from = browser(&format!("2001:db8:0:1::{n}"));
        let wrong = house
            .operators
            .sign_in(&format!("nobody{n}"), "wrong".into(), &from)
            .await;
        assert!(matches!(wrong, Err(OperatorError::Refused)), "{n} {wrong:?}");
    }
    let near = browser("2001:db8:0:1:ffff::");
    let right = house
        .operators
        .sign_in("owner@example.com", PASSWORD.into(), &near)
        .await;
    assert!(matches!(right, Err(OperatorError::Wait { .. })));
    let far = browser("2001:db8:0:2::1");
    assert!(
        house
            .operators
            .sign_in("owner@example.com", PASSWORD.into(), &far)
            .await
            .is_ok()
    );
    // A success neither adds to the address's count nor lowers it.
    house.pass(Duration::from_secs(1));
    assert!(
        house
            .operators
            .sign_in("owner@example.com", PASSWORD.into(), &near)
            .await
            .is_ok()
    );
    house
        .operators
        .sign_in("nobody", "wrong".into(), &near)
        .await
        .unwrap_err();
    let next = house.operators.sign_in("nobody", "wrong".into(), &near).await;
    assert!(matches!(next, Err(OperatorError::Wait { until }) if until.millis_since(house.clock.now()) == 2000));
    // What is no login name at all counts too, and after a quiet hour the address starts anew.
    house.pass(Duration::from_secs(3601));
    for _ in 0..20 {
        let wrong = house.operators.sign_in("张三", "wrong".into(), &near).await;
        assert!(matches!(wrong, Err(OperatorError::Refused)));
    }
    let next = house.operators.sign_in("张三", "wrong".into(), &near).await;
    assert!(matches!(next, Err(OperatorError::Wait { .. })));
    assert!(house.failures().contains(&"unknown_operator".to_owned()));
}

#[tokio::test]
async fn a_session_ends_unused_or_old_and_is_touched_once_a_minute() {
    let house = House::new();
    house.owner().await;
    let (full, ..) = house.enrolled("owner@example.com").await;
    let token = full.token.expose_secret();
    let version = async || house.operators.session(token).await.unwrap().map(|(s, _)| s.version);
    let at_first = version().await.unwrap();
    house.pass(Duration::from_secs(59));
    assert_eq!(version().await, Some(at_first));
    house.pass(Duration::from_secs(1));
    assert_eq!(version().await, Some(at_first + 1));
    assert_eq!(version().await, Some(at_first + 1));
    // Two requests at once: one touches, both go on.
    house.pass(MINUTE);
    let (a, b) = tokio::join!(version(), version());
    assert!(a.is_some() && b.is_some());
    house.pass(29 * MINUTE);
    assert!(house.is_in(&full).await);
    house.pass(30 * MINUTE);
    assert!(!house.is_in(&full).await, "unused for half an hour");

    let session = house.try_in("owner@example.com", PASSWORD).await.unwrap();
    house.pass(29 * MINUTE);
    assert!(house.is_in(&session).await);
    house.pass(MINUTE);
    assert!(!house.is_in(&session).await, "half in is not prolonged by use");

    house.add("other@example.com", Seat::OWNER, None).await;
    let (other, ..) = house.enrolled("other@example.com").await;
    for _ in 0..(12 * 60 / 20 - 1) {
        house.pass(20 * MINUTE);
        assert!(house.is_in(&other).await);
    }
    assert!(!house.operators.is_confirmed(&other.session));
    house.pass(20 * MINUTE);
    assert!(!house.is_in(&other).await, "twelve hours are over");
}

#[tokio::test]
async fn who_is_disabled_or_whose_agency_is_stays_out() {
    let house = House::new();
    let agency = house.operators.add_agency(&cli(), "North").await.unwrap();
    let ann = house.add("ann@north.cn", admin(agency.id), Some(agency.id)).await;
    let (full, ..) = house.enrolled("ann@north.cn").await;
    assert_eq!(house.last(Action::OperatorLogin).tenant_id, agency.id.log());
    let change = async |status| {
        house
            .operators
            .change_agency(&cli(), agency.id, "North", status, None)
            .await
            .unwrap();
    };
    change(Status::Disabled).await;
    assert!(!house.is_in(&full).await);
    assert!(matches!(
        house.try_in("ann@north.cn", PASSWORD).await,
        Err(OperatorError::Refused)
    ));
    assert_eq!(house.failures(), ["disabled"]);
    change(Status::Active).await;
    assert!(house.is_in(&full).await);

    let edit = |status| OperatorEdit {
        name: "Ann".to_owned(),
        seat: admin(agency.id),
        status,
    };
    let operators = &house.operators;
    operators
        .change_operator(&cli(), ann.id, edit(Status::Disabled), Some(ann.version + 1))
        .await
        .unwrap();
    assert!(!house.is_in(&full).await);
    assert!(operators.sessions_of(ann.id).await.unwrap().is_empty());
    assert!(matches!(
        house.try_in("ann@north.cn", PASSWORD).await,
        Err(OperatorError::Refused)
    ));
    let stale = operators
        .change_operator(&cli(), ann.id, edit(Status::Active), Some(ann.version))
        .await;
    assert!(matches!(stale, Err(OperatorError::Conflict { what: "operator" })));
    operators
        .change_operator(&cli(), ann.id, edit(Status::Active), None)
        .await
        .unwrap();
    assert!(!house.is_in(&full).await, "the session ended for good");
    let event = house.last(Action::OperatorChange);
    assert_eq!(
        event.detail["status"],
        serde_json::json!({"before": "disabled", "after": "active"})
    );
}

#[tokio::test]
async fn a_seat_reaches_no_further_than_the_agency() {
    let house = House::new();
    let north = house.operators.add_agency(&cli(), "North").await.unwrap().id;
    let south = house.operators.add_agency(&cli(), "South").await.unwrap().id;
    let (ours, theirs) = (house.tenant(Some(north)), house.tenant(Some(south)));
    let in_tenants = |tenants: &[TenantId]| {
        let tenants = BTreeSet::from_iter(tenants.iter().copied());
        Seat::new(Role::Developer, Reach::Tenants { tenants }).unwrap()
    };
    for (seat, fits) in [
        (Seat::OWNER, false),
        (admin(south), false),
        (admin(north), true),
        (in_tenants(&[ours]), true),
        (in_tenants(&[ours, theirs]), false),
    ] {
        let invited = house
            .operators
            .invite(&cli(), seat.clone(), Some(north), "", 60 * MINUTE)
            .await;
        assert_eq!(invited.is_ok(), fits, "{seat:?}");
        let key = house
            .operators
            .add_api_key(&cli(), "key", seat, Some(north), true, 60 * MINUTE)
            .await;
        assert_eq!(key.is_ok(), fits);
    }
}

#[tokio::test]
async fn the_setup_link_makes_one_owner_and_no_second() {
    let house = House::new();
    let operators = &house.operators;
    let older = operators.setup_link().await.unwrap().unwrap();
    let token = operators.setup_link().await.unwrap().unwrap();
    assert!(operators.open_link(older.expose_secret()).await.unwrap().is_none());
    let from = browser("192.0.2.1");
    let become_one = |login: &'static str, token: &SecretString| {
        let token = token.expose_secret().to_owned();
        let from = from.clone();
        async move {
            operators
                .become_operator(&token, login, "First", PASSWORD.into(), &from)
                .await
        }
    };
    let taken = become_one("first", &older).await;
    assert!(matches!(taken, Err(OperatorError::LinkOver)));
    let weak = operators
        .become_operator(token.expose_secret(), "first", "F", "short".into(), &from)
        .await;
    assert!(matches!(weak, Err(OperatorError::PasswordRule(_))));
    let (a, b) = tokio::join!(become_one("first", &token), become_one("second", &token));
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1, "{a:?} {b:?}");
    let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
    assert!(matches!(lost, Err(OperatorError::LinkOver)));
    let won = won.unwrap();
    assert_eq!((won.operator.seat, won.session.stage), (Seat::OWNER, Stage::Enrol));
    assert!(operators.setup_link().await.unwrap().is_none());
    assert!(operators.open_link(token.expose_secret()).await.unwrap().is_none());
    assert_eq!(operators.list_operators(None, None, 10).await.unwrap().len(), 1);
    assert_eq!(house.last(Action::OperatorAdd).actor.as_deref(), Some("setup"));
}

#[tokio::test]
async fn a_setup_link_is_over_in_half_an_hour_or_when_somebody_is_there() {
    let house = House::new();
    let token = house.operators.setup_link().await.unwrap().unwrap();
    house.pass(30 * MINUTE);
    assert!(
        house
            .operators
            .open_link(token.expose_secret())
            .await
            .unwrap()
            .is_none()
    );
    let token = house.operators.setup_link().await.unwrap().unwrap();
    assert!(
        house
            .operators
            .open_link(token.expose_secret())
            .await
            .unwrap()
            .is_some()
    );
    house.owner().await;
    assert!(
        house
            .operators
            .open_link(token.expose_secret())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn an_invitation_works_once_and_until_it_is_taken_back() {
    let house = House::new();
    let operators = &house.operators;
    let from = browser("192.0.2.9");
    let agency = operators.add_agency(&cli(), "North").await.unwrap().id;
    for wrong in [Duration::ZERO, Duration::from_secs(31 * 86_400)] {
        let link = operators.invite(&cli(), Seat::OWNER, None, "", wrong).await;
        assert!(matches!(link, Err(OperatorError::Lifetime)));
    }
    let (link, token) = operators
        .invite(&cli(), admin(agency), Some(agency), "for Ann", 60 * MINUTE)
        .await
        .unwrap();
    let token = token.expose_secret();
    let ann = operators
        .become_operator(token, "ann", "Ann", PASSWORD.into(), &from)
        .await
        .unwrap();
    assert_eq!(
        (ann.operator.agency_id, ann.operator.seat),
        (Some(agency), admin(agency))
    );
    let again = operators
        .become_operator(token, "bob", "Bob", PASSWORD.into(), &from)
        .await;
    assert!(matches!(again, Err(OperatorError::LinkOver)));
    assert!(matches!(
        operators.revoke_link(&cli(), link.id).await,
        Err(OperatorError::LinkOver)
    ));
    assert_eq!(house.last(Action::LinkUse).tenant_id, agency.log());

    let (link, token) = operators
        .invite(&cli(), Seat::OWNER, None, "", 60 * MINUTE)
        .await
        .unwrap();
    let taken = operators
        .become_operator(token.expose_secret(), "Ann", "Ann", PASSWORD.into(), &from)
        .await;
    assert!(matches!(taken, Err(OperatorError::Duplicate { what: "login" })));
    operators.revoke_link(&cli(), link.id).await.unwrap();
    assert!(operators.open_link(token.expose_secret()).await.unwrap().is_none());
    assert!(matches!(
        operators.spend(&operators.list_links("invitation", None).await.unwrap()[0]),
        Err(OperatorError::LinkOver)
    ));
    let gone = operators.revoke_link(&cli(), LinkId::floor(7)).await;
    assert!(matches!(gone, Err(OperatorError::NotFound { what: "link" })));

    let (_, token) = operators
        .invite(&cli(), Seat::OWNER, None, "", 60 * MINUTE)
        .await
        .unwrap();
    house.pass(60 * MINUTE);
    assert!(operators.open_link(token.expose_secret()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_hand_over_link_stands_in_its_tenant_and_is_spent_with_what_it_does() {
    let house = House::new();
    let operators = &house.operators;
    let tenant = house.tenant(None);
    let (link, token) = operators
        .hand_over_link(&cli(), tenant, None, None, "Boss", 60 * MINUTE)
        .await
        .unwrap();
    assert_eq!(house.last(Action::LinkAdd).tenant_id, tenant);
    assert_eq!(operators.list_links("hand_over", Some(tenant)).await.unwrap(), [link]);
    let open = operators.open_link(token.expose_secret()).await.unwrap().unwrap();
    let (first, second): (Change, Change) = (operators.spend(&open).unwrap(), operators.spend(&open).unwrap());
    operators.save(tenant, vec![first]).await.unwrap();
    let error = OperatorError::from(operators.save(tenant, vec![second]).await.unwrap_err());
    assert!(matches!(error, OperatorError::LinkOver));
    let nobody = operators
        .hand_over_link(&cli(), TenantId::floor(1), None, None, "", 60 * MINUTE)
        .await;
    assert!(matches!(nobody, Err(OperatorError::NotFound { what: "tenant" })));
}

#[tokio::test]
async fn recovery_replaces_password_and_second_factor_and_ends_the_sessions() {
    let house = House::new();
    let operators = &house.operators;
    let owner = house.owner().await;
    let (full, ..) = house.enrolled("owner@example.com").await;
    for _ in 0..5 {
        house.try_in("owner@example.com", "wrong").await.unwrap_err();
    }
    let (_, older) = operators.recovery_link(&cli(), owner.id).await.unwrap();
    let (_, token) = operators.recovery_link(&cli(), owner.id).await.unwrap();
    assert!(operators.open_link(older.expose_secret()).await.unwrap().is_none());
    let from = browser("192.0.2.1");
    let recover = async |token: &SecretString| {
        operators
            .recover(token.expose_secret(), "another long one".into(), &from)
            .await
    };
    let signed_in = recover(&token).await.unwrap();
    assert_eq!(signed_in.session.stage, Stage::Enrol);
    assert!(house.is_in(&signed_in).await && !house.is_in(&full).await);
    assert!(matches!(recover(&token).await, Err(OperatorError::LinkOver)));
    // The failures before are forgotten, the old password is gone.
    assert!(matches!(
        house.try_in("owner@example.com", PASSWORD).await,
        Err(OperatorError::Refused)
    ));
    let next = house.try_in("owner@example.com", "another long one").await.unwrap();
    assert_eq!(next.session.stage, Stage::Enrol);
}

#[tokio::test]
async fn the_last_owner_stays_one_also_when_two_disable_each_other() {
    let house = House::new();
    let operators = &house.operators;
    let a = house.owner().await;
    let auditor = Seat::new(Role::Auditor, Reach::Platform).unwrap();
    let edit = |seat: &Seat, status| OperatorEdit {
        name: "Somebody".to_owned(),
        seat: seat.clone(),
        status,
    };
    for edit in [edit(&Seat::OWNER, Status::Disabled), edit(&auditor, Status::Active)] {
        let refused = operators.change_operator(&cli(), a.id, edit, None).await;
        assert!(matches!(refused, Err(OperatorError::LastOwner)));
    }
    let b = house.add("second", Seat::OWNER, None).await;
    let off = edit(&Seat::OWNER, Status::Disabled);
    let by = cli();
    let (first, second) = tokio::join!(
        operators.change_operator(&by, a.id, off.clone(), None),
        operators.change_operator(&by, b.id, off.clone(), None),
    );
    assert_eq!(
        usize::from(first.is_ok()) + usize::from(second.is_ok()),
        1,
        "{first:?} {second:?}"
    );
    let owners = operators.list_operators(None, None, 10).await.unwrap();
    assert_eq!(owners.iter().filter(|operator| operator.status.is_active()).count(), 1);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let house = House::new();
    let operators = &house.operators;
    let from = browser("192.0.2.1");
    house.owner().await;
    let (here, secret, _) = house.enrolled("owner@example.com").await;
    house.pass(MINUTE);
    let there = house.try_in("owner@example.com", PASSWORD).await.unwrap();
    let there = house.second(&there.session, &house.code(&secret)).await.unwrap();
    let half = house.try_in("owner@example.com", PASSWORD).await.unwrap();
    let change = async |old: &str, new: &str| {
        operators
            .change_password(&here.session, old.into(), new.into(), &from)
            .await
    };
    assert!(matches!(
        change("wrong", "another long one").await,
        Err(OperatorError::Refused)
    ));
    for bad in [
        "short",
        "Owner@Example.com",
        "1234567890",
        "aaaaaaaaaaaa",
        &"x1".repeat(101),
    ] {
        assert!(
            matches!(change(PASSWORD, bad).await, Err(OperatorError::PasswordRule(_))),
            "{bad}"
        );
    }
    change(PASSWORD, "another long one").await.unwrap();
    assert!(house.is_in(&here).await);
    assert!(!house.is_in(&there).await && !house.is_in(&half).await);
    assert!(matches!(
        operators
            .change_password(&half.session, PASSWORD.into(), PASSWORD.into(), &from)
            .await,
        Err(OperatorError::Refused)
    ));
}

#[tokio::test]
async fn the_password_is_asked_again_for_secrets_and_sessions_can_be_ended() {
    let house = House::new();
    let operators = &house.operators;
    let from = browser("192.0.2.1");
    let owner = house.owner().await;
    let (here, secret, _) = house.enrolled("owner@example.com").await;
    house.pass(10 * MINUTE);
    let (session, _) = operators.session(here.token.expose_secret()).await.unwrap().unwrap();
    assert!(!operators.is_confirmed(&session));
    let wrong = operators.confirm(&session, "wrong".into(), &from).await;
    assert!(matches!(wrong, Err(OperatorError::Refused)));
    let session = operators.confirm(&session, PASSWORD.into(), &from).await.unwrap();
    assert!(operators.is_confirmed(&session));

    let there = house.try_in("owner@example.com", PASSWORD).await.unwrap();
    let there = house.second(&there.session, &house.code(&secret)).await.unwrap();
    assert_eq!(operators.sessions_of(owner.id).await.unwrap().len(), 2);
    operators.revoke_session(&cli(), there.session.id).await.unwrap();
    assert!(house.is_in(&here).await && !house.is_in(&there).await);
    let gone = operators.revoke_session(&cli(), there.session.id).await;
    assert!(matches!(gone, Err(OperatorError::NotFound { what: "session" })));
    let kept = operators
        .revoke_sessions_of(&cli(), owner.id, Some(session.id))
        .await
        .unwrap();
    assert_eq!((kept, house.is_in(&here).await), (0, true));
    assert_eq!(operators.revoke_sessions_of(&cli(), owner.id, None).await.unwrap(), 1);
    assert!(!house.is_in(&here).await);

    let half = house.try_in("owner@example.com", PASSWORD).await.unwrap();
    operators.reset_second_factor(&cli(), owner.id).await.unwrap();
    assert!(!house.is_in(&half).await);
    let next = house.try_in("owner@example.com", PASSWORD).await.unwrap();
    assert_eq!(next.session.stage, Stage::Enrol);
    operators.sign_out(&next.session, &from).await.unwrap();
    assert!(!house.is_in(&next).await);
}

#[tokio::test]
async fn a_key_works_until_it_is_over_or_revoked() {
    let house = House::new();
    let operators = &house.operators;
    let agency = operators.add_agency(&cli(), "North").await.unwrap();
    let year = Duration::from_secs(366 * 86_400);
    let add = async |lifetime| {
        operators
            .add_api_key(&cli(), "ci", admin(agency.id), Some(agency.id), true, lifetime)
            .await
    };
    assert!(matches!(add(year + MINUTE).await, Err(OperatorError::Lifetime)));
    let (key, text) = add(60 * MINUTE).await.unwrap();
    let text = text.expose_secret();
    assert!(text.starts_with("hufu_") && text.len() == 48 && text.ends_with(&key.hint));
    let used = async || operators.api_key(text).await.unwrap();
    assert_eq!(used().await.unwrap().last_used_at, Some(house.clock.now()));
    assert_eq!(used().await.unwrap().version, 2);
    house.pass(MINUTE);
    assert_eq!(used().await.unwrap().version, 3);
    assert!(operators.api_key(&text[5..]).await.unwrap().is_none());
    operators
        .change_agency(&cli(), agency.id, "North", Status::Disabled, None)
        .await
        .unwrap();
    assert!(used().await.is_none());
    operators
        .change_agency(&cli(), agency.id, "North", Status::Active, None)
        .await
        .unwrap();
    house.pass(59 * MINUTE);
    assert!(used().await.is_none(), "over");
    let (key, text) = add(year).await.unwrap();
    operators.revoke_api_key(&cli(), key.id).await.unwrap();
    operators.revoke_api_key(&cli(), key.id).await.unwrap();
    assert!(operators.api_key(text.expose_secret()).await.unwrap().is_none());
    assert_eq!(operators.list_api_keys(Some(agency.id)).await.unwrap().len(), 2);
    assert_eq!(house.last(Action::ApiKeyRevoke).tenant_id, agency.id.log());
}

#[tokio::test]
async fn no_secret_is_printed_or_logged() {
    let house = House::new();
    let operators = &house.operators;
    let owner = house.owner().await;
    let from = browser("192.0.2.1");
    let (full, secret, codes) = house.enrolled("owner@example.com").await;
    house.try_in("owner@example.com", "canary-wrong").await.unwrap_err();
    house.try_in("no\nbody", "canary-wrong").await.unwrap_err();
    let half = house.try_in("owner@example.com", PASSWORD).await.unwrap();
    house.second(&half.session, "987654").await.unwrap_err();
    let in_again = house.second(&half.session, codes[0].expose_secret()).await.unwrap();
    let new = operators.new_recovery_codes(&cli(), owner.id).await.unwrap();
    let (link, token) = operators.recovery_link(&cli(), owner.id).await.unwrap();
    let (key, text) = operators
        .add_api_key(&cli(), "k", Seat::OWNER, None, false, 60 * MINUTE)
        .await
        .unwrap();
    let recovered = operators
        .recover(token.expose_secret(), "canary-another".into(), &from)
        .await
        .unwrap();
    let enrolment = operators.begin_enrolment(&recovered.session).await.unwrap();
    let stored: Vec<Operator> = house.operators.store.list(&Default::default(), 10).await.unwrap();

    let events = house.store.events();
    let mut shown = serde_json::to_string(&events).unwrap();
    shown += &format!("{events:?} {full:?} {half:?} {in_again:?} {link:?} {key:?} {recovered:?} {enrolment:?}");
    shown += &format!("{stored:?} {operators:?} {:?}", operators.passwords);
    let mut secrets = vec![
        "canary-".to_owned(),
        "$argon2id".to_owned(),
        "987654".to_owned(),
        secret.expose().to_owned(),
    ];
    let printed = [
        &full.token,
        &half.token,
        &in_again.token,
        &recovered.token,
        &token,
        &text,
    ];
    let printed = printed.into_iter().chain([&enrolment.secret, &enrolment.url]);
    let printed = printed
        .chain(&codes)
        .chain(&new)
        .map(|secret| secret.expose_secret().to_owned());
    secrets.extend(printed);
    secrets.extend([&full, &recovered].map(|signed_in| signed_in.session.digest.encode()));
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret} is shown");
    }
    let nobody = events
        .iter()
        .find(|event| event.error.as_deref() == Some("unknown_operator"))
        .unwrap();
    assert_eq!(nobody.detail.get("login"), None, "no name, so it may be anything");
    let slipped = "a Password, where the name belongs";
    let refused = house
        .operators
        .sign_in(slipped, "x".into(), &browser("203.0.113.77"))
        .await;
    assert!(refused.is_err());
    assert!(!format!("{:?}", house.store.events()).contains(slipped));
    assert!(stored[0].password.expose().starts_with("$argon2id$v=19$"));
}

#[tokio::test]
async fn a_login_name_is_one_persons() {
    let house = House::new();
    house.owner().await;
    let new = |login: &str| NewOperator {
        login: login.to_owned(),
        name: "Other".to_owned(),
        seat: Seat::OWNER,
        agency_id: None,
        password: PASSWORD.into(),
    };
    let twice = house.operators.add_operator(&cli(), new("OWNER@example.com")).await;
    assert!(matches!(twice, Err(OperatorError::Duplicate { what: "login" })));
    let by = cli();
    let (a, b) = tokio::join!(
        house.operators.add_operator(&by, new("racer")),
        house.operators.add_operator(&by, new("racer"))
    );
    assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
    let lost = if a.is_ok() { b } else { a }.unwrap_err();
    assert!(matches!(lost, OperatorError::Duplicate { what: "login" }));
    assert_eq!(lost.code(), "duplicate");
    assert_eq!(lost.text().get(Locale::En), "login exists already");
    let bad = house.operators.add_operator(&cli(), new("no name")).await;
    assert!(matches!(bad, Err(OperatorError::LoginName)));
}
