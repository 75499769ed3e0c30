//! Where a demo keeps its data: one directory, one demo at a time.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use hufu::config::{Config, DEMO_DATA_DIR};
use hufu_core::text::Text;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::ports::Ports;
use crate::failure::Failure;
use crate::output::Output;

/// What a later start finds again. It is made before anything else, so that a demo that was stopped in the middle of
/// its setup is known as one.
const MARKER: &str = "demo.json";

/// A data directory that no other demo uses as long as this lives.
pub(super) struct Home {
    /// Absolute.
    pub(super) dir: PathBuf,
    _lock: File,
    _temporary: Option<TempDir>,
}

/// What a later start finds again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    pub(super) client_id: String,
    /// It is a demo: a real installation keeps only a digest of it.
    pub(super) client_secret: String,
    /// The app's own, so that another port replaces this one and none that was registered besides.
    pub(super) redirect_uri: String,
    /// The operators', by login.
    pub(super) passwords: BTreeMap<String, String>,
}

enum Taken {
    ByAnother,
    Failed(Failure),
}

impl Home {
    pub(super) fn open(output: Output, named: Option<PathBuf>) -> Result<Self, Failure> {
        let dir = named.clone().unwrap_or_else(|| PathBuf::from(DEMO_DATA_DIR));
        match (Self::take(&dir), named) {
            (Ok(home), _) => Ok(home),
            (Err(Taken::Failed(failure)), _) => Err(failure),
            (Err(Taken::ByAnother), Some(dir)) => {
                let dir = dir.display();
                let zh = format!("另一个演示正在使用数据目录 {dir}，请用 --data-dir 指定别的目录，或先停止那个演示");
                let en = format!(
                    "another demo is running on the data directory {dir}; name another one with --data-dir, or stop it"
                );
                Err(Failure::new("data_dir_taken", zh, en))
            }
            (Err(Taken::ByAnother), None) => Self::temporary(output),
        }
    }

    fn take(dir: &Path) -> Result<Self, Taken> {
        let failed = |error: std::io::Error| Taken::Failed(Failure::file(dir, &error));
        Config::in_dir(dir).create_data_dir().map_err(failed)?;
        let dir = dir.canonicalize().map_err(failed)?;
        refuse_real_data(&dir).map_err(Taken::Failed)?;
        let lock = File::create(dir.join("demo.lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Taken::ByAnother),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        Ok(Self {
            dir,
            _lock: lock,
            _temporary: None,
        })
    }

    fn temporary(output: Output) -> Result<Self, Failure> {
        let temporary = tempfile::Builder::new().prefix("hufu-demo-").tempdir()?;
        let zh = format!(
            "另一个演示正在使用 {DEMO_DATA_DIR}，本次使用临时目录 {}（结束时删除）",
            temporary.path().display()
        );
        let en = format!(
            "another demo is running on {DEMO_DATA_DIR}; this one uses {}, which is removed at its end",
            temporary.path().display()
        );
        output.note("temporary_data_dir", &Text::owned(zh, en));
        match Self::take(temporary.path()) {
            Ok(home) => Ok(Self {
                _temporary: Some(temporary),
                ..home
            }),
            Err(Taken::Failed(failure)) => Err(failure),
            Err(Taken::ByAnother) => Err(Failure::file(
                temporary.path(),
                &std::io::ErrorKind::AlreadyExists.into(),
            )),
        }
    }

    /// The addresses, for commands that are run beside the demo.
    pub(super) fn keep_config(&self, ports: &Ports) -> Result<(), Failure> {
        if !self.dir.join(MARKER).exists() {
            self.write(MARKER, "{}\n")?;
        }
        let hufu = &ports.hufu_url;
        let simulator = &ports.simulator_url;
        let listen = hufu.trim_start_matches("http://");
        let text = format!(
            "# Written by `hufu demo` at every start, for commands that use this data directory.\n\
             [server]\nlisten = \"{listen}\"\n\n\
             [gateway]\npublic_url = \"{hufu}\"\n\n\
             [wechat]\npages_url = \"{simulator}\"\ncalls_url = \"{simulator}\"\n\n\
             [console]\nsecond_factor = \"optional\"\n"
        );
        self.write("hufu.toml", &text)
    }

    pub(super) fn kept(&self) -> Option<Kept> {
        serde_json::from_str(&std::fs::read_to_string(self.dir.join(MARKER)).ok()?).ok()
    }

    pub(super) fn keep(&self, kept: &Kept) -> Result<(), Failure> {
        self.write(MARKER, &format!("{}\n", crate::output::line(kept)?))
    }

    /// Whole or not at all, and for the owner alone.
    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.dir.join(name);
        let new = self.dir.join(format!("{name}.new"));
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| std::fs::rename(&new, &path))
            .map_err(|error| Failure::file(&path, &error))
    }
}

/// A demo must not write into somebody's real installation.
fn refuse_real_data(dir: &Path) -> Result<(), Failure> {
    let has = |name: &str| dir.join(name).exists();
    if has(MARKER) || !["hufu.db", "hufu.toml", "keyring.toml"].into_iter().any(has) {
        return Ok(());
    }
    let dir = dir.display();
    let zh = format!("{dir} 中是一个不属于演示的安装，演示不会改动它；请用 --data-dir 指定别的目录");
    let en = format!("{dir} holds an installation that is no demo; name another directory with --data-dir");
    Err(Failure::new("not_a_demo", zh, en))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use hufu_core::text::Locale;

    use super::*;

    const OUTPUT: fn() -> Output = || Output::new(true, Locale::En);

    #[test]
    fn one_demo_a_directory() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Home::open(OUTPUT(), Some(dir.path().to_owned()));
        let first = open().unwrap();
        assert_eq!(open().err().unwrap().code(), "data_dir_taken");
        drop(first);
        assert!(open().is_ok());
    }

    #[test]
    fn a_real_installation_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("hufu.db"), "").unwrap();
        let open = || Home::open(OUTPUT(), Some(dir.path().to_owned()));
        assert_eq!(open().err().unwrap().code(), "not_a_demo");
        std::fs::write(dir.path().join("demo.json"), "{}").unwrap();
        assert!(open().unwrap().kept().unwrap().client_id.is_empty());
    }

    #[test]
    fn what_is_kept_is_private_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(OUTPUT(), Some(dir.path().to_owned())).unwrap();
        home.keep(&Kept {
            client_id: "c".to_owned(),
            client_secret: "s".to_owned(),
            ..Kept::default()
        })
        .unwrap();
        let kept = home.kept().unwrap();
        assert_eq!((kept.client_id.as_str(), kept.client_secret.as_str()), ("c", "s"));
        let mode = std::fs::metadata(dir.path().join("demo.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
