//! What is known of a file, and what its access rules ask for.

use apdu_spec::access::{AccessMode, Condition, Expression, Subject};
use apdu_spec::file::LifeCycle;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use host::card::{FileDetails, FilePath, Session};

use super::super::pin_name;
use super::look::{kind, pin_word};
use super::place;
use super::state::State;
use crate::failure::{Failure, Result};
use crate::page::Page;

impl State {
    pub(super) fn stat(
        &mut self,
        session: &mut Session<'_>,
        typed: Option<&str>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.folder(typed)?;
        let details = session.select(&path)?;
        let (kind, subject) = kind(&path, &details);
        page.heading(place::show(&path, &self.applications));
        page.field("path", path.to_string());
        page.field("kind", kind);
        page.optional("label", details.label.clone());
        page.optional("AID", details.aid.map(|aid| aid.to_string()));
        page.optional("version", details.version.map(|version| version.to_string()));
        page.field("file id", format!("{:04X}", details.id));
        page.optional("size", details.size.map(|size| format!("{size} bytes")));
        if let Some(format) = details.kind.records() {
            page.field(
                "records",
                format!("{} of {} bytes at most", format.number, format.length),
            );
        }
        page.optional("short id", details.short_id.map(|id| format!("{id:02X}")));
        page.field("life cycle", life_cycle(&details));
        let rules = details.access();
        if rules.is_empty() {
            page.field("access", "never: there is no rule");
        }
        for (mode, pair) in (0..7).flat_map(|bit| {
            let mode = AccessMode(1 << bit);
            let pair = rules.pairs().find(|pair| pair.mode.0 & mode.0 != 0);
            pair.map(|pair| (mode, pair))
        }) {
            let words = subject_word(subject, mode);
            let open = self.is_met(&pair.condition);
            let now = match (open, &pair.condition) {
                (_, Expression::Always | Expression::Never) => "",
                (true, _) => " (open now)",
                (false, _) => " (closed now)",
            };
            page.field(
                format!("may {words}"),
                format!("{}{now}", condition_words(&pair.condition)),
            );
        }
        Ok(())
    }

    /// Whether the PINs that are verified open it, as far as we know.
    fn is_met(&self, condition: &Expression<'_>) -> bool {
        condition.clone().holds(&mut |condition| match condition {
            Condition::Pin(byte) => {
                PinReference::from_byte(byte).is_some_and(|reference| self.verified.contains(&reference))
            }
            _ => false,
        })
    }

    /// Whether the file's rule allows this now, as far as we know.
    pub(super) fn is_open(&self, details: &FileDetails, mode: AccessMode) -> bool {
        let rules = details.access();
        let pair = rules.pairs().find(|pair| pair.mode.0 & mode.0 != 0);
        pair.is_some_and(|pair| self.is_met(&pair.condition))
    }

    /// The failure; if the access rule was not met, with what it asks for.
    pub(super) fn with_rule(
        &mut self,
        session: &mut Session<'_>,
        failure: Failure,
        path: &FilePath,
        mode: AccessMode,
    ) -> Failure {
        if failure.status != Some(Status::SECURITY_STATUS_NOT_SATISFIED) {
            return failure;
        }
        let traffic = std::rc::Rc::clone(&self.traffic);
        let Ok(details) = traffic.quietly(|| session.select(path)) else {
            return failure;
        };
        let rules = details.access();
        let pair = rules.pairs().find(|pair| pair.mode.0 & mode.0 != 0);
        let remedy = match pair.map(|pair| pair.condition) {
            None | Some(Expression::Never) => {
                format!(
                    "Nobody may do this: no rule of {} allows it.",
                    place::show(path, &self.applications)
                )
            }
            Some(condition) => {
                let wanted: Vec<String> = self.missing(&condition);
                match wanted.as_slice() {
                    [] => format!("Its rule asks for: {condition}."),
                    commands => format!("Its rule asks for: {condition}. Type {}.", commands.join(" or ")),
                }
            }
        };
        failure.with_remedy(remedy)
    }

    /// The commands that help with a condition, where PINs do.
    fn missing(&self, condition: &Expression<'_>) -> Vec<String> {
        match condition {
            Expression::Is(Condition::Pin(byte)) => match PinReference::from_byte(*byte) {
                Some(reference) if !self.verified.contains(&reference) => {
                    vec![format!("\"verify {}\"", pin_word(reference))]
                }
                _ => vec![],
            },
            Expression::Any(some) | Expression::All(some) => {
                some.clone().flat_map(|each| self.missing(&each)).collect()
            }
            _ => vec![],
        }
    }
}

fn life_cycle(details: &FileDetails) -> &'static str {
    match details.life_cycle {
        _ if details.terminated => "terminated",
        _ if details.deactivated => "deactivated",
        Some(LifeCycle::Initialisation) => "initialisation",
        Some(LifeCycle::Deactivated) => "deactivated",
        Some(LifeCycle::Operational) => "operational",
        Some(LifeCycle::Terminated) => "terminated",
        None => "not told",
    }
}

/// ISO/IEC 7816-4:2020, 9.3.3.2 and 9.3.3.3.
const fn subject_word(subject: Subject, mode: AccessMode) -> &'static str {
    match (subject, mode.0) {
        (Subject::Directory, 0x01) => "delete a child",
        (Subject::Directory, 0x02) => "create a file",
        (Subject::Directory, 0x04) => "create a folder",
        (_, 0x01) => "read",
        (_, 0x02) => "update",
        (_, 0x04) => "append",
        (_, 0x08) => "deactivate",
        (_, 0x10) => "activate",
        (_, 0x20) => "terminate",
        _ => "delete",
    }
}

/// A condition with the names that people know.
fn condition_words(condition: &Expression<'_>) -> String {
    let joined = |some: &apdu_spec::access::Expressions<'_>, word: &str| {
        let each: Vec<String> = some
            .clone()
            .map(|each| match each {
                Expression::Any(_) | Expression::All(_) => format!("({})", condition_words(&each)),
                _ => condition_words(&each),
            })
            .collect();
        each.join(word)
    };
    match condition {
        Expression::Always => "everybody".to_owned(),
        Expression::Never => "nobody".to_owned(),
        Expression::Is(Condition::Pin(byte)) => match PinReference::from_byte(*byte) {
            Some(reference) => pin_name(reference),
            None => condition.to_string(),
        },
        Expression::Is(_) => condition.to_string(),
        Expression::Any(some) => joined(some, " or "),
        Expression::All(some) => joined(some, " and "),
        Expression::Not(one) => format!("not {}", joined(one, "")),
    }
}
