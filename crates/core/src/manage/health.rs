//! Checks whose result is kept as a badge.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::{ManageError, Manager, Result};
use crate::clock::Timestamp;
use crate::error::Class;
use crate::ids::{ConnectorId, TenantId};
use crate::model::{CheckNote, Connector, Health, HealthState, HostName, Tenant, TenantCode, VerifyFile};
use crate::probe::{ProbeAnswer, ProbedFile};
use crate::provider::CheckResult;
use crate::store::{Change, Find, Record as _, RecordFilter, Records as _, UnitOfWork};
use crate::text::Text;

/// What a connector's badge is called.
#[must_use]
pub fn connector_health(id: ConnectorId) -> String {
    format!("connector:{id}")
}

/// What an ownership file's badge is called.
#[must_use]
pub fn verify_file_health(file: &VerifyFile) -> String {
    format!("verify_file:{}/{}", file.host, file.token)
}

/// What the badge of a tenant's own host is called; `None`: it has no such host.
#[must_use]
pub fn host_health(tenant: &Tenant) -> Option<String> {
    let host = tenant.host.as_ref()?;
    Some(format!("tenant_host:{}/{host}", tenant.id))
}

impl From<&CheckResult> for CheckNote {
    fn from(check: &CheckResult) -> Self {
        let problem = check.problem.as_ref();
        Self {
            name: check.name.to_owned(),
            title: check.title.clone(),
            class: problem.map(|problem| problem.class),
            error: problem.map(|problem| problem.code.as_str().to_owned()),
            errcode: problem.and_then(|problem| problem.errcode),
            message: problem.map(|problem| problem.message.clone()),
            remedy: problem.and_then(|problem| problem.remedy.clone()),
        }
    }
}

impl Manager {
    /// Checks a connector against the real service and keeps the result.
    ///
    /// # Errors
    /// [`ManageError::NotFound`].
    pub async fn check_health(&self, code: &TenantCode, id: ConnectorId) -> Result<Health> {
        let connector = self.connector(code, id).await?;
        self.health_of(&connector).await
    }

    /// The same for a connector at hand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn health_of(&self, connector: &Connector) -> Result<Health> {
        let started = Instant::now();
        let checks = self.check_connector(connector).await?;
        let notes = checks.iter().map(CheckNote::from).collect();
        self.keep_health(connector_health(connector.id), connector.tenant_id, notes, started)
            .await
    }

    /// Looks at an ownership file as WeChat does, by its public URL, and keeps the result.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn probe_verify_file(&self, file: &VerifyFile) -> Result<Health> {
        let started = Instant::now();
        let probed = ProbedFile {
            host: file.host.clone(),
            name: file.name(),
        };
        let note = note_of(&self.probe.look(&probed).await, file);
        self.keep_health(verify_file_health(file), file.tenant_id, vec![note], started)
            .await
    }

    /// Looks at a tenant's own host as its apps do.
    pub async fn look_at_host(&self, host: &HostName) -> CheckNote {
        note_of_host(&self.probe.issuer_at(host).await, host)
    }

    /// The same for a tenant, and keeps the result; `None`: it has no such host.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn probe_host(&self, tenant: &Tenant) -> Result<Option<Health>> {
        let (Some(host), Some(of)) = (&tenant.host, host_health(tenant)) else {
            return Ok(None);
        };
        let started = Instant::now();
        let note = self.look_at_host(host).await;
        self.keep_health(of, tenant.id, vec![note], started).await.map(Some)
    }

    /// Renews badges older than so long, of live connectors and of ownership files and own hosts of active tenants, at most `limit`.
    /// Says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_what_is_due(
        &self,
        connectors: Option<Duration>,
        files: Option<Duration>,
        limit: usize,
    ) -> Result<usize> {
        const PAGE: u64 = 200;
        let mut checked = 0;
        let mut after = None;
        loop {
            let tenants = self.store.list_tenants(after.as_ref(), PAGE).await?;
            let ids = tenants.iter().map(|tenant| tenant.id).collect();
            let badges = self.badges_of(ids).await?;
            for tenant in tenants.iter().filter(|tenant| tenant.status.is_active()) {
                if let Some(age) = connectors {
                    let live = self.store.begin(tenant.id).list_connectors().await?;
                    for connector in live.iter().filter(|connector| connector.status.is_active()) {
                        if checked < limit && self.is_due(&badges, &connector_health(connector.id), age) {
                            self.health_of(connector).await?;
                            checked += 1;
                        }
                    }
                }
                if let (Some(age), Some(of)) = (files, host_health(tenant))
                    && checked < limit
                    && self.is_due(&badges, &of, age)
                {
                    self.probe_host(tenant).await?;
                    checked += 1;
                }
                if let Some(age) = files {
                    for file in self.store.list_verify_files(tenant.id).await? {
                        if checked < limit && self.is_due(&badges, &verify_file_health(&file), age) {
                            self.probe_verify_file(&file).await?;
                            checked += 1;
                        }
                    }
                }
            }
            after = tenants.last().map(|tenant| tenant.code.clone());
            if checked >= limit || (tenants.len() as u64) < PAGE {
                return Ok(checked);
            }
        }
    }

    /// When each badge of these tenants was made.
    async fn badges_of(&self, tenants: Vec<TenantId>) -> Result<HashMap<String, Timestamp>> {
        let filter = RecordFilter {
            tenants: Some(tenants),
            ..RecordFilter::default()
        };
        let badges = self.store.list::<Health>(&filter, 10_000).await?;
        Ok(badges.into_iter().map(|health| (health.of, health.at)).collect())
    }

    fn is_due(&self, badges: &HashMap<String, Timestamp>, of: &str, age: Duration) -> bool {
        badges.get(of).is_none_or(|at| *at <= self.clock.now().minus(age))
    }

    async fn keep_health(
        &self,
        of: String,
        tenant_id: TenantId,
        checks: Vec<CheckNote>,
        started: Instant,
    ) -> Result<Health> {
        let took_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let known = self.store.find::<Health>(Find::Id(&of)).await?;
        let health = Health {
            of,
            tenant_id,
            state: state_of(&checks),
            checks,
            took_ms,
            at: self.clock.now(),
            version: known.map_or(0, |known| known.version()) + 1,
        };
        let unit = UnitOfWork::new(tenant_id).with(Change::record(&health)?);
        match self.store.begin(tenant_id).save(unit).await {
            // Somebody checked at the same time: theirs is as good.
            Ok(_) | Err(crate::error::StoreError::Conflict { .. }) => Ok(health),
            Err(error) => Err(ManageError::from(error)),
        }
    }
}

/// What may pass by itself is no reason to wake anybody.
fn state_of(checks: &[CheckNote]) -> HealthState {
    let worst = checks.iter().filter_map(|check| check.class).map(|class| match class {
        Class::Retry | Class::StartAgain => HealthState::Uncertain,
        Class::Developer | Class::TenantAdmin | Class::Operator => HealthState::Bad,
    });
    let mut state = HealthState::Good;
    for found in worst {
        if found == HealthState::Bad || state == HealthState::Good {
            state = found;
        }
    }
    state
}

fn note_of(answer: &ProbeAnswer, file: &VerifyFile) -> CheckNote {
    let problem = match answer {
        ProbeAnswer::Found(text) if text.trim() == file.token => None,
        ProbeAnswer::Found(_) => Some((
            "verify_file_differs",
            Class::TenantAdmin,
            Text::new(
                "该地址返回的内容不是文件中的 16 个字符",
                "The address answers with something else than the 16 characters",
            ),
            Text::new(
                "该域名可能指向另一台服务器，或被网页服务器的其他规则接管；请把该路径转发到虎符。",
                "The host may lead to another server, or another rule of the web server answers; forward this path to Hufu.",
            ),
        )),
        ProbeAnswer::Status(status) => Some((
            "verify_file_missing",
            Class::TenantAdmin,
            Text::owned(
                format!("该地址返回状态 {status}"),
                format!("The address answers with status {status}"),
            ),
            Text::new(
                "请把该域名的流量（至少 /MP_verify_*.txt）转发到虎符，再检查一次。",
                "Forward this host's traffic, at least /MP_verify_*.txt, to Hufu and check again.",
            ),
        )),
        ProbeAnswer::Redirect => Some((
            "verify_file_redirected",
            Class::TenantAdmin,
            Text::new(
                "该地址跳转到别处，微信不会跟随",
                "The address redirects, which WeChat does not follow",
            ),
            Text::new(
                "请让该路径不经跳转直接返回文件。",
                "Let this path answer without a redirect.",
            ),
        )),
        ProbeAnswer::Unresolved => Some((
            "host_unresolved",
            Class::TenantAdmin,
            Text::new("该域名没有解析记录", "The host has no address"),
            Text::new(
                "请在域名服务商处添加指向本服务器的解析记录。",
                "Add a DNS record that points to this server.",
            ),
        )),
        ProbeAnswer::Private => Some((
            "host_private",
            Class::TenantAdmin,
            Text::new(
                "该域名指向内网地址，微信无法访问",
                "The host has a private address, which WeChat cannot reach",
            ),
            Text::new("请使用公网可访问的域名。", "Use a host that the internet can reach."),
        )),
        ProbeAnswer::Unreachable => Some((
            "host_unreachable",
            Class::Retry,
            Text::new(
                "无法连接该域名，或证书无效，或超时",
                "No connection, no valid certificate, or no answer in time",
            ),
            Text::new(
                "请检查防火墙、端口和证书，稍后重试。",
                "Check firewall, port and certificate, and try again.",
            ),
        )),
    };
    let title = Text::owned(
        format!("公网可取到 {}", file.name()),
        format!("{} can be fetched from outside", file.name()),
    );
    probed("verify_file", title, problem)
}

/// What a look from outside is told as: what is wrong, who can act, and how.
fn probed(name: &str, title: Text, problem: Option<(&str, Class, Text, Text)>) -> CheckNote {
    let (error, class, message, remedy) = match problem {
        None => (None, None, None, None),
        Some((error, class, message, remedy)) => (Some(error.to_owned()), Some(class), Some(message), Some(remedy)),
    };
    CheckNote {
        name: name.to_owned(),
        title,
        class,
        error,
        errcode: None,
        message,
        remedy,
    }
}

fn note_of_host(answer: &ProbeAnswer, host: &HostName) -> CheckNote {
    let elsewhere = Text::new(
        "请把该域名的全部流量转发到虎符，保留 Host 请求头（或由受信任的代理设置 X-Forwarded-Host），路径不变。",
        "Forward all of this host's traffic to Hufu, with the Host header as it came (or X-Forwarded-Host set by a trusted \
         proxy) and the path unchanged.",
    );
    let problem = match answer {
        ProbeAnswer::Found(issuer) if issuer == host.as_str() => None,
        ProbeAnswer::Found(_) => Some((
            "host_differs",
            Class::TenantAdmin,
            Text::new(
                "该域名的发现文档不是本租户的，或不是虎符给出的",
                "The host's discovery document names another issuer, or is none",
            ),
            elsewhere,
        )),
        ProbeAnswer::Status(status) => Some((
            "host_not_forwarded",
            Class::TenantAdmin,
            Text::owned(
                format!("该域名返回状态 {status}，请求没有以该域名到达虎符"),
                format!("The host answers with status {status}: requests do not reach Hufu under its name"),
            ),
            elsewhere,
        )),
        ProbeAnswer::Redirect => Some((
            "host_redirected",
            Class::TenantAdmin,
            Text::new("该域名跳转到别处", "The host redirects"),
            elsewhere,
        )),
        ProbeAnswer::Unresolved => Some((
            "host_unresolved",
            Class::TenantAdmin,
            Text::new("该域名没有解析记录", "The host has no address"),
            Text::new(
                "请在域名服务商处添加指向本系统域名的 CNAME 记录，生效后再检查一次。",
                "Add a DNS record, such as a CNAME to this installation's own host, and check again when it is live.",
            ),
        )),
        ProbeAnswer::Private => Some((
            "host_private",
            Class::TenantAdmin,
            Text::new("该域名指向内网地址", "The host has a private address"),
            Text::new(
                "请把解析记录指向公网可访问的地址；微信和用户都要能打开。",
                "Let the DNS record point to an address that the internet can reach: WeChat and people must open it.",
            ),
        )),
        ProbeAnswer::Unreachable => Some((
            "host_unreachable",
            Class::Retry,
            Text::new(
                "无法连接该域名，或证书无效，或超时",
                "No connection, no valid certificate, or no answer in time",
            ),
            Text::new(
                "请在反向代理上为该域名配置证书并开放 443 端口，稍后重试。",
                "Give the reverse proxy a certificate for this host, open port 443, and try again.",
            ),
        )),
    };
    let title = Text::owned(
        format!("自有域名 {host} 可用"),
        format!("{host} is served under its own name"),
    );
    probed("tenant_host", title, problem)
}
