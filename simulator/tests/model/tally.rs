//! Counts what happened, so that a run in which something never did fails.

use std::fmt;

use super::plain::SUCCESS;
use super::play::{channel, decode};
use apdu_spec::command::Command;

/// What happened in a script.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub commands: usize,
    done: usize,
    denied: usize,
    wrong_pins: usize,
    deactivated: usize,
    elsewhere: usize,
    created: usize,
    deleted: usize,
    full: usize,
    switched: usize,
    shown: usize,
    made: usize,
    /// Commands for records, those that were carried out, those that changed records.
    records: [usize; 3],
    /// Files created with the rules in a record, and refused for what it holds or for who may not read it.
    copied: [usize; 2],
    resets: usize,
    cuts: usize,
    /// Cuts in commands for records.
    cut_records: usize,
    /// After a cut: the old state, the new one, one between.
    survived: [usize; 3],
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.commands += other.commands;
        self.done += other.done;
        self.denied += other.denied;
        self.wrong_pins += other.wrong_pins;
        self.deactivated += other.deactivated;
        self.elsewhere += other.elsewhere;
        self.created += other.created;
        self.deleted += other.deleted;
        self.full += other.full;
        self.switched += other.switched;
        self.shown += other.shown;
        self.made += other.made;
        self.resets += other.resets;
        self.cuts += other.cuts;
        let sums = self
            .survived
            .iter_mut()
            .chain(&mut self.records)
            .chain(&mut self.copied);
        let parts = other.survived.iter().chain(&other.records).chain(&other.copied);
        sums.zip(parts).for_each(|(sum, part)| *sum += part);
        self.cut_records += other.cut_records;
    }

    pub const fn reset(&mut self) {
        self.resets += 1;
    }

    /// The power failed in this command and left one of three states.
    pub fn cut(&mut self, bytes: &[u8], which: usize) {
        self.cuts += 1;
        self.cut_records += usize::from(is_of_records(bytes));
        self.survived[which] += 1;
    }

    /// A command was answered with this.
    pub fn count(&mut self, bytes: &[u8], status: u16) {
        self.commands += 1;
        if is_of_records(bytes) {
            let reads = matches!(bytes[1], 0xB2 | 0xB3 | 0xA2);
            let [all, done, changed] = &mut self.records;
            *all += 1;
            *done += usize::from(status == SUCCESS);
            *changed += usize::from(status == SUCCESS && !reads);
        }
        if bytes[1] == 0xE0 && has_reference(bytes) {
            let [copied, refused] = &mut self.copied;
            *copied += usize::from(status == SUCCESS);
            *refused += usize::from(matches!(status, 0x6A80 | 0x6A83 | 0x6982));
        }
        self.elsewhere += usize::from(channel(bytes) != 0 && status == SUCCESS);
        let of_file = bytes[2] == 0;
        match bytes[1] {
            0xE0 if status == 0x6A84 => self.full += 1,
            _ if status != SUCCESS => {}
            0xE0 => self.created += 1,
            0xE4 => self.deleted += 1,
            0x04 | 0x44 if of_file => self.switched += 1,
            0xE8 => self.switched += 1,
            0x82 => self.shown += 1,
            0x46 => self.made += 1,
            _ => {}
        }
        match status {
            SUCCESS => self.done += 1,
            0x6982 => self.denied += 1,
            0x6283 | 0x6985 => self.deactivated += 1,
            0x63C0..=0x63CF | 0x6983 => self.wrong_pins += 1,
            _ => {}
        }
    }

    /// A run in which something never happened says nothing about it.
    pub fn assert_that_everything_happened(&self) {
        assert!(self.done > self.commands / 4, "{self}");
        for often in [
            self.denied,
            self.wrong_pins,
            self.deactivated,
            self.elsewhere,
            self.created,
            self.deleted,
            self.switched,
            self.shown,
            self.resets,
        ] {
            assert!(often > self.commands / 1_000, "{self}");
        }
        let [records, done, changed] = self.records;
        assert!(records > self.commands / 10 && done > records / 5, "{self}");
        assert!(changed > records / 10 && self.cut_records > 50, "{self}");
        assert!(self.copied.iter().all(|often| *often > 100), "{self}");
        assert!(self.made > 50 && self.full > 50, "{self}");
        assert!(
            self.cuts > 50 && self.survived.iter().all(|often| *often > 5),
            "{self}"
        );
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [old, new, between] = self.survived;
        let [records, records_done, records_changed] = self.records;
        let [copied, not_copied] = self.copied;
        write!(
            f,
            "{} commands: {} done, {} of them on channels 1 to 3, {} denied, {} wrong or blocked PINs and keys, {} deactivated, \
             {} EFs created, {} refused for the quota, {} deleted, {} switched or terminated, {} keys shown, {} made; {records} for records, {records_done} of them done and {records_changed} of these changes, {copied} EFs \
             created with the rules in a record, {not_copied} refused; {} resets, {} power cuts, {} in commands for records, that left the old state {old} times, the new {new}, a spent try {between}",
            self.commands,
            self.done,
            self.elsewhere,
            self.denied,
            self.wrong_pins,
            self.deactivated,
            self.created,
            self.full,
            self.deleted,
            self.switched,
            self.shown,
            self.made,
            self.resets,
            self.cuts,
            self.cut_records
        )
    }
}

fn is_of_records(bytes: &[u8]) -> bool {
    matches!(bytes[1], 0xB2 | 0xB3 | 0xD2 | 0xDC | 0xDD | 0xE2 | 0xA2 | 0x0C)
}

fn has_reference(bytes: &[u8]) -> bool {
    matches!(
        decode(bytes),
        Command::CreateFile {
            rules_from: Some(_),
            ..
        }
    )
}
