//! What a personaliser leaves on the card is what receipt 0 says (rule 2).

use apdu_spec::access::AccessRules;
use apdu_spec::command::{BinaryFile, Command, SelectReply, SelectTarget};
use apdu_spec::data::{self, ChildSelector};
use apdu_spec::file::{FileControl, FileKind};
use apdu_spec::object::Digest;

use super::world::*;

impl World {
    fn create(&mut self, id: u16, size: Option<u16>) {
        let kind = match size {
            Some(_) => FileKind::Transparent,
            None => FileKind::Dedicated,
        };
        let rules = match size {
            Some(_) => AccessRules::ALWAYS_READ,
            None => AccessRules::NONE,
        };
        self.ok(&Command::CreateFile {
            fcp: FileControl {
                size,
                kind,
                id,
                aid: None,
                short_id: None,
                life_cycle: None,
                rules,
                version: None,
            },
            rules_from: None,
        });
    }

    fn fill(&mut self, offset: u16, data: &[u8]) {
        self.ok(&Command::UpdateBinary {
            file: BinaryFile::Current,
            offset,
            data,
        });
    }

    fn go(&mut self, target: SelectTarget<'_>) {
        self.ok(&Command::Select {
            target,
            reply: SelectReply::Nothing,
            next: false,
        });
    }

    /// The files in the current DF behind one of them.
    fn listed(&mut self, behind: Option<u16>) -> Vec<u16> {
        let selector = behind.map(|id| ChildSelector(id).encode());
        let value = self.ok(&Command::GetData {
            tag: data::CHILDREN,
            selector: selector.as_ref().map_or(&[], |selector| selector.as_slice()),
        });
        data::children(&value).unwrap().collect()
    }

    /// What receipt 0 says was there.
    fn told_at_registration(&mut self) -> Digest {
        let issuer = self.issuer_copy();
        self.verify(&issuer);
        let rc = self.rc(&issuer, |_| {});
        let receipt = self.ok(&register(&rc));
        self.newest_receipt(&receipt).files.unwrap()
    }
}

/// Two files and a folder with a third one. The first is 600 bytes long, and 3 of them were written.
fn furnished() -> World {
    let mut world = World::personalised();
    world.create(0x5000, None);
    world.create(0x0102, Some(2));
    world.fill(0, b"in");
    world.go(SelectTarget::MasterFile);
    world.create(0x4F01, Some(600));
    world.fill(298, b"abc");
    world.go(SelectTarget::MasterFile);
    world.create(0x6000, Some(1));
    world
}

/// As SPEC.md section 4 says, without our own writers: `A0 { 87 depth, 62 FCP, 8A SHA-256 of the content }`.
fn described() -> Vec<u8> {
    let file = |depth: u8, [high, low]: [u8; 2], content: &[u8]| {
        let [long, short] = u16::try_from(content.len()).unwrap().to_be_bytes();
        let control = [
            0x80, 2, long, short, 0x82, 1, 0x01, 0x83, 2, high, low, 0x8A, 1, 5,
        ];
        let rules = [0xAB, 5, 0x80, 1, 1, 0x90, 0];
        [
            &[0xA0, 3 + 2 + 21 + 34, 0x87, 1, depth, 0x62, 21][..],
            &control,
            &rules,
            &[0x8A, 32],
            &sha256(content),
        ]
        .concat()
    };
    let folder = [
        0xA0, 15, 0x87, 1, 1, 0x62, 10, 0x82, 1, 0x38, 0x83, 2, 0x50, 0x00, 0x8A, 1, 5,
    ];
    let mut written = [0; 600];
    written[298..301].copy_from_slice(b"abc");
    [
        file(1, [0x4F, 0x01], &written),
        folder.to_vec(),
        file(2, [0x01, 0x02], b"in"),
        file(1, [0x60, 0x00], &[0]),
    ]
    .concat()
}

#[test]
fn receipt_0_tells_which_files_were_on_the_card_before() {
    assert_eq!(World::personalised().told_at_registration(), sha256(b""));
    assert_eq!(furnished().told_at_registration(), sha256(&described()));
}

#[test]
fn no_file_is_added_or_changed_unseen_before_registration() {
    let honest = furnished().told_at_registration();
    let tampered: [fn(&mut World); 4] = [
        |world| world.create(0x6001, Some(1)),
        |world| world.create(0x6002, None),
        |world| world.fill(0, &[1]),
        |world| {
            world.go(SelectTarget::PathFromMf(&[0x50, 0x00, 0x01, 0x02]));
            world.fill(1, b"N");
        },
    ];
    for tamper in tampered {
        let mut world = furnished();
        tamper(&mut world);
        assert_ne!(world.told_at_registration(), honest);
    }
}

#[test]
fn later_receipts_do_not_repeat_it() {
    let mut world = World::registered();
    let issuer = world.issuer_copy();
    world.verify(&issuer);
    let rc = world.rc(&issuer, |rc| rc.serial = 2);
    let receipt = world.ok(&register(&rc));
    let receipt = world.newest_receipt(&receipt);
    assert_eq!((receipt.number, receipt.files), (1, None));
}

/// Losing this, nobody sees a file whose id he does not guess.
#[test]
fn everybody_may_list_the_current_folder() {
    let mut world = furnished();
    world.go(SelectTarget::MasterFile);
    assert_eq!(world.listed(None), [0x4F01, 0x5000, 0x6000]);
    world.told_at_registration();
    assert_eq!(world.listed(Some(0x4F01)), [0x5000, 0x6000]);
    assert_eq!(world.listed(Some(0x5FFF)), [0x6000]);
    assert_eq!(world.listed(Some(0xFFFF)), []);
    world.go(SelectTarget::FileId(0x5000));
    assert_eq!(world.listed(None), [0x0102]);
}

#[test]
fn a_list_longer_than_a_reply_goes_on_where_it_ended() {
    let mut world = World::personalised();
    let ids: Vec<u16> = (0..700).map(|number| 0x0101 + 3 * number).collect();
    for &id in &ids {
        world.create(id, Some(1));
    }
    let first = world.listed(None);
    assert_eq!(first.len(), 512);
    let rest = world.listed(first.last().copied());
    assert_eq!([first, rest].concat(), ids);
}
