//! What differs between two backups: every value by its name.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Backup;

/// The parts of a backup that can be compared, as they are typed.
pub const SECTIONS: [&str; 10] = [
    "identity",
    "state",
    "pins",
    "objects",
    "keys",
    "applications",
    "floors",
    "receipts",
    "files",
    "unread",
];

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The part of the backup.
    pub section: &'static str,
    /// Which value: a path, a tag, an AID, and what of it.
    pub name: String,
    /// What the first has; `None` if nothing.
    pub first: Option<String>,
    /// What the second has.
    pub second: Option<String>,
}

/// Every value in these sections that the two do not have in common, in the order of sections and names.
#[must_use]
pub fn differences(first: &Backup, second: &Backup, sections: &[&str]) -> Vec<Difference> {
    let (first, second) = (values(first), values(second));
    let mut found = Vec::new();
    for section in SECTIONS.into_iter().filter(|section| sections.contains(section)) {
        let (first, second) = (flat(&first, section), flat(&second, section));
        let mut names: Vec<&String> = first.keys().chain(second.keys()).collect();
        names.sort();
        names.dedup();
        found.extend(
            names
                .into_iter()
                .map(|name| Difference {
                    section,
                    name: name.clone(),
                    first: first.get(name).cloned(),
                    second: second.get(name).cloned(),
                })
                .filter(|difference| difference.first != difference.second),
        );
    }
    found
}

/// Our backups are plain structures: they always have a JSON form.
fn values(backup: &Backup) -> Value {
    serde_json::to_value(backup).unwrap_or_default()
}

fn flat(backup: &Value, section: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Some(value) = backup.get(section) {
        flatten(String::new(), value, &mut found);
    }
    found
}

fn flatten(name: String, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let name = match name.as_str() {
                    "" => field.clone(),
                    name => format!("{name} {field}"),
                };
                flatten(name, value, found);
            }
        }
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                flatten(format!("{name} {}", place + 1), value, found);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            found.insert(name, text.clone());
        }
        other => {
            found.insert(name, other.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(files: &str) -> Backup {
        let text = format!(
            r#"{{"kind":"card backup","schema":1,"made":"2026-11-21","identity":{{}},"state":{{"date":"x"}},"pins":{{}},
            "objects":{{}},"keys":{{}},"applications":{{}},"floors":{{}},"receipts":{{}},"complete":true,"unread":{{}},
            "files":{files}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    /// Losing this says that two cards are the same although one has a file more, or other content.
    #[test]
    fn every_value_counts_on_both_sides() {
        let file = |content: &str| {
            format!(r#"{{"kind":"file","access":"never","rules":"","size":1,"content":"{content}"}}"#)
        };
        let (one, two) = (
            backup(&format!(r#"{{"3F00/0101":{}}}"#, file("41"))),
            backup(&format!(
                r#"{{"3F00/0101":{},"3F00/0102":{}}}"#,
                file("42"),
                file("43")
            )),
        );
        let found = differences(&one, &two, &SECTIONS);
        let names: Vec<&str> = found.iter().map(|each| each.name.as_str()).collect();
        assert_eq!(names[0], "3F00/0101 content");
        assert!(names[1..].iter().all(|name| name.starts_with("3F00/0102 ")) && names.len() == 6);
        assert_eq!(
            (found[0].first.as_deref(), found[0].second.as_deref()),
            (Some("41"), Some("42"))
        );
        assert_eq!(differences(&two, &one, &SECTIONS).len(), found.len());
        assert!(differences(&one, &two, &["state"]).is_empty());
        assert!(differences(&one, &one, &SECTIONS).is_empty());
    }
}
