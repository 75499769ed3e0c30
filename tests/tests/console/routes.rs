//! The routes of the console, read from its sources: a new page is in the generated tests without being named there.

use std::fs;
use std::path::{Path, PathBuf};

/// One route and one method.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    /// `get` or `post`.
    pub(crate) method: String,
    /// With `{parameters}`.
    pub(crate) path: String,
}

fn sources(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every route of every page.
pub(crate) fn all() -> Vec<Route> {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/admin/src/pages"),
        &mut files,
    );
    let mut routes = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for declared in source.split(".route(").skip(1) {
            let Some(path) = declared.split('"').nth(1).filter(|path| path.starts_with("/admin")) else {
                panic!("{}: a route whose path is no literal: {declared:.80}", file.display());
            };
            // Up to the parenthesis that closes `.route(`.
            let mut depth = 1;
            let end = declared.find(|c| {
                depth += match c {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                depth == 0
            });
            let handlers = &declared[..end.unwrap_or(declared.len())];
            if path.contains("{*") {
                continue;
            }
            for method in ["get", "post"] {
                if [format!("{method}("), format!(" {method}("), format!(".{method}(")]
                    .iter()
                    .any(|call| handlers.contains(call.as_str()))
                {
                    routes.push(Route {
                        method: method.to_owned(),
                        path: path.to_owned(),
                    });
                }
            }
        }
    }
    routes.sort();
    routes.dedup();
    routes
}
