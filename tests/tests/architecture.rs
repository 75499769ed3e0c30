//! Who may import whom. The floors stand in `docs/ARCHITECTURE.md`; here they are kept.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Stands for every plug-in: a new one is allowed what the others are.
const PLUG_IN: &str = "hufu-provider-";

/// Each of our crates, and which of ours it may use. From the ground up: nothing imports what stands below it.
const FLOORS: [(&str, &[&str]); 13] = [
    // Apart: the simulator and the demo app know nothing of ours, so that a shared mistake cannot pass.
    ("wechat-simulator", &[]),
    ("demo-app", &[]),
    // Ground.
    ("hufu-core", &[]),
    ("hufu-migrations", &[]),
    // Adapters, and what the faces share.
    ("hufu-storage", &["hufu-core", "hufu-migrations"]),
    (PLUG_IN, &["hufu-core"]),
    ("hufu-web", &["hufu-core"]),
    ("hufu-test-kit", &["hufu-core"]),
    // Faces: never each other.
    ("hufu-gateway", &["hufu-core", "hufu-web"]),
    ("hufu-admin", &["hufu-core", "hufu-web"]),
    // The only crate that names concrete adapters.
    (
        "hufu",
        &[
            "hufu-core",
            "hufu-migrations",
            "hufu-storage",
            PLUG_IN,
            "hufu-web",
            "hufu-gateway",
            "hufu-admin",
            "wechat-simulator",
            "demo-app",
        ],
    ),
    ("hufu-tests", EVERYTHING),
    // Builds before everything else, so it waits for nothing of ours.
    ("xtask", &[]),
];

const EVERYTHING: &[&str] = &[
    "hufu",
    "hufu-core",
    "hufu-migrations",
    "hufu-storage",
    PLUG_IN,
    "hufu-web",
    "hufu-gateway",
    "hufu-admin",
    "hufu-test-kit",
    "wechat-simulator",
    "demo-app",
];

/// What tests may use beside that.
const FOR_TESTS: [&str; 2] = ["hufu-test-kit", "wechat-simulator"];

/// Foreign crates that only some of ours may use.
struct Reserved {
    /// The crate, or with a hyphen at the end the family.
    name: &'static str,
    users: &'static [&'static str],
    /// Whether everybody's tests may use it.
    free_in_tests: bool,
    why: &'static str,
}

const RESERVED: [Reserved; 6] = [
    Reserved {
        name: "sea-orm",
        users: &["hufu-storage", "hufu-migrations"],
        free_in_tests: false,
        why: "SQL and columns are known to storage alone",
    },
    Reserved {
        name: "sea-orm-",
        users: &["hufu-storage", "hufu-migrations"],
        free_in_tests: false,
        why: "SQL and columns are known to storage alone",
    },
    Reserved {
        name: "sqlx",
        users: &[],
        free_in_tests: false,
        why: "the database is reached through sea-orm",
    },
    Reserved {
        name: "reqwest",
        // The simulator sends duplicate callbacks and pushes with it: WeChat calls out too.
        users: &[PLUG_IN, "hufu", "hufu-tests", "xtask", "wechat-simulator", "demo-app"],
        free_in_tests: false,
        why: "only a provider calls the outside world, with the client that hufu gives it",
    },
    Reserved {
        name: "axum",
        users: &[
            "hufu-web",
            "hufu-gateway",
            "hufu-admin",
            "hufu",
            "hufu-tests",
            "wechat-simulator",
            "demo-app",
        ],
        free_in_tests: true,
        why: "HTTP is the faces' business: the engine, the stores and the plug-ins do not see it",
    },
    Reserved {
        name: "openidconnect",
        users: &["demo-app", "hufu-tests"],
        free_in_tests: true,
        why: "it is a relying party's library, and the one way to the crate rsa",
    },
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether `name` is `listed`, or one of the family that `listed` names with a hyphen at its end.
fn is(listed: &str, name: &str) -> bool {
    listed == name || (listed.ends_with('-') && name.starts_with(listed))
}

fn any(list: &[&str], name: &str) -> bool {
    list.iter().any(|listed| is(listed, name))
}

fn assert_none(what: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{what}:\n  {}", broken.join("\n  "));
}

#[test]
fn our_crates_import_downwards_only() {
    let metadata = metadata();
    let ours: Vec<_> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let mut broken = Vec::new();
    for package in &metadata.packages {
        let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| is(name, &package.name)) else {
            broken.push(format!("{} stands on no floor: give it a line in FLOORS", package.name));
            continue;
        };
        let used = package
            .dependencies
            .iter()
            .filter(|dependency| ours.contains(&dependency.name));
        // Apart is apart: the simulator's and the demo app's tests may not look at ours either.
        let apart = allowed.is_empty() && !package.name.starts_with("hufu");
        for dependency in used {
            let in_tests = dependency.kind == DependencyKind::Development && !apart;
            let may = any(allowed, &dependency.name) || (in_tests && any(&FOR_TESTS, &dependency.name));
            if !may {
                broken.push(format!("{} may not use {}", package.name, dependency.name));
            }
        }
    }
    assert_none("imports against the floors", &broken);
}

#[test]
fn weighty_crates_stay_where_they_belong() {
    let mut broken = Vec::new();
    for package in &metadata().packages {
        for dependency in &package.dependencies {
            let in_tests = dependency.kind == DependencyKind::Development;
            let reserved = RESERVED.iter().filter(|reserved| is(reserved.name, &dependency.name));
            for reserved in reserved.filter(|reserved| !(in_tests && reserved.free_in_tests)) {
                if !any(reserved.users, &package.name) {
                    broken.push(format!(
                        "{} may not use {}: {}",
                        package.name, dependency.name, reserved.why
                    ));
                }
            }
        }
    }
    assert_none("foreign crates in the wrong place", &broken);
}

#[test]
fn members_take_lints_and_versions_from_the_workspace() {
    let mut broken = Vec::new();
    for package in &metadata().packages {
        let manifest: toml::Table = fs::read_to_string(&package.manifest_path).unwrap().parse().unwrap();
        if !inherits(manifest.get("lints")) {
            broken.push(format!("{}: [lints] workspace = true is missing", package.name));
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !inherits(manifest["package"].get(key)) {
                broken.push(format!("{}: package.{key} is not the workspace's", package.name));
            }
        }
        for (name, dependency) in dependency_tables(&manifest).into_iter().flatten() {
            if !inherits(Some(dependency)) {
                broken.push(format!("{}: {name} is not {name}.workspace = true", package.name));
            }
        }
    }
    assert_none("members that differ from the workspace", &broken);
}

fn inherits(value: Option<&toml::Value>) -> bool {
    value
        .and_then(|value| value.get("workspace"))
        .and_then(toml::Value::as_bool)
        == Some(true)
}

/// `[dependencies]` and its sisters, also those under `[target.'…']`.
fn dependency_tables(manifest: &toml::Table) -> Vec<&toml::Table> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let places = targets
        .into_iter()
        .flat_map(toml::Table::values)
        .filter_map(toml::Value::as_table);
    std::iter::once(manifest)
        .chain(places)
        .flat_map(|place| ["dependencies", "dev-dependencies", "build-dependencies"].map(|name| place.get(name)))
        .filter_map(|table| table?.as_table())
        .collect()
}

/// The modules of `core`, from the top down: each may import those that stand after it, so there is no circle.
const CORE: [&str; 19] = [
    "manage",
    "flow",
    "probe",
    "deliverer",
    "provider",
    "store",
    "sheet",
    "model",
    "oidc",
    "password",
    "totp",
    "network",
    "ids",
    "clock",
    "secret",
    "error",
    "text",
    "words",
    "lib",
];

#[test]
fn modules_of_core_import_downwards_only() {
    let mut broken = Vec::new();
    let mut sources = BTreeMap::new();
    let top = root().join("crates/core/src");
    read_sources(&top, &mut sources);
    assert!(sources.len() > CORE.len(), "the sources of core were not found");
    let rank = |module: &str| CORE.iter().position(|known| *known == module);
    for (path, source) in &sources {
        let place = path.strip_prefix(&top).unwrap();
        let module = place
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let Some(own) = rank(module) else {
            broken.push(format!("{module} stands on no floor: give it a place in CORE"));
            continue;
        };
        for imported in imported_modules(source) {
            match rank(&imported) {
                Some(other) if other >= own => {}
                Some(_) => broken.push(format!("{}: {module} may not use {imported}", place.display())),
                None => broken.push(format!("{}: crate::{imported} is no module", place.display())),
            }
        }
        if source.contains("super::super::") {
            broken.push(format!("{}: say crate:: instead of super::super::", place.display()));
        }
    }
    assert_none("imports against the floors inside core", &broken);
}

fn read_sources(folder: &Path, into: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            into.insert(path, without_tests_and_comments(&source));
        }
    }
}

/// Tests stand at the end of a file and may use anything; a comment may speak of anything.
fn without_tests_and_comments(source: &str) -> String {
    let code = source.lines().take_while(|line| *line != "#[cfg(test)]");
    code.map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first names of all `crate::a::…` and `crate::{a::…, b}`.
fn imported_modules(source: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (start, prefix) in source.match_indices("crate::") {
        let rest = &source[start + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => modules.extend(first_names(group)),
            None => modules.push(first_name(rest)),
        }
    }
    modules
}

fn first_name(path: &str) -> String {
    path.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// The first name of each path of a group, up to the brace that closes it.
fn first_names(group: &str) -> Vec<String> {
    let (mut depth, mut expected, mut names) = (0_usize, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            '{' => depth += 1,
            ',' if depth == 0 => expected = true,
            c if expected && !c.is_whitespace() => {
                names.push(first_name(&group[at..]));
                expected = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn the_scan_finds_every_way_to_import() {
    let source =
        "use crate::model::{A, B};\nuse crate::{\n    ids::{X, Y},\n    text,\n};\nlet a: crate::error::Class;\n";
    assert_eq!(imported_modules(source), ["model", "ids", "text", "error"]);
    let source =
        "//! See [`crate::flow`].\nuse crate::ids; // crate::store\n#[cfg(test)]\nmod tests { use crate::flow; }\n";
    assert_eq!(imported_modules(&without_tests_and_comments(source)), ["ids"]);
}

/// The documents that name tests as proofs. One that does not exist names none.
const RECORDS: [&str; 3] = ["security.md", "security-checklists.md", "conformance.md"];

/// Each test that a record names, written `` `file::function` ``, is there: `file` is the name of its file without `.rs`,
/// or of its folder for `mod.rs` and `tests.rs`.
#[test]
fn every_test_that_the_records_name_exists() {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for top in ["crates", "tests", "migrations"] {
        rust_files(&root().join(top), &mut |path| {
            let source = fs::read_to_string(path).unwrap();
            known.entry(name_of(path)).or_default().push_str(&source);
        });
    }
    let (mut broken, mut found) = (Vec::new(), 0);
    for record in RECORDS {
        let Ok(text) = fs::read_to_string(root().join("docs").join(record)) else {
            continue;
        };
        for (file, function) in named_tests(&text) {
            found += 1;
            if !known.get(file).is_some_and(|source| has_test(source, function)) {
                broken.push(format!("docs/{record}: {file}::{function}"));
            }
        }
    }
    assert_none("tests that are named and do not exist", &broken);
    assert!(found > 100, "the records were read: {found}");
}

fn rust_files(folder: &Path, take: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_built = path
            .file_name()
            .is_some_and(|name| name == "target" || name == "node_modules");
        if path.is_dir() && !is_built {
            rust_files(&path, take);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            take(&path);
        }
    }
}

/// What a record calls the file.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
    if stem == "mod" || stem == "tests" {
        let folder = path.parent().and_then(Path::file_name).unwrap();
        return folder.to_string_lossy().into_owned();
    }
    stem
}

/// `` `file::function` `` and nothing else between the backticks.
fn named_tests(text: &str) -> Vec<(&str, &str)> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
    };
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .filter(|(file, function)| is_name(file) && is_name(function))
        .collect()
}

/// A function with a test's attribute, a story or a case of a contract (told on an engine, run on a bench), or a property.
fn has_test(source: &str, function: &str) -> bool {
    let lines: Vec<&str> = source.lines().collect();
    lines.iter().enumerate().any(|(at, line)| {
        let Some((before, after)) = line.split_once(&format!("fn {function}(")) else {
            return false;
        };
        let attributes = lines[..at].iter().rev().map(|line| line.trim_start());
        let mut attributes = attributes.take_while(|line| line.starts_with("#[") || line.starts_with("///"));
        let is_marked = attributes.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
        let is_told = ["engine: Engine", "bench: &dyn Bench"]
            .iter()
            .any(|told| after.starts_with(told));
        let is_property = source.contains("proptest!") && before.trim().is_empty();
        is_marked || is_told || is_property
    })
}

#[test]
fn the_search_for_tests_finds_tests_alone() {
    let source = "#[test]\nfn one() {}\nfn two() {}\n/// Told.\n#[tokio::test(flavor = \"x\")]\nasync fn three() {}\n\
                  pub(crate) async fn four(engine: Engine) {}\npub async fn five(bench: &dyn Bench) {}\n";
    let found: Vec<_> = ["one", "two", "three", "four", "five", "six"]
        .into_iter()
        .filter(|name| has_test(source, name))
        .collect();
    assert_eq!(found, ["one", "three", "four", "five"]);
    assert!(has_test("proptest! {\n    #[test]\n    fn six(a in 0..1) {}\n}", "six"));
    let text = "`a::b` and `c::D`, `e.rs`, `f::g_1`; `GET /x`";
    assert_eq!(named_tests(text), [("a", "b"), ("f", "g_1")]);
    assert_eq!(name_of(Path::new("crates/web/src/limits/tests.rs")), "limits");
    assert_eq!(name_of(Path::new("tests/tests/stories/attacks.rs")), "attacks");
}
