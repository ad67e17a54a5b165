//! Access rules of a package: text to bytes, each rule once.

use std::ops::Range;

use apdu_spec::access::{self, Subject};
use apdu_spec::limits::RULE_MAX;

use super::source::{Access, Place};
use crate::error::Result;

/// Modes that make sense for each subject, in the order in which they are written.
const fn modes(subject: Subject) -> &'static [&'static str] {
    match subject {
        Subject::File => &[
            "read",
            "update",
            "write",
            "deactivate",
            "activate",
            "terminate",
            "delete",
        ],
        Subject::Directory => &[
            "delete-child",
            "create-ef",
            "create-df",
            "deactivate",
            "activate",
            "terminate",
            "delete",
        ],
        Subject::Pin => &["change"],
        Subject::Key => &["read", "generate", "use"],
    }
}

/// The rules of a manifest, in the order of their first use.
#[derive(Default)]
pub(super) struct Rules(Vec<Vec<u8>>);

impl Rules {
    pub(super) fn values(&self) -> &[Vec<u8>] {
        &self.0
    }

    /// The place of this rule, which is added if it is new; `owner` is where errors about the whole rule are.
    pub(super) fn place(
        &mut self,
        access: &Access,
        subject: Subject,
        owner: &Range<usize>,
        place: Place<'_>,
    ) -> Result<u8> {
        let known = modes(subject);
        for mode in access.keys() {
            if !known.contains(&mode.get_ref().as_str()) {
                let cause = format!(
                    "access mode {:?} is none of: {}",
                    mode.get_ref(),
                    known.join(", ")
                );
                return Err(place.error(&mode.span(), cause));
            }
        }
        let mut value = Vec::new();
        for mode in known {
            let Some((_, condition)) = access.iter().find(|(key, _)| key.get_ref() == mode) else {
                continue;
            };
            let text = format!("{mode}: {}", condition.get_ref());
            let mut buffer = [0; RULE_MAX];
            let pair = access::parse(&text, &mut buffer).map_err(|error| {
                let position = error.position.saturating_sub(mode.len() + 2);
                let cause = access::TextError { position, ..error };
                place.error(
                    &condition.span(),
                    format!("condition {:?}: {cause}", condition.get_ref()),
                )
            })?;
            value.extend_from_slice(pair.as_bytes());
        }
        access::AccessRules::new(&value)
            .map_err(|error| place.error(owner, format!("access rule: {error}")))?;
        let index = match self.0.iter().position(|rule| *rule == value) {
            Some(index) => index,
            None => {
                self.0.push(value);
                self.0.len() - 1
            }
        };
        u8::try_from(index).map_err(|_| place.error(owner, "too many different access rules"))
    }
}
