//! The whole protocol on one card in this process.

use apdu_spec::aid::Aid;
use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use simulator::card::SimulatedCard;
use simulator::randomness::Randomness;
use symbolon::scene::steps::*;
use symbolon::scene::{Cast, Parties, SceneError, wares};

#[test]
fn a_package_is_stored_replaced_and_deleted() {
    let mut card = SimulatedCard::in_memory(Randomness::seeded(1));
    card.power_on();
    let parties = Parties::new(&Cast::standard().unwrap()).unwrap();
    let mut chip = |command: &[u8]| card.process(command).to_vec();
    personalise(&mut chip, &parties).unwrap();
    let registered = register(&mut chip, &parties).unwrap();
    change_pins(&mut chip).unwrap();
    let aid = Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x01, 0x01]).unwrap();
    let (provider, expiry) = (parties.provider.identity().unwrap(), parties.today.add_days(30));

    let first = wares::notes(aid, 1, 4096).unwrap();
    let sdi = first.sdi(Operation::Store, provider, expiry);
    let receipt = store(&mut chip, &parties, &registered.certificate, &first, &sdi).unwrap();
    let receipt = read_receipt(&receipt).unwrap();
    assert_eq!((receipt.number, receipt.content_counter), (1, 1));
    assert_eq!(
        read_file(&mut chip, aid.as_bytes(), wares::files::BULK)
            .unwrap()
            .len(),
        4096
    );

    let second = wares::notes(aid, 2, 3000).unwrap();
    consent(&mut chip).unwrap();
    let request = open(&mut chip, &second.sdi(Operation::Replace, provider, expiry)).unwrap();
    let signatures = sign(&parties, &request, &registered.certificate, &second).unwrap();
    authorize(&mut chip, &parties, &signatures).unwrap();
    match load(&mut chip, &second, 0, signatures.number) {
        Err(SceneError::Card {
            reason: Reason::ConsentMissing,
            ..
        }) => {}
        other => panic!("a replacement that drops files asks again: {other:?}"),
    }
    consent(&mut chip).unwrap();
    load(&mut chip, &second, second.blocks().len() - 1, signatures.number).unwrap();
    assert_eq!(
        read_file(&mut chip, aid.as_bytes(), wares::files::BULK)
            .unwrap()
            .len(),
        3000
    );

    let sdi = second.sdi(Operation::Delete, provider, expiry);
    remove(&mut chip, &parties, &registered.certificate, &second, &sdi).unwrap();
    assert!(read_file(&mut chip, aid.as_bytes(), wares::files::BULK).is_err());
    let _ = PinReference::User;
}
