//! What the shell knows, and how one line after the other is done.

use std::rc::Rc;

use apdu_spec::command::Command;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use host::card::{FilePath, Listed, Session};
use serde::Serialize;

use super::aside;
use super::channels::Channels;
use super::editor::{Prompt, SharedCatalogue};
use super::grammar::{self, Do};
use super::input::{Input, Line};
use super::line::{self, Variables};
use super::place;
use super::traffic::Traffic;
use crate::context::Context;
use crate::failure::{Class, Failure, Result};
use crate::page::Page;

/// What is to be done with the card after a line.
#[derive(Debug)]
pub(super) enum Next {
    /// Go on.
    Line,
    /// Nothing any more.
    End,
    /// Reset it.
    Reset,
    /// Let it go and run another command of ours.
    Aside(Vec<String>),
}

/// A command that was done, for scripts that read JSON.
#[derive(Debug, Serialize)]
pub(super) struct Played {
    /// Where it stands.
    place: Option<String>,
    /// As it was written.
    line: String,
    status_word: String,
    /// The data of the last reply, in hexadecimal.
    data: String,
    /// What it showed.
    text: String,
}

/// What the last command gave.
#[derive(Clone, Debug)]
pub(super) struct Last {
    pub(super) status: Status,
    pub(super) data: Vec<u8>,
}

/// What the shell knows.
pub(super) struct State {
    pub(super) context: Context,
    pub(super) traffic: Rc<Traffic>,
    /// Somebody types.
    pub(super) interactive: bool,
    /// The card was reached once.
    pub(super) arrived: bool,
    /// The current folder.
    pub(super) here: FilePath,
    pub(super) applications: Vec<Listed>,
    pub(super) channels: Channels,
    /// What was verified, and is as far as we know.
    pub(super) verified: Vec<PinReference>,
    pub(super) variables: Variables,
    pub(super) last: Last,
    /// What an editor gave that the card did not take.
    pub(super) unsaved: Option<(FilePath, Vec<u8>)>,
    pub(super) played: Vec<Played>,
    catalogue: SharedCatalogue,
    /// What the command showed, in JSON only.
    shown: String,
    /// A refusal that the next line may have wanted.
    pending: Option<Failure>,
}

impl State {
    pub(super) fn new(context: Context, traffic: Rc<Traffic>) -> Self {
        Self {
            context,
            traffic,
            interactive: false,
            arrived: false,
            here: FilePath::master_file(),
            applications: Vec::new(),
            channels: Channels::default(),
            verified: Vec::new(),
            variables: Variables::new(),
            last: Last {
                status: Status::SUCCESS,
                data: Vec::new(),
            },
            unsaved: None,
            played: Vec::new(),
            catalogue: SharedCatalogue::default(),
            shown: String::new(),
            pending: None,
        }
    }

    pub(super) fn catalogue(&self) -> SharedCatalogue {
        SharedCatalogue::clone(&self.catalogue)
    }

    /// The card was taken up: what was verified is forgotten, its applications may be others.
    pub(super) fn arrive(&mut self, session: &mut Session<'_>) -> Result<()> {
        let before = std::mem::replace(&mut self.arrived, true);
        self.verified.clear();
        let traffic = Rc::clone(&self.traffic);
        traffic.quietly(|| {
            self.relist(session);
            // The folder may be gone.
            if session.select(&self.here).is_err() {
                self.here = FilePath::master_file();
                session.select(&self.here)?;
            }
            self.learn(session);
            session.select(&self.here).map(drop)
        })?;
        if self.interactive && !before {
            self.context.output.note(
                "The card is held until you leave: no other program comes between. \"help\" lists the commands.",
            );
        }
        Ok(())
    }

    /// Reads which applications there are. A card without, or a foreign one, has none.
    pub(super) fn relist(&mut self, session: &mut Session<'_>) {
        self.applications = session.directory().unwrap_or_default();
        if let Ok(mut catalogue) = self.catalogue.lock() {
            catalogue.applications(&self.applications);
        }
    }

    /// Notes for completion what is in the current folder.
    pub(super) fn learn(&mut self, session: &mut Session<'_>) {
        if !self.interactive {
            return;
        }
        let ids = session.children().unwrap_or_default();
        if let Ok(mut catalogue) = self.catalogue.lock() {
            catalogue.folder(&self.here, &ids);
        }
    }

    /// Where we are, and what is open.
    pub(super) fn prompt(&self) -> Prompt {
        let names = self.verified.iter().map(|reference| match reference {
            PinReference::User => "user".to_owned(),
            PinReference::Consent => "consent".to_owned(),
            PinReference::Local(byte) => format!("{byte:02X}"),
        });
        let place = place::show(&self.here, &self.applications);
        Prompt::new(
            match self.channels.shown() {
                Some(channel) => format!("{channel}:{place}"),
                None => place,
            },
            names.collect(),
            self.context.dry_run,
            self.context.output.colours(),
        )
    }

    /// Does one line after the other until the card is to be let go.
    pub(super) fn converse(&mut self, session: &mut Session<'_>, input: &mut Input) -> Result<Next> {
        loop {
            input.drop_finished();
            if input.is_typed() {
                if let Some(failure) = self.pending.take() {
                    self.context.output.fail(&failure);
                }
                self.traffic
                    .clone()
                    .quietly(|| self.look_what_is_verified(session));
                if let Ok(mut catalogue) = self.catalogue.lock() {
                    catalogue.here(&self.here, &self.variables);
                }
            }
            let Some(line) = input.next(&self.prompt())? else {
                return match self.pending.take() {
                    Some(failure) => Err(failure),
                    None => Ok(Next::End),
                };
            };
            let wants = line.text.split_whitespace().next();
            if wants.is_some_and(|word| word != "expect" && !word.starts_with('#'))
                && let Some(failure) = self.pending.take()
            {
                // Nobody wanted it, and this line is not done.
                if !self.interactive {
                    return Err(failure);
                }
                self.context.output.fail(&failure);
                input.drop_scripts();
                continue;
            }
            if wants == Some("expect") {
                // It decides now.
                self.pending = None;
            }
            match self.line(session, input, &line) {
                Ok(Next::Line) => {}
                Ok(next) => return Ok(next),
                Err(failure) => {
                    let failure = at(failure, &line);
                    // Without the card nothing more can be done.
                    if failure.class == Class::NoCard {
                        return Err(failure);
                    }
                    self.settle(Err(failure), input)?;
                }
            }
        }
    }

    /// Deals with what came of a line: a refusal may be wanted, and somebody who types goes on anyway.
    pub(super) fn settle(&mut self, done: Result<()>, input: &mut Input) -> Result<()> {
        let Err(failure) = done else { return Ok(()) };
        if input.is_typed() {
            self.context.output.fail(&failure);
            return Ok(());
        }
        if failure.status.is_some() && self.pending.is_none() {
            self.pending = Some(failure);
            return Ok(());
        }
        if self.interactive {
            self.context.output.fail(&failure);
            input.drop_scripts();
            return Ok(());
        }
        Err(failure)
    }

    fn line(&mut self, session: &mut Session<'_>, input: &mut Input, line: &Line) -> Result<Next> {
        self.variables
            .insert("data".into(), hex::encode_upper(&self.last.data));
        self.variables
            .insert("sw".into(), format!("{:04X}", self.last.status.0));
        self.variables.insert("path".into(), self.here.to_string());
        let words = line::words(&line.text, &self.variables).map_err(|problem| {
            Failure::usage(
                "understand the line",
                problem,
                "Correct it; \"help\" lists the commands.",
            )
        })?;
        let Some(first) = words.first() else {
            return Ok(Next::Line);
        };
        let command = Do::understand(&words)?;
        let done = self.command(session, input, command, first);
        if let Err(Failure {
            status: Some(status), ..
        }) = &done
        {
            self.last.status = *status;
        }
        if self.context.output.json {
            let kept = line::may_be_kept(&line.text);
            self.played.push(Played {
                place: line.place.clone(),
                line: if kept {
                    line.text.clone()
                } else {
                    format!("{first} (hidden)")
                },
                status_word: format!("{:04X}", self.last.status.0),
                data: hex::encode_upper(&self.last.data),
                text: std::mem::take(&mut self.shown),
            });
        }
        done
    }

    /// Does a command, which was typed by this name.
    fn command(
        &mut self,
        session: &mut Session<'_>,
        input: &mut Input,
        command: Do,
        name: &str,
    ) -> Result<Next> {
        if self.context.dry_run && command.may_change() {
            self.say(&Page::from(format!("dry run: not done: {name}\n")));
            return Ok(Next::Line);
        }
        let mut page = Page::default();
        match command {
            Do::Exit => return Ok(Next::End),
            Do::Reset => return Ok(Next::Reset),
            Do::Symbolon { words } if aside::is_about_a_card(&words) => return Ok(Next::Aside(words)),
            Do::Symbolon { words } => aside::run(&words, &[], &self.context)?,
            Do::Source { file } => input.push_file(&file)?,
            Do::Help { command } => page.text(grammar::help(command.as_deref())?),
            Do::Trace { what } => self.traffic.set(what),
            Do::Pwd => page.text(format!(
                "{}  {}",
                place::show(&self.here, &self.applications),
                self.here
            )),
            Do::Echo { words } => page.text(words.join(" ")),
            Do::Set { name, value } => self.set(name, value, &mut page)?,
            Do::Expect {
                status,
                pattern,
                text,
            } => {
                self.expect(&status, pattern.as_deref(), text.as_deref())?;
            }
            card => {
                self.last.status = Status::SUCCESS;
                self.last.data.clear();
                self.on_card(session, card, &mut page)?;
            }
        }
        self.say(&page);
        Ok(Next::Line)
    }

    /// Shows something now.
    pub(super) fn say(&mut self, page: &Page) {
        self.context.output.show(page);
        if self.context.output.json {
            self.shown.push_str(&page.render(false));
        }
    }

    /// The file that was typed.
    pub(super) fn file(&self, typed: &str) -> Result<FilePath> {
        place::find(typed, &self.here, &self.applications)
    }

    /// The file or folder that was typed, else the current folder.
    pub(super) fn folder(&self, typed: Option<&str>) -> Result<FilePath> {
        typed.map_or_else(|| Ok(self.here.clone()), |typed| self.file(typed))
    }

    /// Asks the card what of the verified PINs still is: one of an application is forgotten when that is left, a consent
    /// when it is used.
    pub(super) fn look_what_is_verified(&mut self, session: &mut Session<'_>) {
        self.verified.retain(|&reference| {
            let ask = Command::Verify { reference, pin: None };
            session
                .connection()
                .command(&ask)
                .is_ok_and(|reply| reply.status.is_success())
        });
    }
}

/// The failure, with the place of the line that failed.
fn at(failure: Failure, line: &Line) -> Failure {
    match &line.place {
        Some(place) => Failure {
            step: format!("{} ({place})", failure.step),
            ..failure
        },
        None => failure,
    }
}
