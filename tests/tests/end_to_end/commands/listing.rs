//! More applications than one reply lists.

use apdu_spec::aid::Aid;
use apdu_spec::command::Command;
use apdu_spec::data::applications;
use apdu_spec::limits::REPLY_DATA_MAX;
use apdu_spec::object::Operation;
use host::card::Card;
use host::transport::Local;
use parties::crypto::sha256;
use symbolon::scene::steps::{encode, read_receipt, store};
use symbolon::scene::wares;

use super::stage::{AIDS, Stage, stage};
use super::table::{Chip, hex};

/// Applications that the test stores beside those of the stage: as many as one provider has floors for.
const MORE: u16 = 14;

/// Losing this makes a card with many applications unreadable, first for its holder's list and then for its issuer's.
#[test]
fn applications_are_listed_in_pages() {
    let Stage {
        parties,
        certificate,
        registered,
        ..
    } = stage();
    let mut chip = Chip::of(registered);
    let (provider, expiry) = (parties.provider.identity().unwrap(), parties.today.add_days(30));
    let mut expected: Vec<String> = AIDS.map(str::to_owned).to_vec();
    // Neither ascending nor descending.
    for index in (0..MORE).map(|index| 0x10 + (index * 11) % MORE) {
        // The longest there are.
        let mut aid = [0xAA; Aid::MAX];
        aid[..6].copy_from_slice(&[0xF0, 0x53, 0x59, 0x4D, 0x01, index.to_be_bytes()[1]]);
        let aid = Aid::new(&aid).unwrap();
        let ware = wares::notes(aid, 1, 1).unwrap();
        let sdi = ware.sdi(Operation::Store, provider, expiry);
        let mut card = |command: &[u8]| chip.0.process(command).to_vec();
        let receipt = store(&mut card, parties, certificate, &ware, &sdi).unwrap();
        assert_eq!(
            usize::from(u16::try_from(read_receipt(&receipt).unwrap().content_counter).unwrap()),
            expected.len() + 1
        );
        expected.push(hex(aid.as_bytes()));
        let collect = Command::CollectReceipts {
            number: read_receipt(&receipt).unwrap().number,
            held: sha256(&[apdu_spec::object::COLLECTION_PREFIX, &receipt].concat()),
        };
        assert_eq!(chip.send(&encode(&collect).unwrap()).1, 0x9000);
    }
    expected.sort();
    chip.done("00200001 04 31333537");

    let mut page = chip.done("00CA010A 000000");
    let (mut listed, mut pages) = (Vec::new(), 0);
    while !page.is_empty() {
        pages += 1;
        let names: Vec<String> = applications(&page)
            .unwrap()
            .map(|entry| hex(entry.aid.as_bytes()))
            .collect();
        assert!(page.len() <= REPLY_DATA_MAX);
        let last = names.last().unwrap().clone();
        let is_last_page = expected.last() == Some(&last);
        assert!(
            is_last_page || page.len() + page.len() / names.len() > REPLY_DATA_MAX,
            "as many as fit"
        );
        listed.extend(names);
        page = chip.done(&format!(
            "00CB010A 0000{:02X} 4F{:02X}{last} 0000",
            2 + last.len() / 2,
            last.len() / 2
        ));
    }
    assert_eq!((listed, pages), (expected.clone(), 2));
    // From an AID that is not there, too.
    let behind = chip.done("00CB010A 000007 4F05F053594D00 0000");
    assert_eq!(behind, chip.done("00CA010A 000000"));

    let mut card = Card::new(Local::new(|command: &[u8]| chip.0.process(command).to_vec()));
    let told: Vec<String> = card
        .begin()
        .unwrap()
        .applications()
        .unwrap()
        .iter()
        .map(|application| hex(application.aid.as_bytes()))
        .collect();
    assert_eq!(told, expected);
}
