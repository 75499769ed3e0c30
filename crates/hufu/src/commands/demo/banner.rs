//! What a demo says when it is ready.

use std::time::Duration;

use hufu::Hufu;
use hufu_core::model::TenantCode;
use serde::Serialize;

use super::home::{Home, Kept};
use super::ports::Ports;
use super::team::Told;
use crate::failure::Failure;
use crate::table;

/// Everything one needs to know of a running demo: the line of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Ready {
    pub(super) app_url: String,
    pub(super) hufu_url: String,
    pub(super) issuer: String,
    pub(super) login_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) console_url: String,
    pub(super) simulator_url: String,
    pub(super) data_dir: String,
    pub(super) operators: Vec<Told>,
}

impl Ready {
    pub(super) fn new(
        hufu: &Hufu,
        ports: &Ports,
        home: &Home,
        tenant: &TenantCode,
        client: &Kept,
        operators: Vec<Told>,
    ) -> Self {
        let urls = hufu.config.gateway.public_url.tenant(tenant);
        Self {
            app_url: ports.app_url.clone(),
            hufu_url: ports.hufu_url.clone(),
            issuer: urls.issuer().to_owned(),
            login_url: format!("{}?client_id={}", urls.login(), client.client_id),
            client_id: client.client_id.clone(),
            client_secret: client.client_secret.clone(),
            console_url: hufu.config.gateway.public_url.at("/admin"),
            simulator_url: ports.simulator_url.clone(),
            data_dir: home.dir.display().to_string(),
            operators,
        }
    }

    /// Asks all three until each has answered.
    pub(super) async fn wait_until_all_answer(&self) -> Result<(), Failure> {
        let failed = |error: reqwest::Error| Failure::internal(&error);
        let browser = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(failed)?;
        let pages = [
            format!("{}/", self.simulator_url),
            format!("{}/readyz", self.hufu_url),
            format!("{}/.well-known/openid-configuration", self.issuer),
            format!("{}/healthz", self.app_url),
        ];
        for page in pages {
            let answer = browser.get(&page).send().await.map_err(failed)?;
            answer.error_for_status().map_err(failed)?;
        }
        Ok(())
    }

    pub(super) fn text(&self) -> String {
        let Self {
            app_url,
            hufu_url,
            issuer,
            login_url,
            client_id,
            client_secret,
            console_url,
            simulator_url,
            data_dir,
            operators: _,
        } = self;
        format!(
            "\
虎符演示已就绪。现在打开 {app_url} ，点击登录按钮。
The Hufu demo is ready. Open {app_url} and click the login button.

  示例应用    app              {app_url}
  虎符        Hufu             {hufu_url}
  微信模拟器  WeChat stand-in  {simulator_url}
  控制台      console          {console_url}
  登录链接    login URL        {login_url}

控制台 {console_url} 的操作员 / Operators of the console:
{operators}

用您自己的应用试试 / Try your own app with any OpenID Connect library:
  issuer         {issuer}
  client_id      {client_id}
  client_secret  {client_secret}

接下来 / Next, in another terminal:
  cargo run -- audit list{data_flag}
      每次登录及其结果 / every login and its outcome
  cargo run -- client add --tenant demo --name \"My app\" --redirect-uri http://127.0.0.1:3000/callback{data_flag}
      登记您自己的应用 / register your own app

数据目录 / data directory: {data_dir}
按 Ctrl-C 结束 / Ctrl-C ends it.",
            operators = self.team(),
            data_flag = self.data_flag(),
        )
    }

    /// One line an operator.
    fn team(&self) -> String {
        let headings = ["  用户名 login", "密码 password", "角色 role", "租户 tenants"];
        let row = |told: &Told| {
            vec![
                format!("  {}", told.login),
                told.password.clone().unwrap_or_else(|| "（已修改 changed）".to_owned()),
                told.role.as_str().to_owned(),
                told.tenants.join(" "),
            ]
        };
        table::render(&headings, &self.operators.iter().map(row).collect::<Vec<_>>())
    }

    /// Commands find the usual directory by themselves.
    fn data_flag(&self) -> String {
        let usual = std::path::Path::new(hufu::config::DEMO_DATA_DIR).canonicalize();
        if usual.is_ok_and(|usual| usual.as_os_str() == self.data_dir.as_str()) {
            String::new()
        } else {
            format!(" --data-dir {}", self.data_dir)
        }
    }
}
