//! What the page says, in both languages.

use hufu_core::text::Locale;

/// One command and what it is for.
pub(crate) struct Command {
    pub(crate) purpose: &'static str,
    pub(crate) line: &'static str,
}

/// Commands that belong together.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) commands: &'static [Command],
}

/// The page in one language.
pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) more: &'static str,
    pub(crate) groups: &'static [Group],
    pub(crate) foot: &'static str,
}

impl Texts {
    pub(crate) const fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::ZhCn => &ZH,
            Locale::En => &EN,
        }
    }
}

const fn command(purpose: &'static str, line: &'static str) -> Command {
    Command { purpose, line }
}

const ADD_TENANT: &str = "hufu tenant add acme --name \"Acme\"";
const ADD_CONNECTOR: &str = "hufu connector add --tenant acme --name \"Acme\" --appid wx… --secret-file appsecret.txt";
const ADD_FILE: &str = "hufu verify-file add --tenant acme --file MP_verify_….txt";
const CHECK: &str = "hufu connector check --tenant acme ID";
const ADD_CLIENT: &str = "hufu client add --tenant acme --name \"Shop\" --redirect-uri https://shop.example/callback";
const ROTATE_CLIENT: &str = "hufu client rotate-secret --tenant acme CLIENT_ID --overlap 24h";
const ROTATE_CONNECTOR: &str = "hufu connector rotate-secret --tenant acme ID --secret-file new.txt";
const DISABLE: &str = "hufu tenant disable acme";
const LIST: &str = "hufu audit list --tenant acme --since 24h";
const REQUEST: &str = "hufu audit list --request REQUEST_ID";
const EXPORT: &str = "hufu audit export --tenant acme --format csv --output acme.csv";
const DOCTOR: &str = "hufu doctor";

static ZH: Texts = Texts {
    title: "控制台",
    lead: "此版本没有网页控制台，所有管理都在服务器上用命令行完成。",
    more: "命令与正在运行的服务共用同一份数据，修改约在两秒内生效；每次修改都会写入审计日志。",
    groups: &[
        Group {
            title: "接入一个公众号",
            commands: &[
                command("新建租户", ADD_TENANT),
                command("添加公众号，并显示回调地址和网页授权域名", ADD_CONNECTOR),
                command("放置微信的域名验证文件", ADD_FILE),
                command("让微信检查 AppID 和 AppSecret", CHECK),
            ],
        },
        Group {
            title: "接入一个应用",
            commands: &[
                command("登记应用，得到 client_id 和密钥", ADD_CLIENT),
                command("更换应用密钥，旧密钥再用 24 小时", ROTATE_CLIENT),
            ],
        },
        Group {
            title: "日常",
            commands: &[
                command("最近一天的登录和修改", LIST),
                command("用错误页上的请求编号查原因", REQUEST),
                command("导出审计日志", EXPORT),
                command("更换 AppSecret", ROTATE_CONNECTOR),
                command("停用租户", DISABLE),
                command("检查整个安装", DOCTOR),
            ],
        },
    ],
    foot: "每条命令加 --help 查看全部参数，加 --json 供程序读取。",
};

static EN: Texts = Texts {
    title: "Console",
    lead: "This version has no web console: everything is managed by the command line on the server.",
    more: "Commands work on the data of the running service; changes take effect within about two seconds, and each \
           one is written to the audit log.",
    groups: &[
        Group {
            title: "Connect an official account",
            commands: &[
                command("Add a tenant", ADD_TENANT),
                command("Add the account, and see its callback URL and domain", ADD_CONNECTOR),
                command("Serve WeChat's domain ownership file", ADD_FILE),
                command("Let WeChat check AppID and AppSecret", CHECK),
            ],
        },
        Group {
            title: "Connect an app",
            commands: &[
                command("Register the app, and get its client_id and secret", ADD_CLIENT),
                command(
                    "Give it a new secret; the old one works for 24 hours more",
                    ROTATE_CLIENT,
                ),
            ],
        },
        Group {
            title: "From day to day",
            commands: &[
                command("Logins and changes of the last day", LIST),
                command("Why a login failed, by the request number on its page", REQUEST),
                command("Export the audit log", EXPORT),
                command("Replace an AppSecret", ROTATE_CONNECTOR),
                command("Stop a tenant's logins", DISABLE),
                command("Check the whole installation", DOCTOR),
            ],
        },
    ],
    foot: "Every command explains itself with --help, and answers programs with --json.",
};
