//! Words for people: what a reader of JSON or TOML says of a file, and roles in a sentence.
//!
//! What does not belong here: where in the file it is ([`crate::error::Position`]).

use apdu_spec::certificate::Role;
use serde_json::error::Category;

/// What is wrong with a JSON text, without the place.
#[must_use]
pub fn json(error: &serde_json::Error) -> String {
    let full = error.to_string();
    let cause = full
        .rsplit_once(" at line ")
        .map_or(full.as_str(), |(cause, _)| cause);
    match error.classify() {
        Category::Eof => "the file ends here, before it is complete".into(),
        Category::Syntax => format!("not JSON: {cause}"),
        Category::Data | Category::Io => kinds(cause),
    }
}

/// "invalid type: string "x", expected u32" as "a whole number from 0 to 4294967295 belongs
/// here, not the text "x"".
#[must_use]
pub fn kinds(cause: &str) -> String {
    if let Some(words) = names(cause) {
        return words;
    }
    let Some((found, expected)) = cause
        .strip_prefix("invalid type: ")
        .or_else(|| cause.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return cause.to_owned();
    };
    let belongs = match expected {
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object with named fields",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number of 0 or more",
        "i32" | "i64" => "a whole number",
        other if other.starts_with("struct ") => "an object with named fields",
        other => other,
    };
    let there = match found.split_once(' ').unwrap_or((found, "")) {
        ("string", text) => format!("the text {text}"),
        ("integer" | "float" | "floating", number) => {
            format!(
                "the number {}",
                number.trim_start_matches("point ").replace('`', "")
            )
        }
        ("boolean", value) => value.replace('`', ""),
        ("sequence", _) => "a list".into(),
        ("map", _) => "an object with named fields".into(),
        ("null" | "unit", _) => "nothing".into(),
        _ => found.to_owned(),
    };
    format!("{belongs} belongs here, not {there}")
}

/// What is wrong with the name of a field or of a choice: "unknown field `x`, expected `a` or `b`" as "no field is called
/// "x" here; there are: a, b".
fn names(cause: &str) -> Option<String> {
    let mut quoted = cause.split('`').skip(1).step_by(2);
    let name = quoted.next()?;
    let known: Vec<&str> = quoted.collect();
    let known = known.join(", ");
    Some(match cause.split('`').next()? {
        "missing field " => format!("the field \"{name}\" is missing"),
        "duplicate field " => format!("the field \"{name}\" stands here twice"),
        "unknown field " if known.is_empty() => format!("no field is called \"{name}\" here"),
        "unknown field " => format!("no field is called \"{name}\" here; there are: {known}"),
        "unknown variant " => format!("\"{name}\" is none of: {known}"),
        _ => return None,
    })
}

/// A role as a sentence has it: `an issuer`.
#[must_use]
pub fn with_article(role: Role) -> String {
    let article = match role {
        Role::Issuer | Role::IssuerRegistrar => "an",
        Role::DataRegistrar | Role::Provider | Role::Card | Role::DataCertifier => "a",
    };
    format!("{article} {role}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Losing this shows the notation of a programming language to whoever made a slip in a file.
    #[test]
    fn slips_are_told_without_the_words_of_a_programmer() {
        for (text, words) in [
            ("{\"a\": ", "the file ends here, before it is complete"),
            ("{\"a\"; 1}", "not JSON: expected `:`"),
            (
                "{\"a\": \"x\"}",
                "a whole number from 0 to 65535 belongs here, not the text \"x\"",
            ),
            (
                "{\"a\": 1.5}",
                "a whole number from 0 to 65535 belongs here, not the number 1.5",
            ),
            (
                "{\"a\": -1}",
                "a whole number from 0 to 65535 belongs here, not the number -1",
            ),
            (
                "{\"a\": []}",
                "a whole number from 0 to 65535 belongs here, not a list",
            ),
            (
                "{\"a\": {}}",
                "a whole number from 0 to 65535 belongs here, not an object with named fields",
            ),
            (
                "{\"a\": null}",
                "a whole number from 0 to 65535 belongs here, not nothing",
            ),
            (
                "{\"a\": true}",
                "a whole number from 0 to 65535 belongs here, not true",
            ),
            ("[]", "an object with named fields belongs here, not a list"),
        ] {
            let error = serde_json::from_str::<BTreeMap<String, u16>>(text).unwrap_err();
            assert_eq!(json(&error), words, "{text}");
        }
        for (cause, words) in [
            ("missing field `rc`", "the field \"rc\" is missing"),
            ("duplicate field `rc`", "the field \"rc\" stands here twice"),
            (
                "unknown field `x`, expected `rc` or `sr`",
                "no field is called \"x\" here; there are: rc, sr",
            ),
            (
                "unknown field `x`, there are no fields",
                "no field is called \"x\" here",
            ),
            (
                "unknown variant `x`, expected one of `keep`, `reset`, `remove`",
                "\"x\" is none of: keep, reset, remove",
            ),
            ("recursion limit exceeded", "recursion limit exceeded"),
        ] {
            assert_eq!(kinds(cause), words);
        }
    }
}
