use super::*;
use crate::clock::Timestamp;
use crate::ids::TenantId;
use crate::model::{Rights, SnapshotPolicy, Status};
use crate::oidc::{Scopes, SigningAlgorithm};

fn client() -> Client {
    Client {
        id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        tenant_id: TenantId::floor(1),
        name: "商城".to_owned(),
        status: Status::Active,
        kind: ClientKind::Confidential,
        redirect_uris: vec![
            "https://shop.example/callback?a=1&b=中".replace('中', "%E4%B8%AD"),
            "https://shop.example/other".to_owned(),
        ],
        post_logout_redirect_uris: Vec::new(),
        scopes: Scopes::parse("openid"),
        secrets: Vec::new(),
        connectors: Vec::new(),
        id_token_alg: SigningAlgorithm::Rs256,
        snapshot_policy: SnapshotPolicy::Refuse,
        token_seconds: None,
        rights: Rights::default(),
        protocol: crate::model::ClientProtocol::default(),
        created_at: Timestamp::from_millis(1),
        version: 1,
    }
}

fn expand(client: &Client, button: &Value) -> Expanded {
    let urls = MenuUrls {
        login: "https://login.example/t/acme/login".to_owned(),
        wechat: "https://login.example/connect/oauth2/authorize".to_owned(),
    };
    let logins = Logins {
        urls: &urls,
        connector: ConnectorId::floor(1),
        clients: std::slice::from_ref(client),
    };
    logins.expand(&json!({"button": [{"name": "m", "sub_button": [button]}]}))
}

fn url(client: &Client, login: &Value) -> String {
    let expanded = expand(client, &json!({"name": "登录", "type": "view", "login": login}));
    assert!(expanded.violations.is_empty(), "{:?}", expanded.violations);
    assert_eq!(expanded.paths, ["button[0].sub_button[0]"]);
    let button = &expanded.menu["button"][0]["sub_button"][0];
    assert!(button.get("login").is_none());
    button["url"].as_str().unwrap().to_owned()
}

fn rule(client: &Client, button: &Value) -> &'static str {
    let expanded = expand(client, button);
    assert_eq!(expanded.violations.len(), 1, "{:?}", expanded.violations);
    assert_eq!(expanded.violations[0].path, "button[0].sub_button[0].login");
    expanded.violations[0].rule
}

#[test]
fn the_links_letter_by_letter() {
    let client = client();
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    assert_eq!(
        url(&client, &json!({"client_id": id})),
        "https://login.example/t/acme/login?client_id=01ARZ3NDEKTSV4RRFFQ69G5FAV"
    );
    assert_eq!(
        url(&client, &json!({"client_id": id, "style": "wechat"})),
        "https://login.example/connect/oauth2/authorize?appid=01ARZ3NDEKTSV4RRFFQ69G5FAV\
         &redirect_uri=https%3A%2F%2Fshop.example%2Fcallback%3Fa%3D1%26b%3D%25E4%25B8%25AD\
         &response_type=code&scope=snsapi_userinfo#wechat_redirect"
    );
    let login = json!({
        "client_id": id, "style": "wechat", "redirect_uri": "https://shop.example/other",
        "scope": "snsapi_base", "state": "menu1",
    });
    assert_eq!(
        url(&client, &login),
        "https://login.example/connect/oauth2/authorize?appid=01ARZ3NDEKTSV4RRFFQ69G5FAV\
         &redirect_uri=https%3A%2F%2Fshop.example%2Fother\
         &response_type=code&scope=snsapi_base&state=menu1#wechat_redirect"
    );
}

#[test]
fn what_makes_no_link() {
    let good = client();
    let id = good.id.to_string();
    let view = |login: Value| json!({"name": "a", "type": "view", "login": login});
    let wechat = |field: &str, value: &str| view(json!({"client_id": id, "style": "wechat", field: value}));
    for (button, expected) in [
        (
            json!({"name": "a", "type": "click", "login": {"client_id": id}}),
            "menu_login_type",
        ),
        (
            json!({"name": "a", "type": "view", "url": "https://a/", "login": {"client_id": id}}),
            "menu_login_and_url",
        ),
        (view(json!({"client": id})), "menu_login_malformed"),
        (view(json!("x")), "menu_login_malformed"),
        (view(json!({"client_id": id, "style": "qr"})), "menu_login_malformed"),
        (
            view(json!({"client_id": "01ARZ3NDEKTSV4RRFFQ69G5FAW"})),
            "menu_login_unknown_client",
        ),
        (view(json!({"client_id": "shop"})), "menu_login_unknown_client"),
        (view(json!({"client_id": id, "state": "x"})), "menu_login_link_fields"),
        (
            wechat("redirect_uri", "https://shop.example/other/"),
            "menu_login_redirect_uri",
        ),
        (wechat("scope", "snsapi_login"), "menu_login_scope"),
        (wechat("state", "a b"), "menu_login_state"),
        (wechat("state", &"a".repeat(129)), "menu_login_state"),
    ] {
        assert_eq!(rule(&good, &button), expected, "{button}");
    }
}

#[test]
fn an_app_that_cannot_log_anybody_in_is_named() {
    let button = json!({"name": "a", "type": "view", "login": {"client_id": client().id.to_string()}});
    let disabled = Client {
        status: Status::Disabled,
        ..client()
    };
    let elsewhere = Client {
        connectors: vec![ConnectorId::floor(2)],
        ..client()
    };
    let public = Client {
        kind: ClientKind::Public,
        ..client()
    };
    assert_eq!(rule(&disabled, &button), "menu_login_disabled_client");
    assert_eq!(rule(&elsewhere, &button), "menu_login_other_connector");
    assert_eq!(rule(&public, &button), "menu_login_public_client");
}

#[test]
fn links_that_are_known_become_logins_again() {
    let login = json!({"client_id": client().id.to_string()});
    let button = json!({"name": "a", "type": "view", "login": login});
    let expanded = expand(&client(), &button);
    assert_eq!(
        folded(&expanded.menu, &expanded.links),
        json!({"button": [{"name": "m", "sub_button": [button]}]})
    );
    assert_eq!(folded(&expanded.menu, &[]), expanded.menu);
}
