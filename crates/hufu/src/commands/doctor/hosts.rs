//! The check of a tenant's own host: it is asked for its discovery document, as apps ask.

use hufu::Hufu;
use hufu_core::model::Tenant;
use hufu_core::text::Text;

use super::report::Report;

pub(super) async fn check(hufu: &Hufu, tenant: &Tenant, report: &mut Report) {
    let Some(host) = &tenant.host else { return };
    let note = hufu.manager("doctor").look_at_host(host).await;
    let (code, Text { zh, en }) = (&tenant.code, &note.title);
    let Some(Text { zh: why_zh, en: why_en }) = &note.message else {
        report.ok(
            "tenant_host",
            Text::owned(format!("{code}：{zh}"), format!("{code}: {en}")),
        );
        return;
    };
    let text = Text::owned(format!("{code}：{zh}：{why_zh}"), format!("{code}: {en}: {why_en}"));
    report.fail("tenant_host", text, note.remedy);
}
