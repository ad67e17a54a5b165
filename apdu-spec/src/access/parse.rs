//! Reading access rules as text; the words are in `text`.

use core::fmt;

use super::form::{
    ALL, ALWAYS, ANY, AUTHENTICATION, NEVER, NOT, REFERENCE, ROLE, SECURE_MESSAGING, USAGE, USAGE_PIN,
    USAGE_ROLE, USAGE_SECURE_MESSAGING,
};
use super::text::{MODES, ROLES};
use super::{AccessRules, MODE};
use crate::limits::{RULE_DEPTH, RULE_MAX, RULES_PER_FILE};
use crate::reference::{LOCAL_FIRST, LOCAL_LAST};
use crate::tlv;

/// What is wrong with a rule as text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextError {
    /// Byte offset in the text.
    pub position: usize,
    /// What is wrong there.
    pub kind: TextErrorKind,
}

/// The kinds of [`TextError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextErrorKind {
    /// A mode was expected.
    Mode,
    /// A condition was expected.
    Condition,
    /// A PIN reference of one or two hexadecimal digits was expected.
    Pin,
    /// A key reference of one or two hexadecimal digits was expected.
    Key,
    /// A role was expected.
    Role,
    /// This character or word was expected.
    Expected(&'static str),
    /// Parentheses and `not` are nested too deeply to be a rule.
    TooDeep,
    /// The rule is longer than 64 bytes, or than the output.
    TooLong,
    /// Well written, but not a rule a card accepts.
    Invalid(tlv::Error),
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.position + 1;
        match self.kind {
            TextErrorKind::Mode => write!(f, "expected an access mode such as \"read\" at character {at}"),
            TextErrorKind::Condition => {
                write!(
                    f,
                    "expected a condition such as \"always\" or \"pin 81\" at character {at}"
                )
            }
            TextErrorKind::Pin => write!(
                f,
                "expected the number of a PIN at character {at}: 01 to 7F are the card's (01 is the user PIN), 81 to 8F \
                 the application's own"
            ),
            TextErrorKind::Key => write!(
                f,
                "expected the number of a key at character {at}: 81 to 8F are possible"
            ),
            TextErrorKind::Role => write!(f, "expected a role such as \"issuer\" at character {at}"),
            TextErrorKind::Expected(what) => write!(f, "expected \"{what}\" at character {at}"),
            TextErrorKind::TooDeep => write!(f, "nested too deeply at character {at}"),
            TextErrorKind::TooLong => write!(
                f,
                "rule too long at character {at}: {RULE_MAX} bytes are possible"
            ),
            TextErrorKind::Invalid(error) => match error.kind {
                tlv::ErrorKind::InvalidValue { tag: NOT | ANY | ALL } => write!(
                    f,
                    "not a rule that a card takes: \"not\" never stands before a PIN, key or role, and conditions stand at \
                     most {RULE_DEPTH} deep in one another"
                ),
                tlv::ErrorKind::TrailingBytes => {
                    write!(f, "more than {RULES_PER_FILE} parts with \";\" between them")
                }
                _ => write!(f, "not a rule that a card takes: {error}"),
            },
        }
    }
}

impl core::error::Error for TextError {}

/// Reads a rule as text and writes the value of its AB object to `out`; 64 bytes are always enough.
///
/// ```text
/// rules     = pair { ";" pair }                   nothing at all: no pairs
/// pair      = mode { "," mode } ":" condition
/// condition = all { "or" all }
/// all       = one { "and" one }
/// one       = "always" | "never" | "pin" HEX | "key" HEX | "role" ROLE | "secure-messaging" | "not" one | "(" condition ")"
/// ```
/// Modes: `read` (`delete-child`), `update` (`create-ef`, `change`, `generate`), `use` (`create-df`), `deactivate`,
/// `activate`, `terminate`, `delete`. Roles: `issuer-registrar`, `data-registrar`, `issuer`, `provider`, `card`,
/// `data-certifier`. `HEX` is a reference of a PIN or key of one or two hexadecimal digits. Words in either case. What
/// `Display` writes, this function turns into the same bytes.
///
/// # Errors
/// [`TextError`] with the place in `text`.
pub fn parse<'o>(text: &str, out: &'o mut [u8]) -> Result<AccessRules<'o>, TextError> {
    let mut parser = Parser {
        text,
        position: 0,
        out: heapless::Vec::new(),
    };
    let mut first = true;
    while parser.peek().is_some() {
        if !core::mem::take(&mut first) {
            parser.expect(";")?;
        }
        parser.pair()?;
    }
    let fits = out.get_mut(..parser.out.len());
    let written = fits.ok_or(TextError {
        position: text.len(),
        kind: TextErrorKind::TooLong,
    })?;
    written.copy_from_slice(&parser.out);
    AccessRules::new(written).map_err(|error| TextError {
        position: 0,
        kind: TextErrorKind::Invalid(error),
    })
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
    out: heapless::Vec<u8, RULE_MAX>,
}

/// Deeper than any rule, shallow enough for any stack.
const PARENTHESES: usize = 8;

impl<'t> Parser<'t> {
    /// The next word or punctuation mark, at `self.position`.
    fn peek(&mut self) -> Option<&'t str> {
        let rest = self.text.get(self.position..)?;
        let rest = rest.trim_ascii_start();
        self.position = self.text.len() - rest.len();
        let end = rest.find(|character: char| !(character.is_ascii_alphanumeric() || character == '-'));
        let length = match end {
            Some(0) => rest.chars().next()?.len_utf8(),
            Some(end) => end,
            None if rest.is_empty() => return None,
            None => rest.len(),
        };
        rest.get(..length)
    }

    fn take(&mut self) -> Option<&'t str> {
        let token = self.peek()?;
        self.position += token.len();
        Some(token)
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.eq_ignore_ascii_case(word));
        if found {
            self.position += word.len();
        }
        found
    }

    fn expect(&mut self, word: &'static str) -> Result<(), TextError> {
        if self.accept(word) {
            Ok(())
        } else {
            Err(self.error(TextErrorKind::Expected(word)))
        }
    }

    const fn error(&self, kind: TextErrorKind) -> TextError {
        TextError {
            position: self.position,
            kind,
        }
    }

    fn lookup(&mut self, table: &[(&str, u8)], kind: TextErrorKind) -> Result<u8, TextError> {
        let token = self.peek().unwrap_or_default();
        let found = table.iter().find(|entry| entry.0.eq_ignore_ascii_case(token));
        let value = found.ok_or_else(|| self.error(kind))?.1;
        self.position += token.len();
        Ok(value)
    }

    fn write(&mut self, tag: tlv::Tag, value: &[u8]) -> Result<(), TextError> {
        let at = self.out.len();
        self.out
            .extend_from_slice(value)
            .map_err(|_| self.error(TextErrorKind::TooLong))?;
        self.wrap(at, tag)
    }

    /// Makes what was written since `at` the value of an object `tag`.
    fn wrap(&mut self, at: usize, tag: tlv::Tag) -> Result<(), TextError> {
        let too_long = self.error(TextErrorKind::TooLong);
        let length = u8::try_from(self.out.len() - at).map_err(|_| too_long)?;
        self.out.insert(at, length).map_err(|_| too_long)?;
        let [high, low] = tag.0.to_be_bytes();
        self.out.insert(at, low).map_err(|_| too_long)?;
        if high != 0 {
            self.out.insert(at, high).map_err(|_| too_long)?;
        }
        Ok(())
    }

    fn pair(&mut self) -> Result<(), TextError> {
        let mut mode = self.lookup(&MODES, TextErrorKind::Mode)?;
        while self.accept(",") {
            mode |= self.lookup(&MODES, TextErrorKind::Mode)?;
        }
        self.expect(":")?;
        self.write(MODE, &[mode])?;
        self.condition(PARENTHESES)
    }

    fn condition(&mut self, depth: usize) -> Result<(), TextError> {
        let at = self.out.len();
        self.all(depth)?;
        let mut several = false;
        while self.accept("or") {
            several = true;
            self.all(depth)?;
        }
        if several { self.wrap(at, ANY) } else { Ok(()) }
    }

    fn all(&mut self, depth: usize) -> Result<(), TextError> {
        let at = self.out.len();
        self.one(depth)?;
        let mut several = false;
        while self.accept("and") {
            several = true;
            self.one(depth)?;
        }
        if several { self.wrap(at, ALL) } else { Ok(()) }
    }

    fn one(&mut self, depth: usize) -> Result<(), TextError> {
        let deeper = depth
            .checked_sub(1)
            .ok_or_else(|| self.error(TextErrorKind::TooDeep))?;
        let at = self.out.len();
        if self.accept("(") {
            self.condition(deeper)?;
            self.expect(")")
        } else if self.accept("not") {
            self.one(deeper)?;
            self.wrap(at, NOT)
        } else if self.accept("always") {
            self.write(ALWAYS, &[])
        } else if self.accept("never") {
            self.write(NEVER, &[])
        } else if self.accept("pin") {
            self.referenced(at, USAGE_PIN, TextErrorKind::Pin)
        } else if self.accept("key") {
            self.referenced(at, USAGE_ROLE, TextErrorKind::Key)
        } else if self.accept("role") {
            let role = self.lookup(&ROLES, TextErrorKind::Role)?;
            self.write(USAGE, &[USAGE_ROLE])?;
            self.write(ROLE, &[role])?;
            self.wrap(at, AUTHENTICATION)
        } else if self.accept("secure-messaging") {
            self.write(USAGE, &[USAGE_SECURE_MESSAGING])?;
            self.wrap(at, SECURE_MESSAGING)
        } else {
            Err(self.error(TextErrorKind::Condition))
        }
    }

    /// A reference of a PIN or key, which is used like this.
    fn referenced(&mut self, at: usize, usage: u8, kind: TextErrorKind) -> Result<(), TextError> {
        self.peek();
        let error = self.error(kind);
        let digits = self.take().filter(|token| token.len() <= 2).ok_or(error)?;
        let reference = u8::from_str_radix(digits, 16).map_err(|_| error)?;
        // The card refuses these as well; here their place in the text is known.
        match reference {
            LOCAL_FIRST..=LOCAL_LAST => {}
            0x01..=0x7F if usage == USAGE_PIN => {}
            _ => return Err(error),
        }
        self.write(REFERENCE, &[reference])?;
        self.write(USAGE, &[usage])?;
        self.wrap(at, AUTHENTICATION)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Subject;
    use super::*;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn people_read_what_they_wrote() {
        for (written, shown) in [
            ("", ""),
            ("read: always", "read: always"),
            ("Read,UPDATE: PIN 1", "read, update: pin 01"),
            ("read: KEY 8f and pin 8f", "read: key 8F and pin 8F"),
            (
                "read: pin 1 or pin 81 and role Issuer",
                "read: pin 01 or (pin 81 and role issuer)",
            ),
            (
                "write: (pin 1 or never) or (always)",
                "write: (pin 01 or never) or always",
            ),
            (
                "read: not (secure-messaging or never); delete: not never",
                "read: not (secure-messaging or never); delete: not never",
            ),
        ] {
            let (mut out, mut again) = ([0; RULE_MAX], [0; RULE_MAX]);
            let rules = parse(written, &mut out).unwrap();
            assert_eq!(rules.to_string(), shown);
            assert_eq!(parse(shown, &mut again), Ok(rules));
        }
        let mut out = [0; RULE_MAX];
        let rules = parse("change: never", &mut out).unwrap();
        assert_eq!(rules.named(Subject::Pin).to_string(), "change: never");
        assert_eq!(rules.named(Subject::Directory).to_string(), "create-ef: never");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        use TextErrorKind as Kind;
        for (text, position, kind) in [
            ("reed: always", 0, Kind::Mode),
            ("read always", 5, Kind::Expected(":")),
            ("read: ", 6, Kind::Condition),
            ("read: pin", 9, Kind::Pin),
            ("read: pin  123", 11, Kind::Pin),
            ("read: key x", 10, Kind::Key),
            ("read: pin 80", 10, Kind::Pin),
            ("read: always; update: pin 99", 26, Kind::Pin),
            ("read: pin 0", 10, Kind::Pin),
            ("read: key 1", 10, Kind::Key),
            ("read: role boss", 11, Kind::Role),
            ("read: (always", 13, Kind::Expected(")")),
            ("read: always never", 13, Kind::Expected(";")),
            ("read: always;;", 13, Kind::Mode),
            ("read: ((((((((always))))))))", 14, Kind::TooDeep),
            ("read: é", 6, Kind::Condition),
        ] {
            assert_eq!(
                parse(text, &mut [0; RULE_MAX]),
                Err(TextError { position, kind }),
                "{text}"
            );
        }
        for text in [
            "read: not pin 1",
            "read: not key 81",
            "read: not not not not always",
        ] {
            let error = parse(text, &mut [0; RULE_MAX]).unwrap_err();
            assert!(matches!(error.kind, Kind::Invalid(_)), "{text}: {error}");
            let words = error.to_string();
            assert!(words.contains("\"not\" never stands"), "{text}: {words}");
        }
        let long = "read: pin 1".to_string() + &" or pin 1".repeat(7);
        assert_eq!(parse(&long, &mut [0; RULE_MAX]).unwrap_err().kind, Kind::TooLong);
        assert_eq!(
            parse("read: always", &mut [0; 4]).unwrap_err().kind,
            Kind::TooLong
        );
    }
}
