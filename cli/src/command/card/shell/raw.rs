//! APDUs by hand, and what scripts are made of: apdu, put-data, random, set, expect.

use std::path::Path;

use apdu_spec::apdu::CommandApdu;
use apdu_spec::status::Status;
use host::card::Session;
use host::connection::Request;
use host::explain::{Explainer, is_secret, status_words};
use zeroize::Zeroizing;

use super::line::is_name;
use super::look::tag_of;
use super::state::State;
use crate::failure::{Class, Failure, Result};
use crate::page::Page;
use crate::secret::secret_line;

/// What the shell itself sets.
const OWN: [&str; 3] = ["data", "sw", "path"];

impl State {
    /// Sends an APDU; chains and 61xx are the card library's matter.
    pub(super) fn apdu(
        &mut self,
        session: &mut Session<'_>,
        words: &[String],
        page: &mut Page,
    ) -> Result<()> {
        let step = "send the APDU";
        let text = Zeroizing::new(words.concat());
        let bytes = Zeroizing::new(bytes_of(step, &text)?);
        let apdu = CommandApdu::parse(&bytes).map_err(|error| {
            Failure::usage(
                step,
                error.to_string(),
                "Write CLA INS P1 P2, then Lc and data, then Le: 00 A4 00 04 02 3F00 00.",
            )
        })?;
        let mut explainer = Explainer::default();
        explainer.command(&bytes, false, 0);
        let header = apdu.header();
        let request = Request::new("APDU", apdu);
        let request = if is_secret(&header) {
            request.secret()
        } else {
            request
        };
        session.connection().set_step(step);
        let reply = session.connection().send(&request)?;
        let status = reply.status;
        self.last.data = reply.data.to_vec();
        self.last.status = status;
        let mut wire = self.last.data.clone();
        wire.extend_from_slice(&status.0.to_be_bytes());
        if let Some(exchange) = explainer.reply(&wire, 0) {
            page.text(exchange.to_string());
        }
        if !self.last.data.is_empty() && !is_secret(&header) {
            page.text(format!("  = {}", hex::encode_upper(&self.last.data)));
        }
        let warning = matches!(status.0 >> 8, 0x62);
        if status.is_success() || warning {
            return Ok(());
        }
        // What came is shown before it is judged.
        let shown = std::mem::take(page);
        self.say(&shown);
        let failure = Failure::usage(
            step,
            format!("the card answered {:04X}: {}", status.0, status_words(status)),
            "Look at what the command needs; \"stat\" shows access rules, \"data 010F\" the reason of a refusal.",
        );
        Err(Failure {
            class: Class::Refused,
            party: Some("card".into()),
            status: Some(status),
            ..failure
        })
    }

    pub(super) fn put_data(
        &mut self,
        session: &mut Session<'_>,
        tag: &str,
        value: Option<&str>,
        file: Option<&Path>,
        page: &mut Page,
    ) -> Result<()> {
        let tag = tag_of(tag)?;
        let step = format!("write data object {tag:04X}");
        let value = match (apdu_spec::data::is_secret(tag), value) {
            (true, Some(_)) => {
                return Err(Failure::usage(
                    step,
                    "this is a secret, and never part of a line",
                    "Leave it away and type it when asked, or give --file FILE.",
                ));
            }
            (true, None) => {
                let text = secret_line(&step, "secret", file)?;
                Zeroizing::new(text.as_bytes().to_vec())
            }
            (false, Some(text)) => Zeroizing::new(bytes_of(&step, text)?),
            (false, None) => {
                return Err(Failure::usage(
                    step,
                    "the value is missing",
                    "Write it in hexadecimal behind the tag.",
                ));
            }
        };
        session.put_data_object(tag, &value)?;
        page.done(format!("Data object {tag:04X} is written."));
        Ok(())
    }

    pub(super) fn random(&mut self, session: &mut Session<'_>, length: usize, page: &mut Page) -> Result<()> {
        let random = session.challenge(length)?;
        page.text(hex::encode_upper(&random));
        self.last.data = random;
        Ok(())
    }

    pub(super) fn set(&mut self, name: Option<String>, value: Option<String>, page: &mut Page) -> Result<()> {
        let Some(name) = name else {
            let rows = self
                .variables
                .iter()
                .map(|(name, value)| vec![name.clone(), value.clone()]);
            page.table(&["name", "value"], rows.collect(), "");
            return Ok(());
        };
        let step = format!("set {name}");
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(Failure::usage(
                step,
                "this is no name",
                "Use letters, digits and _.",
            ));
        }
        if OWN.contains(&name.as_str()) {
            return Err(Failure::usage(
                step,
                "the shell sets this itself",
                "Choose another name; data, sw and path are what the last command left.",
            ));
        }
        match value {
            Some(value) => {
                self.variables.insert(name, value);
            }
            None => {
                self.variables.remove(&name);
            }
        }
        Ok(())
    }

    /// Compares what the last command gave with what a script wants.
    pub(super) fn expect(&self, status: &str, pattern: Option<&str>, text: Option<&str>) -> Result<()> {
        let step = "expect";
        let wrong = |problem: String| Failure::usage(step, problem, "Type \"help expect\".");
        let mut found = false;
        for one in status.split('|') {
            found |= matches_status(one, self.last.status)
                .ok_or_else(|| wrong(format!("{one:?} is no status word: write four digits, x for any")))?;
        }
        let unlike = |message: String| Failure {
            class: Class::Refused,
            ..Failure::usage(
                step,
                message,
                "Look at the command before: it did not do what the script wants.",
            )
        };
        if !found {
            let actual = self.last.status;
            return Err(unlike(format!(
                "{status} was wanted, and {:04X} came: {}",
                actual.0,
                status_words(actual)
            )));
        }
        if let Some(pattern) = pattern {
            let data = hex::encode_upper(&self.last.data);
            let plain = |c: char| c.is_ascii_hexdigit() || matches!(c, 'x' | 'X' | '*');
            if !pattern.chars().all(plain) {
                return Err(wrong(format!(
                    "{pattern:?} is no pattern: write hexadecimal digits, x and *"
                )));
            }
            if !matches_digits(pattern.as_bytes(), data.as_bytes()) {
                return Err(unlike(format!(
                    "data like {pattern} was wanted, and this came: {data}"
                )));
            }
        }
        match text {
            Some(text) if !contains(&self.last.data, text.as_bytes()) => Err(unlike(format!(
                "the text {text:?} was wanted, and is not in {}",
                hex::encode_upper(&self.last.data)
            ))),
            _ => Ok(()),
        }
    }
}

/// Bytes in hexadecimal, as they are typed.
///
/// # Errors
/// When they are anything else; what was typed is not repeated.
pub(super) fn bytes_of(step: &str, text: &str) -> Result<Vec<u8>> {
    let digits = Zeroizing::new(text.chars().filter(|c| !c.is_whitespace()).collect::<String>());
    hex::decode(digits.as_str()).map_err(|_| {
        Failure::usage(
            step,
            "these are no bytes in hexadecimal",
            "Write two hexadecimal digits for each byte.",
        )
    })
}

/// Whether a status word is like `9000`, `63Cx`; `None` if that is no pattern.
fn matches_status(pattern: &str, status: Status) -> Option<bool> {
    let any = |c: char| c.eq_ignore_ascii_case(&'x');
    if pattern.len() != 4 || !pattern.chars().all(|c| c.is_ascii_hexdigit() || any(c)) {
        return None;
    }
    let actual = format!("{:04X}", status.0);
    Some(
        pattern
            .chars()
            .zip(actual.chars())
            .all(|(wanted, digit)| any(wanted) || wanted.eq_ignore_ascii_case(&digit)),
    )
}

/// `x` is any digit, `*` any digits. Without going back more than to the last `*`, so that no pattern takes long.
fn matches_digits(pattern: &[u8], digits: &[u8]) -> bool {
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&digit) = digits.get(position) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(wanted) if wanted.eq_ignore_ascii_case(&b'x') || wanted.eq_ignore_ascii_case(&digit) => {
                at += 1;
                position += 1;
            }
            _ => match star {
                Some((star_at, from)) => {
                    star = Some((star_at, from + 1));
                    at = star_at + 1;
                    position = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at..)
        .unwrap_or_default()
        .iter()
        .all(|rest| *rest == b'*')
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this lets a script pass on a card that answers something else.
    #[test]
    fn patterns_match_what_they_say() {
        for (pattern, word, like) in [
            ("9000", 0x9000, true),
            ("63Cx", 0x63C2, true),
            ("63cx", 0x6300, false),
            ("xxxx", 0x6A82, true),
            ("6982", 0x6983, false),
        ] {
            assert_eq!(
                matches_status(pattern, Status(word)),
                Some(like),
                "{pattern} {word:04X}"
            );
        }
        for wrong in ["900", "90000", "9g00", ""] {
            assert_eq!(matches_status(wrong, Status(0x9000)), None);
        }
        for (pattern, digits, like) in [
            ("", "", true),
            ("", "00", false),
            ("*", "", true),
            ("6F*", "6F1062", true),
            ("*10*", "6F1062", true),
            ("*11*", "6F1062", false),
            ("6x10xx", "6F1062", true),
            ("6x10x", "6F1062", false),
            ("*62", "62626F62", true),
            ("*62*6F", "62626F62", false),
        ] {
            assert_eq!(
                matches_digits(pattern.as_bytes(), digits.as_bytes()),
                like,
                "{pattern} {digits}"
            );
        }
        assert!(contains(b"abc", b"bc") && contains(b"", b"") && !contains(b"abc", b"cd"));
    }
}
