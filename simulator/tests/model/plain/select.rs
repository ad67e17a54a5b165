//! SELECT: ISO/IEC 7816-4, 11.2.2.

use apdu_spec::command::SelectTarget;
use apdu_spec::file::LifeCycle;

use super::*;

impl Plain {
    pub(super) fn child(&self, df: Df, id: u16) -> Option<Found> {
        let folder = self
            .ids
            .iter()
            .find(|(other, known)| **known == id && self.parent(**other) == Some(df));
        let folder = folder.map(|(found, _)| Found::Df(*found));
        folder.or_else(|| self.files.contains_key(&(df, id)).then_some(Found::Ef((df, id))))
    }

    fn path(&self, from: Df, path: &[u8]) -> Option<Found> {
        let mut found = Found::Df(from);
        for step in path.chunks(2) {
            let Found::Df(df) = found else {
                return None;
            };
            found = self.child(df, u16::from_be_bytes([step[0], step[1]]))?;
        }
        Some(found)
    }

    /// ISO/IEC 7816-4, 11.2.2: a child, the current DF, its parent, or a DF beside it.
    fn by_id(&self, id: u16) -> Option<Found> {
        let here = self.session.df;
        let parent = self.parent(here);
        let known = |df: Option<Df>| df.filter(|df| self.ids[df] == id).map(Found::Df);
        let sibling = || match self.child(parent?, id)? {
            Found::Df(df) => Some(Found::Df(df)),
            Found::Ef(_) => None,
        };
        self.child(here, id)
            .or_else(|| known(Some(here)))
            .or_else(|| known(parent))
            .or_else(sibling)
    }

    pub(super) fn select(&mut self, target: SelectTarget<'_>, next: bool) -> Answer {
        let here = self.session.df;
        let found = match target {
            SelectTarget::MasterFile => Some(Found::Df(Df::Master)),
            SelectTarget::FileId(id) => self.by_id(id),
            SelectTarget::ChildDf(id) => self.child(here, id).filter(|found| matches!(found, Found::Df(_))),
            SelectTarget::ChildEf(id) => self.child(here, id).filter(|found| matches!(found, Found::Ef(_))),
            SelectTarget::Parent => self.parent(here).map(Found::Df),
            SelectTarget::PathFromMf(path) => {
                self.path(Df::Master, path.strip_prefix(&[0x3F, 0x00]).unwrap_or(path))
            }
            SelectTarget::PathFromCurrent(path) => self.path(here, path),
            SelectTarget::LastAid(name) | SelectTarget::PreviousAid(name) => {
                let before = match target {
                    SelectTarget::PreviousAid(_) => self.session.last_match,
                    _ => None,
                };
                let found = names()
                    .into_iter()
                    .enumerate()
                    .filter(|(_, aid)| before.is_none_or(|before| *aid < before))
                    .rfind(|(_, aid)| aid.as_bytes().starts_with(name));
                let (number, aid) = found.ok_or(FILE_NOT_FOUND)?;
                self.session.last_match = Some(aid);
                Some(Found::Df(Df::Application(number)))
            }
            SelectTarget::Aid(name) => {
                let after = if next { self.session.last_match } else { None };
                let mut after = names()
                    .into_iter()
                    .enumerate()
                    .filter(|(_, aid)| Some(*aid) > after);
                let found = after.find(|(_, aid)| aid.as_bytes().starts_with(name));
                let (number, aid) = found.ok_or(FILE_NOT_FOUND)?;
                self.session.last_match = Some(aid);
                Some(Found::Df(Df::Application(number)))
            }
        };
        let (df, ef) = match found.ok_or(FILE_NOT_FOUND)? {
            Found::Df(df) => (df, None),
            Found::Ef(ef) => (ef.0, Some(ef)),
        };
        self.session.enter(df);
        self.session.open(ef);
        self.session.deactivated = application(df).is_some_and(|number| !self.active[number]);
        let state = ef.map_or(LifeCycle::Operational, |ef| self.files[&ef].state);
        Ok((
            Vec::new(),
            match state {
                _ if self.session.deactivated => DEACTIVATED,
                LifeCycle::Deactivated => DEACTIVATED,
                LifeCycle::Terminated => TERMINATED,
                _ => SUCCESS,
            },
        ))
    }
}
