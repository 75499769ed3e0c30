//! `hufu secrets`: the keys that seal secrets at rest, changed while Hufu runs.

use clap::Subcommand;
use hufu_core::clock::SystemRandom;
use hufu_core::text::Text;
use hufu_storage::{KeyRing, Rewrapped};
use serde_json::json;

use super::context::{Context, Managing};
use crate::failure::Failure;
use crate::table;

/// Rows between two lines about how far the work is.
const EVERY: u64 = 5_000;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Which key of the ring sealed how much
    Status,
    /// Put a new key in front of the key ring file; it seals from the next start of each instance on
    AddKey,
    /// Seal everything again that older keys sealed, while Hufu runs; may be stopped and run again
    Rewrap,
}

pub(crate) async fn run(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        Command::Status => context.managing(async |m| status(&m).await).await,
        Command::AddKey => add_key(context),
        Command::Rewrap => context.managing(async |m| rewrap(&m).await).await,
    }
}

async fn status(m: &Managing<'_>) -> Result<(), Failure> {
    let ring = key_ring(m)?;
    let ids: Vec<String> = ring.ids().map(str::to_owned).collect();
    let mut counts = m.hufu.database.sealed_by().await?;
    let mut rows = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        rows.push((id.clone(), at == 0, true, counts.remove(id).unwrap_or_default()));
    }
    // Sealed by a key that is not in the ring: nobody can open it here.
    rows.extend(counts.into_iter().map(|(id, count)| (id, false, false, count)));
    let documents: Vec<_> = rows
        .iter()
        .map(|(id, seals, held, count)| json!({"id": id, "seals": seals, "in_ring": held, "sealed": count}))
        .collect();
    m.output.answer(&json!({"keys": documents}), || {
        let say = |zh, en| m.output.say(zh, en);
        let shown: Vec<_> = rows
            .iter()
            .map(|(id, seals, held, count)| {
                let role = match (*seals, *held) {
                    (true, _) => say("用于加密", "seals"),
                    (_, true) => say("仅解密", "opens"),
                    (_, false) => say("不在密钥文件中", "missing"),
                };
                vec![id.clone(), role.to_owned(), count.to_string()]
            })
            .collect();
        table::render(
            &[say("密钥", "key"), say("用途", "role"), say("数量", "sealed")],
            &shown,
        )
    })
}

fn key_ring(m: &Managing<'_>) -> Result<KeyRing, Failure> {
    m.hufu.config.load_keyring().map_err(|error| ring_failure(&error))
}

fn ring_failure(error: &hufu_storage::KeyRingError) -> Failure {
    Failure::new("key_ring", format!("密钥文件：{error}"), error.to_string())
}

fn add_key(context: &Context) -> Result<(), Failure> {
    let config = context.config();
    if config.keyring.is_some() {
        let zh = "密钥由 HUFU_KEYRING 或配置文件给出：请在那里把新密钥放在最前面";
        let en = "the key ring comes from HUFU_KEYRING or the configuration: put the new key in front there";
        return Err(Failure::new("not_a_file", zh, en));
    }
    let path = config.keyring_path();
    let id = KeyRing::add_key(&path, &SystemRandom).map_err(|error| ring_failure(&error))?;
    let shown = path.display().to_string();
    context.output.answer(&json!({"keyring_file": shown, "key": id}), || {
        match context.output.say("zh", "en") {
            "zh" => format!(
                "已在 {shown} 最前面加入密钥 {id}\n请把文件复制到每个实例并备份，重启各实例，然后运行 hufu secrets rewrap。"
            ),
            _ => format!(
                "Put the key {id} in front of {shown}\nCopy the file to every instance and to its backup, start them \
                 again, then run hufu secrets rewrap."
            ),
        }
    })
}

async fn rewrap(m: &Managing<'_>) -> Result<(), Failure> {
    let mut next = EVERY;
    let done = m.hufu.database.rewrap(|done: &Rewrapped| {
        if done.seen >= next {
            next = done.seen + EVERY;
            let (seen, sealed, table) = (done.seen, done.sealed, done.table);
            let zh = format!("已查看 {seen} 行，重新加密 {sealed} 项（{table}）");
            let en = format!("{seen} rows looked at, {sealed} values sealed again ({table})");
            m.output.note("progress", &Text::owned(zh, en));
        }
    });
    let done = done.await?;
    let document = json!({"seen": done.seen, "sealed": done.sealed, "unreadable": done.unreadable});
    if done.unreadable > 0 {
        let count = done.unreadable;
        let zh = format!("{count} 项无法解密：加密它们的密钥不在密钥文件中，详见日志。其余已重新加密");
        let en =
            format!("{count} values cannot be opened: their key is not in the ring, see the log. The others are done");
        return Err(Failure::new("key_ring", zh, en));
    }
    m.output.answer(&document, || match m.output.say("zh", "en") {
        "zh" => format!(
            "查看了 {} 行，重新加密了 {} 项。hufu secrets status 显示旧密钥为 0 后，可将其从密钥文件中移除。",
            done.seen, done.sealed
        ),
        _ => format!(
            "{} rows looked at, {} values sealed again. When hufu secrets status shows 0 for an old key it may leave the ring.",
            done.seen, done.sealed
        ),
    })
}
