//! What the documents name is there: tests, functions, mutants and attacks in the threat model, paths and targets of make everywhere.
//!
//! What belongs here: names that a reader follows. That commands of `symbolon` can be typed as shown, the command's own tests see to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Where the tests of a suite begin: the file of its root, and the folder of its modules.
const SUITES: &[(&str, &str, &str)] = &[
    (
        "end_to_end",
        "tests/tests/end_to_end.rs",
        "tests/tests/end_to_end",
    ),
    ("card", "simulator/tests/card.rs", "simulator/tests/card"),
    ("files", "simulator/tests/files.rs", "simulator/tests/files"),
    ("model", "simulator/tests/model.rs", "simulator/tests/model"),
    (
        "protocol",
        "simulator/tests/protocol.rs",
        "simulator/tests/protocol",
    ),
    ("rules", "simulator/tests/rules.rs", "simulator/tests/rules"),
    ("store", "simulator/tests/store.rs", "simulator/tests/store"),
    ("trust", "simulator/tests/trust.rs", "simulator/tests/trust"),
    (
        "parties",
        "parties/tests/parties/main.rs",
        "parties/tests/parties",
    ),
    ("command", "cli/tests/command/main.rs", "cli/tests/command"),
    (
        "canonical",
        "apdu-spec/tests/canonical.rs",
        "apdu-spec/tests/canonical",
    ),
    ("vectors", "apdu-spec/tests/vectors.rs", "apdu-spec/tests/vectors"),
    ("apdu_spec", "apdu-spec/src/lib.rs", "apdu-spec/src"),
    ("host", "host/src/lib.rs", "host/src"),
];

/// Folders that hold what documents name by a path.
const FOLDERS: [&str; 10] = [
    "apdu-spec",
    "applet",
    "cli",
    "docs",
    "host",
    "packages",
    "parties",
    "simulator",
    "tests",
    ".ci",
];

fn text(path: impl AsRef<Path>) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between backquotes, outside fenced blocks.
fn quoted(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut quoted = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            quoted.extend(line.split('`').skip(1).step_by(2));
        }
    }
    quoted
}

/// The cells of every row of tables with these columns.
fn rows<'t>(text: &'t str, columns: &str) -> Vec<Vec<&'t str>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line == columns {
            inside = true;
        } else if !line.starts_with('|') {
            inside = false;
        } else if inside && !line.starts_with("|---") {
            let cells = line.trim_matches('|').split('|').map(str::trim);
            rows.push(cells.collect());
        }
    }
    rows
}

/// Whether a test of this name stands in the source of its suite.
fn is_test(name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    let [suite, modules @ .., test] = parts.as_slice() else {
        return false;
    };
    let Some((_, root, folder)) = SUITES.iter().find(|(name, ..)| name == suite) else {
        return false;
    };
    let file = match modules {
        [] => PathBuf::from(root),
        _ => Path::new(folder).join(modules.join("/")).with_extension("rs"),
    };
    let function = format!("fn {test}(");
    let Ok(source) = fs::read_to_string(Path::new(ROOT).join(file)) else {
        return in_file_of_parent(folder, modules, &function);
    };
    is_marked(&source, &function)
}

/// A module of tests at the end of its parent's file.
fn in_file_of_parent(folder: &str, modules: &[&str], function: &str) -> bool {
    let [parents @ .., "tests"] = modules else {
        return false;
    };
    let file = Path::new(folder).join(parents.join("/")).with_extension("rs");
    fs::read_to_string(Path::new(ROOT).join(file)).is_ok_and(|source| is_marked(&source, function))
}

/// Whether the function is there, and a test.
fn is_marked(source: &str, function: &str) -> bool {
    source.match_indices(function).any(|(place, _)| {
        let before: Vec<&str> = source[..place].trim_end().lines().rev().take(4).collect();
        before
            .iter()
            .take_while(|line| line.trim_start().starts_with("#["))
            .any(|line| line.trim() == "#[test]")
    })
}

/// The names of the faults of `make test-mutants`.
fn mutants() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(Path::new(ROOT).join("tests/mutants")).unwrap() {
        let list: toml::Table = toml::from_str(&text(entry.unwrap().path())).unwrap();
        let list = list["mutant"].as_array().unwrap().clone();
        names.extend(
            list.iter()
                .map(|mutant| mutant["name"].as_str().unwrap().to_owned()),
        );
    }
    names
}

/// The sources of the demonstration's attacks, one behind the other.
fn attacks(folder: &Path) -> String {
    let mut sources = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources.push_str(&attacks(&path));
        } else {
            sources.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    sources
}

/// The file of a defence: the applet's, unless the path begins with another folder.
fn defence(path: &str) -> String {
    let first = path.split('/').next().unwrap();
    if FOLDERS.contains(&first) {
        path.to_owned()
    } else {
        format!("applet/src/{path}")
    }
}

/// Losing this makes the threat model a promise that nobody keeps: a defence that moved, a test that is gone.
#[test]
fn the_threat_model_names_defences_and_tests_that_are_there() {
    let model = text("docs/threat-model.md");
    let rows = rows(&model, "| threat | defence | test | mutant |");
    assert!(rows.len() > 60, "{}", rows.len());
    let (mutants, attacks) = (mutants(), attacks(&Path::new(ROOT).join("cli/src/demo/attacks")));
    let mut missing = Vec::new();
    for row in &rows {
        let [threat, defences, tests, faults] = row.as_slice() else {
            panic!("{row:?}");
        };
        let mut functions = Vec::new();
        for name in quoted(defences) {
            if Path::new(name).extension().is_none() {
                functions.push(name);
                continue;
            }
            let source = fs::read_to_string(Path::new(ROOT).join(defence(name))).unwrap_or_default();
            if source.is_empty() {
                missing.push(format!("{threat}: file {name}"));
            }
            for function in functions.drain(..) {
                if !["(", "<"]
                    .iter()
                    .any(|end| source.contains(&format!("fn {function}{end}")))
                {
                    missing.push(format!("{threat}: {function} in {name}"));
                }
            }
        }
        let named = quoted(tests);
        let played: Vec<&str> = tests.split("attack \"").skip(1).collect();
        if named.is_empty() && played.is_empty() {
            missing.push(format!("{threat}: no test"));
        }
        for test in named.iter().filter(|test| !is_test(test)) {
            missing.push(format!("{threat}: test {test}"));
        }
        for attack in played {
            let attack = attack.split('"').next().unwrap();
            if !attacks.contains(&format!("\"{attack}\",")) {
                missing.push(format!("{threat}: attack {attack}"));
            }
        }
        for mutant in faults.split(';').map(str::trim).filter(|name| *name != "-") {
            if !mutants.contains(mutant) {
                missing.push(format!("{threat}: mutant {mutant}"));
            }
        }
    }
    // And those that the text around the tables names.
    for test in quoted(&model) {
        if test.contains("::") && !test.contains("suite") && !is_test(test) {
            missing.push(format!("test {test}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Every document that a reader of the repository is meant to read.
fn documents() -> Vec<String> {
    let mut documents: Vec<String> = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
        .map(str::to_owned)
        .to_vec();
    for folder in ["docs", "docs/decisions"] {
        for entry in fs::read_dir(Path::new(ROOT).join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                documents.push(format!("{folder}/{name}"));
            }
        }
    }
    documents
}

/// Losing this sends a reader to a file that is not there.
#[test]
fn every_path_in_a_document_is_there() {
    let mut missing = Vec::new();
    let mut followed = 0;
    for document in documents() {
        let text = text(&document);
        let here = Path::new(&document).parent().unwrap().to_owned();
        let links = text
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            followed += 1;
            let file = link.split('#').next().unwrap();
            if !Path::new(ROOT).join(&here).join(file).exists() {
                missing.push(format!("{document}: link {link}"));
            }
        }
        for name in quoted(&text) {
            let first = name.split('/').next().unwrap();
            let path = FOLDERS.contains(&first) && name.contains('/');
            if !path || name.contains([' ', '*', '<', '{']) {
                continue;
            }
            followed += 1;
            if !Path::new(ROOT).join(name).exists() {
                missing.push(format!("{document}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(followed > 40, "{followed}");
}

/// Losing this has a newcomer type a target that make does not know.
#[test]
fn every_target_of_make_in_a_document_is_there() {
    let makefile = text("Makefile");
    let mut shown = 0;
    for document in documents() {
        let text = text(&document);
        let typed = text.lines().filter_map(|line| line.strip_prefix("make "));
        let quoted = quoted(&text);
        let quoted = quoted.iter().filter_map(|name| name.strip_prefix("make "));
        for target in typed.chain(quoted) {
            let target = target.split([' ', '#']).next().unwrap();
            if target.is_empty() {
                continue;
            }
            shown += 1;
            assert!(
                makefile.contains(&format!("\n{target}:")),
                "{document}: make {target}"
            );
        }
    }
    assert!(shown > 10, "{shown}");
}
