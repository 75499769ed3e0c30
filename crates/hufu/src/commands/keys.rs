//! `hufu keys`.

use clap::Subcommand;
use hufu_core::clock::SystemRandom;
use serde_json::json;

use super::context::Context;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key ring file, readable by its owner only; one that is there is left alone
    Init,
}

pub(crate) fn run(context: &Context, command: &Command) -> Result<(), Failure> {
    let Command::Init = command;
    let config = context.config();
    if config.keyring.is_some() {
        let zh = "密钥已由 HUFU_KEYRING 或配置文件给出，无需生成文件";
        return Err(Failure::new(
            "exists",
            zh,
            "the key ring comes from HUFU_KEYRING or the configuration already",
        ));
    }
    let path = config.keyring_path();
    if path.exists() {
        let path = path.display();
        let zh = format!("密钥文件 {path} 已存在，未作改动");
        return Err(Failure::new(
            "exists",
            zh,
            format!("there is a key ring at {path} already; nothing was changed"),
        ));
    }
    config
        .create_keyring(&SystemRandom)
        .map_err(|error| Failure::new("key_ring", format!("密钥文件：{error}"), error.to_string()))?;
    let shown = path.display().to_string();
    context.output.answer(&json!({"keyring_file": shown}), || {
        match context.output.say("zh", "en") {
            "zh" => format!("已生成密钥文件 {shown}\n请与数据库备份分开保存一份副本：丢失后，已保存的密钥无法恢复。"),
            _ => format!(
                "Made the key ring {shown}\nKeep a copy apart from the database's: without it the secrets are lost."
            ),
        }
    })
}
