//! Checks of what is kept: sealed values open, and WeChat takes every account's settings.

use hufu::Hufu;
use hufu_core::manage::ManageError;
use hufu_core::model::{Connector, Tenant};
use hufu_core::store::Store as _;
use hufu_core::text::Text;

use super::report::Report;

const PAGE: u64 = 200;

pub(super) async fn all(hufu: &Hufu, report: &mut Report) {
    let mut after = None;
    let mut opened = 0;
    loop {
        let tenants = match hufu.database.list_tenants(after.as_ref(), PAGE).await {
            Ok(tenants) => tenants,
            Err(error) => {
                report.fail("database", ManageError::from(error).text(), None);
                return;
            }
        };
        for tenant in &tenants {
            opened += of_tenant(hufu, tenant, report).await;
        }
        after = tenants.last().map(|tenant| tenant.code.clone());
        if (tenants.len() as u64) < PAGE {
            break;
        }
    }
    if opened > 0 {
        let text = Text::owned(
            format!("密钥可解开 {opened} 个已加密的值"),
            format!("the key ring opens {opened} sealed values"),
        );
        report.ok("sealed", text);
    }
}

/// Says how many sealed values could be opened.
async fn of_tenant(hufu: &Hufu, tenant: &Tenant, report: &mut Report) -> usize {
    let rows = hufu.database.begin(tenant.id);
    let read = async { Ok((rows.list_keys().await?, rows.list_connectors().await?)) };
    let (keys, connectors) = match read.await {
        Ok(both) => both,
        Err(error) => {
            let error: hufu_core::error::StoreError = error;
            let (code, why) = (&tenant.code, error.to_string());
            report.fail(
                "sealed",
                Text::owned(format!("租户 {code}：{why}"), format!("tenant {code}: {why}")),
                Some(Text::new(
                    "此密钥文件可能不属于此数据库：恢复原来的密钥文件",
                    "this key ring may belong to another database: bring the right file back",
                )),
            );
            return 0;
        }
    };
    if tenant.status.is_active() {
        super::hosts::check(hufu, tenant, report).await;
        for connector in connectors.iter().filter(|connector| connector.status.is_active()) {
            check(hufu, tenant, connector, report).await;
        }
    }
    keys.len()
        + connectors
            .iter()
            .map(|connector| connector.secrets.len())
            .sum::<usize>()
}

async fn check(hufu: &Hufu, tenant: &Tenant, connector: &Connector, report: &mut Report) {
    let (code, name) = (&tenant.code, &connector.name);
    let checks = match hufu.manager("doctor").check_connector(connector).await {
        Ok(checks) => checks,
        Err(error) => {
            report.fail("connector", error.text(), None);
            return;
        }
    };
    for check in checks {
        let Text { zh, en } = &check.title;
        match check.problem {
            None => report.ok(
                "connector",
                Text::owned(format!("{code} / {name}：{zh}"), format!("{code} / {name}: {en}")),
            ),
            Some(problem) => {
                let number = problem.errcode.map(|number| format!(" ({number})")).unwrap_or_default();
                let Text { zh: why_zh, en: why_en } = &problem.message;
                let text = Text::owned(
                    format!("{code} / {name}：{zh}：{why_zh}{number}"),
                    format!("{code} / {name}: {en}: {why_en}{number}"),
                );
                report.fail("connector", text, problem.remedy);
            }
        }
    }
}
