use std::sync::Arc;

use super::*;
use crate::client_ip::TrustedProxies;

fn code(text: &str) -> TenantCode {
    text.parse().unwrap()
}

/// One request a second of everything, by everybody.
fn tight() -> Settings {
    let one: Budgets = serde_json::from_value(
        Class::ALL
            .iter()
            .map(|class| {
                let budget = serde_json::json!({"per_second": 1, "burst": 1});
                (class.as_str().to_owned(), budget)
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
    )
    .unwrap();
    Settings {
        address: one,
        client: ClientBudgets {
            login: one.login,
            token: one.token,
            read: one.read,
            report: one.report,
        },
        tenant: one,
        at_once: 1.try_into().unwrap(),
        ..Settings::default()
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn classes_and_keys_count_apart_and_say_when() {
    let limits = Limits::new(tight());
    let ask = |class, address| limits.address(class, ip(address), None);
    ask(Class::Login, "203.0.113.9").unwrap();
    ask(Class::Token, "203.0.113.9").unwrap();
    ask(Class::Login, "203.0.113.8").unwrap();
    let limited = ask(Class::Login, "::ffff:203.0.113.9").unwrap_err();
    assert_eq!(
        (limited.class, limited.by, limited.seconds),
        (Class::Login, By::Address, 1)
    );
    tokio::time::advance(Duration::from_secs(limited.seconds)).await;
    ask(Class::Login, "203.0.113.9").unwrap();

    limits.client(Class::Token, "a").unwrap();
    limits.client(Class::Token, "b").unwrap();
    assert_eq!(limits.client(Class::Token, "a").unwrap_err().by, By::Client);
    limits.tenant(Class::Token, &code("acme")).unwrap();
    limits.tenant(Class::Token, &code("other")).unwrap();
    assert_eq!(limits.tenant(Class::Token, &code("acme")).unwrap_err().by, By::Tenant);
}

#[tokio::test(start_paused = true)]
async fn an_ipv6_network_is_one_address() {
    let limits = Limits::new(tight());
    let ask = |address| limits.address(Class::Login, ip(address), None);
    ask("2001:db8:1:2::1").unwrap();
    assert!(ask("2001:db8:1:2:ffff::7").is_err());
    ask("2001:db8:1:3::1").unwrap();
}

#[tokio::test(start_paused = true)]
async fn wechats_addresses_push_for_every_tenant() {
    let limits = Limits::new(tight());
    let push = |tenant| limits.address(Class::Push, ip("203.0.113.9"), Some(&code(tenant)));
    push("acme").unwrap();
    push("other").unwrap();
    assert!(push("acme").is_err());
}

#[tokio::test(start_paused = true)]
async fn this_machine_is_not_counted_by_address_unless_told_so() {
    let limits = Limits::new(tight());
    for _ in 0..10 {
        limits.address(Class::Login, ip("127.0.0.1"), None).unwrap();
        limits.address(Class::Login, ip("::1"), None).unwrap();
    }
    let limits = Limits::new(Settings {
        exempt: TrustedProxies::default(),
        ..tight()
    });
    limits.address(Class::Login, ip("127.0.0.1"), None).unwrap();
    assert!(limits.address(Class::Login, ip("127.0.0.1"), None).is_err());
}

#[tokio::test(start_paused = true)]
async fn switched_off_nothing_is_limited() {
    let limits = Limits::new(Settings {
        enabled: false,
        ..tight()
    });
    for _ in 0..10 {
        limits.address(Class::Login, ip("203.0.113.9"), None).unwrap();
        limits.tenant(Class::Login, &code("acme")).unwrap();
        assert!(limits.seat(Class::Login, &code("acme")).await.unwrap().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn one_tenant_takes_no_seat_of_another() {
    let limits = Limits::new(tight());
    let seat = limits.seat(Class::Login, &code("acme")).await.unwrap();
    assert!(seat.is_some());
    let limited = limits.seat(Class::Login, &code("acme")).await.unwrap_err();
    assert_eq!(limited.by, By::AtOnce);
    let other = limits.seat(Class::Login, &code("other")).await.unwrap();
    assert!(limits.seat(Class::Document, &code("acme")).await.unwrap().is_none());

    // Who waits gets the seat as soon as it is free.
    let waits = tokio::spawn({
        let limits = limits.clone();
        async move { limits.seat(Class::Login, &code("acme")).await }
    });
    tokio::task::yield_now().await;
    drop(seat);
    let seat = waits.await.unwrap().unwrap();
    assert!(seat.is_some());
    drop((seat, other));
    let rooms = &limits.0.as_ref().unwrap().rooms;
    assert!(rooms.is_empty(), "an idle tenant takes no memory");
}

#[tokio::test(start_paused = true)]
async fn not_more_wait_than_four_for_each_seat() {
    let limits = Limits::new(tight());
    let _seat = limits.seat(Class::Login, &code("acme")).await.unwrap();
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let limits = limits.clone();
        waiting.push(tokio::spawn(async move {
            limits.seat(Class::Login, &code("acme")).await.is_ok()
        }));
        tokio::task::yield_now().await;
    }
    let began = tokio::time::Instant::now();
    assert!(limits.seat(Class::Login, &code("acme")).await.is_err());
    assert_eq!(began.elapsed(), Duration::ZERO, "refused at once");
    for wait in waiting {
        assert!(!wait.await.unwrap(), "the seat was never free");
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_of_a_kind_are_told_once_a_second() {
    let noise = Arc::new(Noise::new());
    let limited = Limited {
        class: Class::Login,
        by: By::Tenant,
        seconds: 1,
    };
    assert_eq!(noise.refused(&limited), Some(1));
    for _ in 0..500 {
        assert_eq!(noise.refused(&limited), None);
    }
    assert_eq!(
        noise.refused(&Limited {
            by: By::Address,
            ..limited
        }),
        Some(1)
    );
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(noise.refused(&limited), Some(501));
}
