//! The file commands, in the personaliser's hands: a DF and an EF are made, written, switched off and on, ended and deleted.

use apdu_spec::access::AccessRules;
use apdu_spec::command::{BinaryAction, BinaryAddress, Command, FileChange, SelectTarget};
use apdu_spec::file::{FileControl, FileKind};
use apdu_spec::status::Status;

use super::life::{Life, Terms};
use super::step::Again;
use super::story::select;

const FOLDER: u16 = 0x7200;
const FILE: u16 = 0x0201;

/// One transaction each: cut again everywhere during recovery.
fn commit(again: Again) -> Terms<'static> {
    Terms {
        again,
        is_commit: true,
        ..Terms::default()
    }
}

fn create(kind: FileKind, id: u16, size: Option<u16>) -> Command<'static> {
    let fcp = FileControl {
        size,
        kind,
        id,
        aid: None,
        short_id: None,
        life_cycle: None,
        rules: AccessRules::NONE,
        version: None,
    };
    Command::CreateFile {
        fcp,
        rules_from: None,
    }
}

pub(crate) fn use_files(life: &mut Life) {
    let inside = [select(SelectTarget::ChildDf(FOLDER))];
    let exists = || commit(Again::Refused(Status::FILE_EXISTS));
    let gone = || commit(Again::Refused(Status::FILE_NOT_FOUND));
    let ended = || commit(Again::Refused(Status::CONDITIONS_NOT_SATISFIED));
    let same = || commit(Again::Same);

    let folder = create(FileKind::Dedicated, FOLDER, None);
    let file = create(FileKind::Transparent, FILE, Some(700));
    life.take("CREATE FILE of a DF", &[], &folder, exists());
    life.take("CREATE FILE in it", &inside, &file, exists());
    let bytes = |action| Command::Binary {
        address: BinaryAddress::FileId(FILE),
        action,
    };
    let offset = 200;
    let data = &[0xA5; 400];
    let update = bytes(BinaryAction::Update { offset, data });
    life.take("UPDATE BINARY over three chunks", &inside, &update, same());
    let data = &[0x5A; 300];
    let write = bytes(BinaryAction::Write { offset, data });
    life.take("WRITE BINARY over two chunks", &inside, &write, same());
    let (from, to) = (100, Some(550));
    let erase = bytes(BinaryAction::Erase { from, to });
    life.take("ERASE BINARY over three chunks", &inside, &erase, same());
    let manage = |change, id| Command::ManageFile { change, id: Some(id) };
    for (name, change, id, terms) in [
        ("DEACTIVATE FILE, an EF", FileChange::Deactivate, FILE, same()),
        ("ACTIVATE FILE, an EF", FileChange::Activate, FILE, same()),
        ("TERMINATE EF", FileChange::TerminateEf, FILE, ended()),
        ("DELETE FILE, an EF", FileChange::Delete, FILE, gone()),
    ] {
        life.take(name, &inside, &manage(change, id), terms);
    }
    life.take("CREATE FILE in it again", &inside, &file, exists());
    life.take("UPDATE BINARY in it again", &inside, &update, same());
    for (name, change, terms) in [
        ("DEACTIVATE FILE, a DF", FileChange::Deactivate, same()),
        ("ACTIVATE FILE, a DF", FileChange::Activate, same()),
        ("TERMINATE DF", FileChange::TerminateDf, ended()),
        ("DELETE FILE, a DF with what is in it", FileChange::Delete, gone()),
    ] {
        life.take(name, &[], &manage(change, FOLDER), terms);
    }
}
