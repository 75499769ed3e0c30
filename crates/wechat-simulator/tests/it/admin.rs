use serde_json::{Value, json};

use crate::kit::{APP, SECRET, authorize_url, code_for, demo, exchange, get, get_with, post, post_json, text};

#[tokio::test]
async fn accounts_and_users_are_added_and_changed() {
    let simulator = demo();
    let account = json!({"app_id": "wx0123456789abcdef", "secret": SECRET, "callback_domains": ["app.test"]});
    assert_eq!(
        post_json(&simulator, "/_sim/accounts", &account).await.json()["kind"],
        "service_account"
    );
    post_json(
        &simulator,
        "/_sim/accounts",
        &json!({"app_id": APP, "banned": true, "kind": "sandbox"}),
    )
    .await;
    let accounts = get(&simulator, "/_sim/accounts").await.json();
    let demo_account = accounts
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["app_id"] == APP)
        .unwrap()
        .clone();
    assert_eq!(
        (&demo_account["banned"], &demo_account["secret"]),
        (&json!(true), &json!(SECRET)),
        "the rest stays"
    );
    let refused = post_json(&simulator, "/_sim/accounts", &json!({"app_id": APP, "colour": 1})).await;
    assert_eq!(refused.status, 422);

    post_json(&simulator, "/_sim/users", &json!({"id": "bob", "nickname": "Bob"})).await;
    let users = get(&simulator, "/_sim/users").await.json();
    let bob = users.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        bob["ids"][APP]["openid"],
        simulator.control().openid("bob", APP).as_str()
    );
}

#[tokio::test]
async fn the_next_user_the_clock_and_the_codes() {
    let simulator = demo();
    post_json(
        &simulator,
        "/_sim/next-user",
        &json!({"user": "alice", "unionid": null}),
    )
    .await;
    let code = get(&simulator, &authorize_url("snsapi_userinfo", "s")).await.code();
    let codes = get(&simulator, "/_sim/codes").await.json();
    assert_eq!(
        (text(&codes[0], "code"), text(&codes[0], "user")),
        (code.clone(), "alice".to_owned())
    );
    let tokens = exchange(&simulator, &code).await.json();
    assert!(tokens.get("unionid").is_none(), "null means none");
    assert!(get(&simulator, "/_sim/codes").await.json()[0]["used_at"].is_number());
    let late = code_for(&simulator, "alice", "snsapi_base").await;
    assert_eq!(
        post_json(&simulator, "/_sim/clock", &json!({"advance": 301}))
            .await
            .json()["offset"],
        301
    );
    assert_eq!(exchange(&simulator, &late).await.errcode(), 40029);
    post_json(&simulator, "/_sim/always-user", &json!({"user": "lisi"})).await;
    assert_eq!(
        get(&simulator, &authorize_url("snsapi_userinfo", "s")).await.status,
        302
    );
}

#[tokio::test]
async fn faults_quotas_and_the_log() {
    let simulator = demo();
    let fault = json!({"endpoint": "/sns/auth", "effect": {"type": "errcode", "code": 50002, "message": "user limited"}, "times": 1});
    assert_eq!(post_json(&simulator, "/_sim/faults", &fault).await.json(), fault);
    assert_eq!(
        get(&simulator, "/sns/auth?access_token=86_abcdefghij&openid=o")
            .await
            .errcode(),
        50002
    );
    assert_eq!(get(&simulator, "/_sim/faults").await.json(), json!([]));
    post_json(&simulator, "/_sim/quotas", &json!({"sns_per_minute": 1})).await;
    exchange(&simulator, "x").await;
    assert_eq!(exchange(&simulator, "x").await.errcode(), 45011);
    let quotas = get(&simulator, "/_sim/quotas").await.json();
    assert_eq!(
        (&quotas["limits"]["sns_per_minute"], &quotas["used"][0]["today"]),
        (&json!(1), &json!(1))
    );

    let log = get(&simulator, "/_sim/requests").await.json();
    assert_eq!(log["counts"]["/sns/oauth2/access_token"], 2);
    assert_eq!(
        (&log["requests"][0]["errcode"], &log["requests"][0]["query"]),
        (&json!(50002), &json!("access_token=86_abc…&openid=o"))
    );
    assert!(!log.to_string().contains(SECRET));
    post_json(&simulator, "/_sim/requests", &json!({"enabled": false})).await;
    simulator.control().clear_requests();
    exchange(&simulator, "x").await;
    assert!(simulator.control().requests().is_empty());
    assert_eq!(
        simulator.control().count("/sns/oauth2/access_token"),
        1,
        "counted all the same"
    );
}

async fn problems(url: &str) -> Vec<String> {
    let verdict = post_json(&demo(), "/_sim/lint", &json!({ "url": url })).await.json();
    let problems: Vec<_> = verdict["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each: &Value| each.to_string())
        .collect();
    assert_eq!(verdict["ok"], problems.is_empty());
    problems
}

#[tokio::test]
async fn lint_sees_what_no_server_sees() {
    let good = format!(
        "https://open.weixin.qq.com{}#wechat_redirect",
        authorize_url("snsapi_base", "s1")
    );
    assert_eq!(problems(&good).await, Vec::<String>::new());
    let cases = [
        (good.replace("#wechat_redirect", ""), "#wechat_redirect is missing"),
        (format!("{good}&forcePopup=true"), "not exactly #wechat_redirect"),
        (
            good.replace(
                "response_type=code&scope=snsapi_base",
                "scope=snsapi_base&response_type=code",
            ),
            "order",
        ),
        (good.replace("%3A%2F%2F", "://"), "percent-encoded"),
        (good.replace("state=s1", "state=a.b"), "state"),
        (good.replace("snsapi_base", "snsapi_login"), "scope"),
        (good.replace("127.0.0.1", "evil.test"), "10003"),
        (good.replace(APP, "gh_0123456789ab"), "appid"),
        ("nonsense".to_owned(), "absolute"),
    ];
    for (url, expected) in cases {
        let problems = problems(&url).await;
        assert!(
            problems.len() == 1 && problems[0].contains(expected),
            "{url}: {problems:?}"
        );
    }
}

#[tokio::test]
async fn the_control_page_and_its_forms() {
    let simulator = demo();
    let form = "application/x-www-form-urlencoded";
    let set = post(
        &simulator,
        "/_sim/forms/next-user",
        form,
        "user=alice&nickname=&outcome=refuse",
    )
    .await;
    assert_eq!(set.status, 303);
    post(
        &simulator,
        "/_sim/forms/fault",
        form,
        "endpoint=/sns/auth&effect=errcode&code=45011&times=",
    )
    .await;
    let page = get_with(&simulator, "/", &[]).await.body;
    for expected in [
        APP,
        SECRET,
        "Alice Wang",
        "待用的下一位用户 1",
        "45011",
        "张三🙂&#60;b&#62;",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
    assert!(
        get(&simulator, &authorize_url("snsapi_userinfo", "s"))
            .await
            .body
            .contains("已拒绝授权")
    );
    assert_eq!(get(&simulator, "/sns/auth").await.errcode(), 45011);
    post(&simulator, "/_sim/forms/clear-faults", form, "").await;
    post(&simulator, "/_sim/forms/clock", form, "advance=300").await;
    assert_eq!(get(&simulator, "/sns/auth").await.errcode(), 41001);
    assert_eq!(get(&simulator, "/_sim/clock").await.json()["offset"], 300);
}
