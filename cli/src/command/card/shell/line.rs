//! A line of the shell: words, quotes, variables, comments, and whether a secret is in it.
//!
//! `'...'` is taken as it stands; inside `"..."` and outside quotes `$name`, `${name}` and `${name:FIRST:LENGTH}` are
//! replaced, the last by that many bytes of a value in hexadecimal; `\` takes the next character as it is. What follows a
//! `#` at the start of a word is a comment.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use apdu_spec::apdu::Header;
use host::explain::is_secret;
use zeroize::Zeroizing;

/// Variables by their names.
pub(super) type Variables = BTreeMap<String, String>;

/// Why a line cannot be understood, in one sentence without full stop.
pub(super) type Problem = String;

/// The words of a line, with variables replaced.
pub(super) fn words(line: &str, variables: &Variables) -> Result<Vec<String>, Problem> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '#' if word.is_none() => break,
            blank if blank.is_whitespace() => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some('\'') => break,
                        Some(inside) => word.push(inside),
                        None => return Err("a ' is not closed".into()),
                    }
                }
            }
            '"' => quoted(&mut rest, word.get_or_insert_default(), variables)?,
            other => plain(other, &mut rest, word.get_or_insert_default(), variables)?,
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(rest: &mut Peekable<Chars<'_>>, word: &mut String, variables: &Variables) -> Result<(), Problem> {
    loop {
        match rest.next() {
            Some('"') => return Ok(()),
            Some(inside) => plain(inside, rest, word, variables)?,
            None => return Err("a \" is not closed".into()),
        }
    }
}

fn plain(
    character: char,
    rest: &mut Peekable<Chars<'_>>,
    word: &mut String,
    variables: &Variables,
) -> Result<(), Problem> {
    match character {
        '\\' => word.push(rest.next().ok_or("the line ends with a \\")?),
        '$' => word.push_str(&value(rest, variables)?),
        other => word.push(other),
    }
    Ok(())
}

/// The value of the variable whose name comes next.
fn value(rest: &mut Peekable<Chars<'_>>, variables: &Variables) -> Result<String, Problem> {
    let braced = rest.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(character) = rest.next_if(|next| is_name(*next)) {
        name.push(character);
    }
    if name.is_empty() {
        return Err("a name is missing behind $; write \\$ for the character itself".into());
    }
    let mut part = None;
    if braced {
        let mut inside = String::new();
        loop {
            match rest.next() {
                Some('}') => break,
                Some(character) => inside.push(character),
                None => return Err("a { is not closed".into()),
            }
        }
        if !inside.is_empty() {
            part = Some(inside);
        }
    }
    let value = variables
        .get(&name)
        .ok_or_else(|| format!("there is no variable called {name}"))?;
    match part {
        None => Ok(value.clone()),
        Some(part) => slice(value, &part).ok_or_else(|| {
            format!("${{{name}{part}}} is no part of it: write ${{{name}:FIRST:LENGTH}}, in bytes")
        }),
    }
}

/// `:FIRST` or `:FIRST:LENGTH` of a value in hexadecimal.
fn slice(value: &str, part: &str) -> Option<String> {
    hex::decode(value).ok()?;
    let mut numbers = part.strip_prefix(':')?.splitn(2, ':');
    let first: usize = numbers.next()?.parse().ok()?;
    let from = first.checked_mul(2)?;
    let to = match numbers.next() {
        Some(length) => from.checked_add(length.parse::<usize>().ok()?.checked_mul(2)?)?,
        None => value.len(),
    };
    value.get(from..to).map(str::to_owned)
}

/// Whether a character can be in the name of a variable.
pub(super) const fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Whether the line may be kept or shown again: not if a PIN or key stands in it, or could, or it begins with a blank.
pub(super) fn may_be_kept(line: &str) -> bool {
    if line.starts_with(char::is_whitespace) {
        return false;
    }
    // Whatever the variables are: their names stand in the line, not their values.
    let words: Vec<&str> = line.split_whitespace().collect();
    let options = |words: &[&str]| words.iter().all(|word| word.starts_with("--"));
    match words.as_slice() {
        ["verify" | "change-pin" | "unblock", _, more @ ..] => options_with_files(more),
        ["put-data", tag, ..] => !is_secret_tag(tag),
        ["set", name, ..] => !is_secret_name(name),
        ["apdu", more @ ..] => may_show_apdu(&more.concat()),
        ["symbolon", more @ ..] => {
            options(more) || !more.iter().any(|word| is_secret_name(word) && word.contains('='))
        }
        _ => true,
    }
}

/// Options of PINs name files; anything else there was meant as a PIN.
fn options_with_files(words: &[&str]) -> bool {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--pin-file" | "--new-pin-file" | "--code-file" => drop(words.next()),
            option if option.starts_with("--") => {}
            _ => return false,
        }
    }
    true
}

fn is_secret_tag(tag: &str) -> bool {
    u16::from_str_radix(tag, 16).is_ok_and(apdu_spec::data::is_secret)
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pin", "puk", "code", "key", "secret", "pass"]
        .iter()
        .any(|part| name.contains(part))
}

/// Whether an APDU in hexadecimal may be seen. What is none yet but begins like one with a PIN may not.
pub(super) fn may_show_apdu(text: &str) -> bool {
    let digits = Zeroizing::new(
        text.chars()
            .filter(char::is_ascii_hexdigit)
            .take(8)
            .collect::<String>(),
    );
    match hex::decode(digits.as_str()).as_deref() {
        Ok(&[class, instruction, p1, p2]) => !is_secret(&Header {
            class,
            instruction,
            p1,
            p2,
        }),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        [("data", "00112233"), ("name", "my notes")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn words_are_what_a_shell_makes_of_a_line() {
        let split = |line| words(line, &variables());
        assert_eq!(split("cat  0102 # a comment").unwrap(), ["cat", "0102"]);
        assert_eq!(split("# all of it").unwrap(), Vec::<String>::new());
        assert_eq!(
            split("a#b 'c $name' \"d $name\"").unwrap(),
            ["a#b", "c $name", "d my notes"]
        );
        assert_eq!(
            split("echo \\$data '' $name").unwrap(),
            ["echo", "$data", "", "my notes"]
        );
        assert_eq!(split("x${data:1:2}y ${data:3}").unwrap(), ["x1122y", "33"]);
        for wrong in [
            "'a",
            "\"a",
            "a\\",
            "$",
            "$nothing",
            "${data",
            "${data:9}",
            "${data:1:9}",
            "${data:x}",
            "${name:1}",
        ] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }

    /// Losing this writes a PIN to the history file of somebody's disk.
    #[test]
    fn lines_with_secrets_are_not_kept() {
        for kept in [
            "verify user",
            "verify user --last-try",
            "verify 81 --pin-file pin.txt",
            "change-pin consent --pin-file a --new-pin-file b",
            "apdu 00A40004023F00",
            "apdu 00 B0 00 00 10",
            "set reader 1",
            "cat 2F00",
        ] {
            assert!(may_be_kept(kept), "{kept}");
        }
        for secret in [
            "verify user 1234",
            "verify user --last-try 1234",
            "change-pin user 1234 5678",
            "unblock consent 12345678",
            "apdu 0020000104 31323334",
            "apdu 00 20 00 01 04 31 32 33 34",
            "apdu 10240001083132333435363738",
            "apdu 00DA01230831323334",
            "put-data 0121 31323334",
            "set pin 1234",
            "set MyPassword x",
            " cat 2F00",
        ] {
            assert!(!may_be_kept(secret), "{secret}");
        }
    }
}
