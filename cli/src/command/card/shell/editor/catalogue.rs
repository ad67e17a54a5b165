//! What can be typed here: commands, options, files of the card and of this computer, variables.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use clap::{Arg, Command, CommandFactory, ValueHint};
use host::card::{FilePath, Listed};
use reedline::{Completer, CompletionResult, Span, Suggestion};

use super::super::grammar::Line;
use super::super::line::Variables;
use super::super::place::{self, NAMED};
use crate::arguments::Arguments;
use crate::page::printable;

/// What is known of the card, as of the last prompt.
#[derive(Default)]
pub(in super::super) struct Catalogue {
    here: FilePath,
    applications: Vec<Listed>,
    /// File ids in the folders that were looked at, by their paths.
    folders: BTreeMap<String, Vec<u16>>,
    variables: Vec<String>,
}

/// Shared by the shell, which learns, and the line editor, which asks.
pub(in super::super) type SharedCatalogue = Arc<Mutex<Catalogue>>;

impl Catalogue {
    pub(in super::super) fn applications(&mut self, applications: &[Listed]) {
        self.applications = applications.to_vec();
    }

    pub(in super::super) fn folder(&mut self, path: &FilePath, ids: &[u16]) {
        self.folders.insert(path.to_string(), ids.to_vec());
    }

    pub(in super::super) fn here(&mut self, here: &FilePath, variables: &Variables) {
        self.here = here.clone();
        self.variables = variables.keys().cloned().collect();
    }

    /// Whatever may stand for the word that begins with `typed`, in the place of `before`.
    fn suggest(&self, before: &[&str], typed: &str) -> Vec<(String, String)> {
        if let Some(name) = typed.strip_prefix('$') {
            let names = self.variables.iter().filter(|each| each.starts_with(name));
            return names.map(|each| (format!("${each}"), String::new())).collect();
        }
        let all = Line::command();
        match before {
            ["help"] => commands(&all, typed),
            ["symbolon", words @ ..] => {
                let mut program = Arguments::command();
                // Only then the commands have the options that all of them take.
                program.build();
                match words {
                    ["help", words @ ..] => commands(innermost(&program, words).0, typed),
                    words => self.words_of(&program, words, typed),
                }
            }
            words => self.words_of(&all, words, typed),
        }
    }

    /// Whatever may follow `words`, the first of which are commands of `all`.
    fn words_of(&self, all: &Command, words: &[&str], typed: &str) -> Vec<(String, String)> {
        let (command, words) = innermost(all, words);
        if command.has_subcommands()
            && words.iter().all(|word| word.starts_with('-'))
            && !typed.starts_with('-')
        {
            return commands(command, typed);
        }
        if typed.starts_with('-') {
            let options = command.get_arguments().filter_map(|argument| {
                let name = format!("--{}", argument.get_long()?);
                Some((
                    name,
                    argument.get_help().map(ToString::to_string).unwrap_or_default(),
                ))
            });
            return options.filter(|(name, _)| name.starts_with(typed)).collect();
        }
        match argument(command, words) {
            Some(argument) => self.values(argument, typed),
            None => Vec::new(),
        }
    }

    fn values(&self, argument: &Arg, typed: &str) -> Vec<(String, String)> {
        let fixed = argument.get_possible_values();
        if !fixed.is_empty() {
            let words = fixed.iter().map(|value| {
                let help = value.get_help().map(ToString::to_string);
                (value.get_name().to_owned(), help.unwrap_or_default())
            });
            return words.filter(|(word, _)| word.starts_with(typed)).collect();
        }
        let names = argument.get_value_names().unwrap_or_default();
        match names.first().map(|name| name.as_str()) {
            Some("PATH") => self.paths(typed),
            Some("PIN") => ["user", "consent", "81"]
                .iter()
                .filter(|name| name.starts_with(typed))
                .map(|name| ((*name).to_owned(), String::new()))
                .collect(),
            Some("TAG") => apdu_spec::data::TAGS
                .iter()
                .map(|(tag, words)| (format!("{tag:04X}"), (*words).to_owned()))
                .filter(|(tag, _)| tag.starts_with(&typed.to_ascii_uppercase()))
                .collect(),
            Some("FILE" | "DIR" | "CERTIFICATE" | "ROOT" | "TOML" | "SCRIPT") => local(typed),
            _ if matches!(argument.get_value_hint(), ValueHint::FilePath) => local(typed),
            _ => Vec::new(),
        }
    }

    fn paths(&self, typed: &str) -> Vec<(String, String)> {
        let (folder, part) = match typed.rsplit_once('/') {
            Some((folder, part)) => (format!("{folder}/"), part),
            None => (String::new(), typed),
        };
        let Ok(at) = place::find(&folder, &self.here, &self.applications) else {
            return Vec::new();
        };
        let begins =
            |text: &str| text.len() >= part.len() && text.to_lowercase().starts_with(&part.to_lowercase());
        let mut found: Vec<(String, String)> = Vec::new();
        for id in self.folders.get(&at.to_string()).into_iter().flatten() {
            found.push((format!("{id:04X}"), String::new()));
        }
        // Applications are reached from anywhere; the card's own files from the top.
        if folder.is_empty() || folder == "/" {
            for listed in &self.applications {
                let aid = listed.aid.to_string();
                let name = place::name(&listed.aid, &self.applications);
                let help = if name == aid {
                    listed.label.clone()
                } else {
                    aid.clone()
                };
                found.push((name.clone(), help));
                if !part.is_empty() && begins(&aid) && name != aid {
                    found.push((aid, listed.label.clone()));
                }
            }
            for (name, id) in NAMED {
                found.push((name.to_owned(), format!("{id:04X}")));
            }
        }
        found.retain(|(name, _)| begins(name));
        found
            .into_iter()
            .map(|(name, help)| (quoted(&format!("{folder}{name}")), printable(&help)))
            .collect()
    }
}

fn commands(all: &Command, typed: &str) -> Vec<(String, String)> {
    all.get_subcommands()
        .filter(|command| command.get_name().starts_with(typed))
        .map(|command| {
            let about = command.get_about().map(ToString::to_string);
            (command.get_name().to_owned(), about.unwrap_or_default())
        })
        .collect()
}

/// The command that the words lead to, and the words behind its name. Options that stand before a name have no values.
fn innermost<'a, 'w>(all: &'a Command, words: &'w [&'w str]) -> (&'a Command, &'w [&'w str]) {
    let (mut command, mut rest) = (all, words);
    let mut ahead = words;
    while let Some((word, more)) = ahead.split_first() {
        match command.find_subcommand(word) {
            Some(inner) => (command, rest) = (inner, more),
            None if word.starts_with('-') => {}
            None => break,
        }
        ahead = more;
    }
    (command, rest)
}

/// The argument that the next word would be.
fn argument<'a>(command: &'a Command, words: &[&str]) -> Option<&'a Arg> {
    let option = |word: &str| {
        let name = word.strip_prefix("--")?;
        let mut arguments = command.get_arguments();
        let found = arguments.find(|argument| argument.get_long() == Some(name))?;
        found.get_action().takes_values().then_some(found)
    };
    let mut position = 0;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word.starts_with('-') {
            if let Some(argument) = option(word)
                && words.next().is_none()
            {
                return Some(argument);
            }
        } else {
            position += 1;
        }
    }
    let positionals: Vec<&Arg> = command.get_positionals().collect();
    positionals.get(position).copied()
}

/// Files of this computer.
fn local(typed: &str) -> Vec<(String, String)> {
    let (folder, part) = match typed.rsplit_once('/') {
        Some((folder, part)) => (format!("{folder}/"), part),
        None => (String::new(), typed),
    };
    let place = if folder.is_empty() {
        Path::new(".")
    } else {
        Path::new(&folder)
    };
    let Ok(entries) = std::fs::read_dir(place) else {
        return Vec::new();
    };
    let mut found: Vec<(String, String)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let end = if entry.path().is_dir() { "/" } else { "" };
            let shown = name.starts_with(part) && (part.starts_with('.') || !name.starts_with('.'));
            shown.then(|| (quoted(&format!("{folder}{name}{end}")), String::new()))
        })
        .collect();
    found.sort();
    found
}

/// As it must be typed to be one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'' | '$' | '\\' | '#');
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{word}'")
    }
}

/// What reedline asks.
pub(super) struct Completion(pub(super) SharedCatalogue);

impl Completer for Completion {
    fn complete(&mut self, line: &str, position: usize) -> CompletionResult {
        let before = line.get(..position).unwrap_or(line);
        let start = start_of_word(before);
        let typed = before
            .get(start..)
            .unwrap_or_default()
            .trim_start_matches(['\'', '"']);
        let words: Vec<&str> = before
            .get(..start)
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let Ok(catalogue) = self.0.lock() else {
            return CompletionResult::fresh(Vec::new());
        };
        let suggestions: Vec<Suggestion> = catalogue
            .suggest(&words, typed)
            .into_iter()
            .map(|(value, description)| Suggestion {
                append_whitespace: !value.ends_with('/'),
                value,
                description: Some(description).filter(|text| !text.is_empty()),
                span: Span::new(start, position.min(line.len())),
                ..Suggestion::default()
            })
            .collect();
        CompletionResult::fresh(suggestions)
    }
}

/// Where the last word begins, quotes and all.
fn start_of_word(before: &str) -> usize {
    let mut start = 0;
    let mut quote = None;
    for (position, character) in before.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, blank) if blank.is_whitespace() => start = position + blank.len_utf8(),
            (None, _) => {}
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completion() -> Completion {
        let mut catalogue = Catalogue::default();
        catalogue.applications(&[
            Listed {
                aid: "F04E4F544553".parse().unwrap(),
                label: "Notes".into(),
                deactivated: false,
            },
            Listed {
                aid: "F04E4F54454C".parse().unwrap(),
                label: "My letter".into(),
                deactivated: false,
            },
        ]);
        let notes = FilePath::application("F04E4F544553".parse().unwrap());
        catalogue.folder(&notes, &[0x0101, 0x0102, 0x4F01]);
        catalogue.folder(&FilePath::master_file(), &[0x5F01]);
        catalogue.here(&notes, &[("data".to_owned(), String::new())].into());
        Completion(Arc::new(Mutex::new(catalogue)))
    }

    /// Losing this makes people type AIDs.
    #[test]
    fn what_can_be_typed_is_offered() {
        let mut completion = completion();
        for (line, offered) in [
            ("he", "hexdump help"),
            ("cat 01", "0101 0102"),
            ("cat ", "0101 0102 4F01 Notes 'My letter' EF.DIR EF.ATR EF.GDO"),
            ("cd n", "Notes"),
            ("cd f0", "F04E4F544553 F04E4F54454C"),
            ("cd 'My", "'My letter'"),
            ("cat /", "/5F01 /Notes '/My letter' /EF.DIR /EF.ATR /EF.GDO"),
            ("cat notes/4", "notes/4F01"),
            ("write --offset 1 01", "0101 0102"),
            ("write 0101 --o", "--offset"),
            ("verify u", "user"),
            ("trace o", "on off"),
            ("data 010f", "010F"),
            ("echo $d", "$data"),
            ("help tra", "trace"),
            ("nothing x", ""),
            ("cat nowhere/", ""),
            ("channel o", "open"),
            ("symbolon is", "issuer"),
            ("symbolon --json is", "issuer"),
            ("symbolon issuer re", "register renew release"),
            ("symbolon issuer renew --iss", "--issuer"),
            ("symbolon issuer renew --dry", "--dry-run"),
            ("symbolon --d", "--dry-run"),
            ("symbolon card verify-pin u", "user"),
            ("symbolon completion b", "bash"),
            ("symbolon help pa", "party package"),
            ("symbolon help card tr", "tree"),
            ("symbolon nothing ", ""),
        ] {
            let result = completion.complete(line, line.len());
            let values: Vec<&str> = result
                .suggestions()
                .iter()
                .map(|each| each.value.as_str())
                .collect();
            assert_eq!(values.join(" "), offered, "{line}");
        }
    }
}
