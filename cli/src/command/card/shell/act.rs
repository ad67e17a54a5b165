//! Which command does what with the card.

use host::card::Session;

use super::grammar::Do;
use super::state::State;
use crate::failure::Result;
use crate::page::Page;

impl State {
    /// Does a command that needs the card.
    pub(super) fn on_card(&mut self, session: &mut Session<'_>, command: Do, page: &mut Page) -> Result<()> {
        match command {
            Do::Cd { path } => self.cd(session, path.as_deref()),
            Do::Ls { path } => self.ls(session, path.as_deref(), page),
            Do::Tree { path } => self.tree(session, path.as_deref(), page),
            Do::Cat { path, record } => self.cat(session, &path, record, page),
            Do::Read {
                path,
                stretch,
                record,
            } => self.read(session, &path, stretch, record, page),
            Do::Records { path } => self.records(session, &path, page),
            Do::Search { path, content } => self.search(session, &path, &content, page),
            Do::Hexdump { path } => self.hexdump(session, &path, page),
            Do::Stat { path } => self.stat(session, path.as_deref(), page),
            Do::Get { path, file } => self.get(session, &path, &file, page),
            Do::Put { file, path } => self.put(session, &file, &path, page),
            Do::Write {
                path,
                content,
                offset,
                record,
                append,
            } => match (record, append) {
                (None, false) => self.write(session, &path, &content, offset, page),
                (record, _) => self.write_record(session, &path, &content, record, page),
            },
            Do::Append { path, content } => self.write_record(session, &path, &content, None, page),
            Do::Erase {
                path,
                stretch,
                record,
            } => self.erase(session, &path, stretch, record, page),
            Do::Create { path, form } => self.create(session, &path, &form, page),
            Do::Delete { path, recursive } => self.delete(session, &path, recursive, page),
            Do::Terminate { path, .. } => self.terminate(session, &path, page),
            Do::Edit { path } => self.edit(session, &path, page),
            Do::Pins => self.pins(session, page),
            Do::Verify { pin, secret } => self.verify(session, &pin, &secret, page),
            Do::ChangePin { pin, secret, new } => self.change_pin(session, &pin, &secret, &new, page),
            Do::Unblock { pin, code, new } => self.unblock(session, &pin, &code, &new, page),
            Do::Deactivate { path } => self.switch(session, &path, true, page),
            Do::Activate { path } => self.switch(session, &path, false, page),
            Do::Channel { what } => self.channel(session, what, page),
            Do::Data { tag, selector } => self.data(session, tag.as_deref(), selector.as_deref(), page),
            Do::PutData { tag, value, file } => {
                self.put_data(session, &tag, value.as_deref(), file.as_deref(), page)
            }
            Do::Random { length } => self.random(session, length, page),
            Do::MakeKey { key, purpose } => self.make_key(session, key, purpose, page),
            Do::Sign { key, file, output } => self.sign(session, key, &file, output.as_deref(), page),
            Do::Apdu { bytes } => self.apdu(session, &bytes, page),
            // Done without the card, above.
            Do::Exit
            | Do::Reset
            | Do::Symbolon { .. }
            | Do::Source { .. }
            | Do::Help { .. }
            | Do::Trace { .. }
            | Do::Pwd
            | Do::Echo { .. }
            | Do::Set { .. }
            | Do::Expect { .. } => Ok(()),
        }
    }
}
