//! The menu of an account, by the console's forms.

use hufu_core::model::{Action, Reach, Role, Seat};
use hufu_tests::{Engine, TestApp, fields};

pub(crate) async fn written_and_published(engine: Engine) {
    let app = TestApp::start(engine).await;
    let acme = app.tenant("acme").await;
    let seat = |role| Seat::new(role, Reach::tenant(acme.tenant.id)).unwrap();
    let user = app.operator(seat(Role::TenantAdmin), None).await;
    let account = format!("/admin/tenants/acme/connectors/{}", acme.connector.id);
    let menu = format!("{account}/menu");
    assert!(
        user.page(&account).await.body.contains(&menu),
        "the account leads to its menu"
    );

    // A name that is too long is kept, and told beside its field with what was measured.
    let client = acme.client.id.to_string();
    let form = [
        ("version", "0"),
        ("b0_name", "会员 <b>中心与更多"),
        ("b0_does", "login"),
        ("b0_client", client.as_str()),
        ("b1_name", "帮助"),
        ("b1_s0_name", "电话"),
        ("b1_s0_does", "click"),
        ("b1_s0_value", "phone"),
    ];
    assert_eq!(user.submit(&menu, &menu, &form).await.status, 303);
    let page = user.page(&menu).await;
    assert!(page.body.contains("id=\"f-b0_name-error\""), "{}", page.body);
    assert!(
        page.body.contains("25 bytes") && page.body.contains("40018"),
        "{}",
        page.body
    );
    assert_eq!(
        user.page(&format!("{menu}/publish"))
            .await
            .body
            .matches("id=\"publish\"")
            .count(),
        1
    );
    let publish = format!("{menu}/publish");
    let refused = user.submit(&publish, &publish, &[("version", "1")]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(app.simulator.count("/cgi-bin/menu/create"), 0);

    // Somebody whose page is older overwrites nothing.
    let late = user.submit(&menu, &menu, &form).await;
    assert_eq!(late.status, 409);

    let mut mended = form.to_vec();
    mended[0] = ("version", "1");
    mended[1] = ("b0_name", "会员 🐯");
    assert_eq!(user.submit(&menu, &menu, &mended).await.status, 303);
    let confirm = user.page(&format!("{menu}/publish")).await;
    assert!(confirm.body.contains("会员 🐯"));
    let version = fields(&confirm.body)["version"].clone();
    let publish = [("version", version.as_str()), ("note", "春节 <i>")];
    let done = user
        .submit(&format!("{menu}/publish"), &format!("{menu}/publish"), &publish)
        .await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(app.simulator.count("/cgi-bin/menu/create"), 1);
    let page = user.page(&menu).await;
    assert!(
        page.body.contains("春节 &#60;i&#62;") || page.body.contains("春节 &lt;i&gt;"),
        "{}",
        page.body
    );
    app.simulator.follow("zhangsan", &acme.app_id).await.unwrap();
    let tapped = app
        .simulator
        .tap_menu("zhangsan", &acme.app_id, "会员 🐯")
        .await
        .unwrap();
    assert_eq!(
        tapped.event_key.unwrap(),
        format!("{}/login?client_id={client}", acme.app.issuer)
    );

    // Another version, as JSON, and the first one back.
    let json = r#"{"button":[{"name":"x","type":"click","key":"x"}]}"#;
    let sheet = format!("{menu}/json");
    let broken = user.submit(&sheet, &sheet, &[("version", "2"), ("json", "{")]).await;
    assert_eq!(broken.status, 422);
    let saved = user.submit(&sheet, &sheet, &[("version", "2"), ("json", json)]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let publish = format!("{menu}/publish");
    assert_eq!(user.submit(&publish, &publish, &[("version", "3")]).await.status, 303);
    let back = format!("{publish}?version=1");
    assert_eq!(user.submit(&back, &publish, &[("of", "1")]).await.status, 303);
    let tapped = app.simulator.tap_menu("zhangsan", &acme.app_id, "会员 🐯").await;
    assert!(tapped.is_ok());
    assert_eq!(app.events(&acme.tenant, Action::MenuPublish).await.len(), 3);

    // Who only looks sees the menu and no button that changes it.
    let auditor = app.operator(seat(Role::Auditor), None).await;
    let page = auditor.page(&menu).await;
    assert!(page.body.contains("会员 🐯") && !page.body.contains("id=\"menu-form\""));
    assert_eq!(auditor.get(&publish).await.status, 403);

    let delete = format!("{menu}/delete");
    assert_eq!(user.submit(&delete, &delete, &[]).await.status, 303);
    assert!(
        app.simulator
            .tap_menu("zhangsan", &acme.app_id, "会员 🐯")
            .await
            .is_err()
    );
}
