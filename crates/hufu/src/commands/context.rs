//! What commands are given.

use hufu::config::{Config, Loaded, environment};
use hufu::{Hufu, Injected};
use hufu_core::manage::{By, Manager};
use hufu_core::model::{Tenant, TenantCode};
use hufu_core::oidc::TenantUrls;
use hufu_core::store::Store as _;
use hufu_core::text::Text;

use crate::failure::Failure;
use crate::output::Output;

/// The configuration, and how to talk.
pub(crate) struct Context {
    pub(crate) loaded: Loaded,
    pub(crate) output: Output,
}

/// A command that looks at or changes an installation.
pub(crate) struct Managing<'a> {
    pub(crate) hufu: &'a Hufu,
    pub(crate) manager: Manager,
    pub(crate) output: Output,
}

impl Context {
    pub(crate) fn new(loaded: Loaded, output: Output) -> Self {
        Self { loaded, output }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.loaded.config
    }

    /// Keys that nobody reads, and whose data these are when nobody said.
    pub(crate) fn say_what_was_loaded(&self) {
        for unknown in &self.loaded.unknown {
            let zh = format!("警告：没有名为 {} 的配置项（{}），已忽略", unknown.key, unknown.place);
            let en = format!(
                "warning: unknown configuration key {} ({}) is ignored",
                unknown.key, unknown.place
            );
            self.output.note("unknown_key", &Text::owned(zh, en));
        }
        if self.loaded.is_demo_fallback {
            let dir = self.config().data_dir.display();
            let zh = format!("使用演示数据 {dir}（没有其他安装；可用 --data-dir 指定）");
            let en = format!("using the demo's data in {dir} (there is no other installation; --data-dir names one)");
            self.output.note("demo_data", &Text::owned(zh, en));
        }
    }

    /// Opens the installation for one command and closes it whatever the command says.
    pub(crate) async fn managing(
        &self,
        command: impl AsyncFnOnce(Managing<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let hufu = Hufu::assemble(self.config(), Injected::default()).await?;
        let managing = Managing {
            hufu: &hufu,
            manager: hufu.manager(&environment::actor()),
            output: self.output,
        };
        let answer = command(managing).await;
        hufu.database.close().await;
        answer
    }
}

impl Managing<'_> {
    /// The URLs of a tenant.
    pub(crate) fn urls(&self, tenant: &TenantCode) -> TenantUrls {
        self.hufu.config.gateway.public_url.tenant(tenant)
    }

    /// Who makes changes, for the audit log.
    pub(crate) fn by(&self) -> By {
        By {
            actor: self.manager.actor.clone(),
            from: None,
        }
    }

    /// Every tenant, by code.
    pub(crate) async fn tenants(&self) -> Result<Vec<Tenant>, Failure> {
        const PAGE: u64 = 500;
        let mut all: Vec<Tenant> = Vec::new();
        loop {
            let after = all.last().map(|tenant| tenant.code.clone());
            let page = self.hufu.database.list_tenants(after.as_ref(), PAGE).await?;
            let is_last = (page.len() as u64) < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }
}
