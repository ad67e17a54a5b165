//! Files that come, go and change their state: ISO/IEC 7816-9; SPEC.md section 1.

use apdu_spec::command::FileChange;
use apdu_spec::file::{FileControl, LifeCycle, RuleReference, Structure};

use super::super::issued::{CREATE, DELETE_CHILD, RECORDS, quota};
use super::rules::{ACTIVATE, DEACTIVATE, DELETE, READ, TERMINATE};
use super::*;

impl Plain {
    /// CREATE FILE of an EF, with rules or with those in a record.
    pub(super) fn create(&mut self, control: &FileControl<'_>, rules_from: Option<RuleReference>) -> Answer {
        let here = self.session.df;
        let number = application(here).ok_or(CONDITIONS)?;
        if self.session.deactivated {
            return Err(CONDITIONS);
        }
        // The rule of an application's own DF allows nothing.
        if !matches!(here, Df::Inner(_)) || !self.session.may(CREATE) {
            return Err(DENIED);
        }
        let inside: Vec<_> = self.files.iter().filter(|((df, _), _)| *df == here).collect();
        let same = |(ef, file): &(&Ef, &File)| {
            ef.1 == control.id || control.short_id.is_some() && file.short_id == control.short_id
        };
        if inside.iter().any(same) {
            return Err(FILE_EXISTS);
        }
        let size = control.size.filter(|size| *size > 0).ok_or(INCORRECT_DATA)?;
        let of_application = self
            .files
            .iter()
            .filter(|((df, _), _)| application(*df) == Some(number));
        let used: usize = of_application.map(|(_, file)| file.size()).sum();
        if used + usize::from(size) > usize::try_from(quota(&RECORDS)).unwrap() {
            return Err(NO_MEMORY);
        }
        let rule = match rules_from {
            Some(reference) => self.written_down(reference)?,
            None => Rules::read(control.rules.as_bytes()).expect("rules"),
        };
        let file = File::new(control.kind, size, control.short_id, rule);
        let ef = (here, control.id);
        self.files.insert(ef, file);
        self.session.open(Some(ef));
        Ok((Vec::new(), SUCCESS))
    }

    /// A copy of the rules in a record of an EF.ARR in the current DF, or in the nearest around it that has a file with this id.
    fn written_down(&self, reference: RuleReference) -> Result<Rules, u16> {
        let mut around = std::iter::successors(Some(self.session.df), |df| self.parent(*df));
        let found = around.find_map(|df| self.child(df, reference.file));
        let file = match found.ok_or(FILE_NOT_FOUND)? {
            Found::Df(Df::Application(number)) if !self.active[number] => return Err(CONDITIONS),
            Found::Df(_) => return Err(INCOMPATIBLE),
            Found::Ef(ef) => &self.files[&ef],
        };
        if file.state != LifeCycle::Operational {
            return Err(CONDITIONS);
        }
        let records = match &file.content {
            Content::Records(records) if records.format.structure == Structure::LinearVariable => records,
            _ => return Err(INCOMPATIBLE),
        };
        if !self.session.allowed(&file.rule, READ) {
            return Err(DENIED);
        }
        let record = records.list.get(usize::from(reference.record) - 1);
        let rules = record.ok_or(NO_RECORD)?;
        let rules = Some(rules).filter(|rules| !rules.is_empty());
        rules.and_then(|rules| Rules::read(rules)).ok_or(INCORRECT_DATA)
    }

    /// ACTIVATE, DEACTIVATE, TERMINATE and DELETE FILE, of EFs.
    pub(super) fn manage(&mut self, change: FileChange, id: Option<u16>) -> Answer {
        let here = self.session.df;
        let current = self.session.ef.filter(|_| change != FileChange::TerminateDf);
        let ef = match (id, current) {
            (Some(id), _) => (here, id),
            (None, Some(ef)) => ef,
            // The current DF: an inner one lies in an application's own, all others where nobody changes anything.
            (None, None) => {
                return Err(match here {
                    Df::Inner(_) => self.manage_inner(change),
                    _ => CONDITIONS,
                });
            }
        };
        if application(here).is_none() || self.session.deactivated {
            return Err(CONDITIONS);
        }
        if matches!(here, Df::Application(_)) && ef.1 == INNER {
            return Err(self.manage_inner(change));
        }
        let file = self.files.get_mut(&ef).ok_or(FILE_NOT_FOUND)?;
        let (state, mode) = match change {
            FileChange::TerminateDf => return Err(INCOMPATIBLE),
            FileChange::Activate => (LifeCycle::Operational, ACTIVATE),
            FileChange::Deactivate => (LifeCycle::Deactivated, DEACTIVATE),
            FileChange::TerminateEf => (LifeCycle::Terminated, TERMINATE),
            FileChange::Delete => (LifeCycle::Terminated, DELETE),
        };
        if !self.session.allowed(&file.rule, mode) {
            return Err(DENIED);
        }
        if change == FileChange::Delete {
            if !matches!(here, Df::Inner(_)) || !self.session.may(DELETE_CHILD) {
                return Err(DENIED);
            }
            self.files.remove(&ef);
            self.session.ef = self.session.ef.filter(|current| *current != ef);
            // Who had it selected has nothing selected.
            for session in self.channels.iter_mut().flatten() {
                session.ef = session.ef.filter(|current| *current != ef);
            }
        } else if file.state == LifeCycle::Terminated {
            return Err(CONDITIONS);
        } else {
            file.state = state;
        }
        Ok((Vec::new(), SUCCESS))
    }

    /// The rule of the inner DF allows nothing that is done to itself.
    fn manage_inner(&self, change: FileChange) -> u16 {
        match change {
            _ if self.session.deactivated => CONDITIONS,
            FileChange::TerminateEf => INCOMPATIBLE,
            _ => DENIED,
        }
    }

    /// DEACTIVATE and ACTIVATE FILE of an application.
    pub(super) fn set_active(&mut self, aid: &Aid, active: bool) -> Answer {
        if !self.session.verified.remove(&0x02) {
            return Err(DENIED);
        }
        let number = names().iter().position(|known| known == aid).ok_or(NOT_FOUND)?;
        if self.active[number] != active {
            self.active[number] = active;
            if application(self.session.df) == Some(number) {
                self.session.enter(Df::Master);
            }
            // Who is in it on another channel is shown out of it, or let in.
            for session in self.channels.iter_mut().flatten() {
                if application(session.df) == Some(number) && active {
                    session.deactivated = false;
                } else if application(session.df) == Some(number) && !session.deactivated {
                    session.enter(Df::Master);
                }
            }
        }
        Ok((Vec::new(), SUCCESS))
    }
}
