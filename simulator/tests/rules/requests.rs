//! Requests: what may be asked for, by whose leave, and how many at a time (rules 3, 4 and 5).

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Extension, Policy, ProviderExtension, Role};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{Authentication, Consent, Mode, Operation, Sdi, Signed};
use apdu_spec::reason::Reason;

use super::package::package;
use super::parties::*;
use super::scene::*;

const MODE: Mode = Mode::ProviderAlone;

impl Scene {
    /// What `provider` wants stored under a name of his.
    fn wish(&self, provider: &Party, last: u8) -> Sdi {
        Sdi {
            provider: self.identity(provider),
            ..self.sdi(Operation::Store, aid(last), 1)
        }
    }

    fn numbers(&mut self) -> Vec<u32> {
        let list = self.world.get(data::OPEN_REQUESTS).unwrap();
        data::requests(&list).unwrap().map(|entry| entry.number).collect()
    }

    /// A party shows that it is there.
    fn authenticate(&mut self, party: &Party) {
        self.world.verify(party);
        let challenge = self.world.ok(&Command::GetChallenge { length: 16 });
        let authentication = &party.sign(&Authentication {
            header: party.header(Mode::Registration),
            card: self.world.card_digest(),
            challenge: challenge.try_into().unwrap(),
        });
        self.world.ok(&Command::ExternalAuthenticate { authentication });
    }

    #[track_caller]
    fn refuse_unasked(&mut self, mode: Mode, sdi: Sdi) {
        self.world
            .refused(&ask(mode, sdi, &mut [0; Sdi::MAX]), Reason::ConsentMissing);
    }
}

#[test]
fn a_provider_holds_two_requests_and_no_more() {
    let mut scene = Scene::new();
    let (one, other) = (copy(&scene.provider), copy(&scene.other));
    for last in [1, 2] {
        let wish = scene.wish(&one, last);
        scene.open(MODE, wish);
    }
    let third = scene.wish(&one, 3);
    scene.refuse_to_open(MODE, third, Reason::ProviderSlotsFull);
    let wish = scene.wish(&other, 3);
    scene.open(MODE, wish);
}

/// Four requests of two providers; of the second one's the first ends in June.
fn full() -> Scene {
    let mut scene = Scene::new();
    let (one, other) = (copy(&scene.provider), copy(&scene.other));
    for (provider, last) in [(&one, 1), (&one, 2), (&other, 3), (&other, 4)] {
        let mut wish = scene.wish(provider, last);
        if last == 3 {
            wish.expiry = date("2026-06-01");
        }
        scene.open(MODE, wish);
    }
    scene
}

#[test]
fn an_open_request_gives_way_to_nobody_before_its_day() {
    let mut scene = full();
    let third = provider(&scene.world.data, 15, "XXPROX00001");
    let wish = scene.wish(&third, 5);
    scene.refuse_to_open(MODE, wish, Reason::RequestSlotsFull);
    assert_eq!(scene.numbers(), [1, 2, 3, 4]);
    scene.wait_until("2026-06-02");
    let newcomer = scene.open(MODE, wish);
    let mut left = scene.numbers();
    left.sort_unstable();
    assert_eq!(left, [1, 2, 4, newcomer.number]);
}

#[test]
fn what_was_loaded_goes_with_its_request() {
    let mut scene = Scene::new();
    let keys = |scene: &mut Scene| -> Vec<String> {
        let dump = scene.world.card.dump().unwrap();
        let keys = dump.lines().filter_map(|line| line.get(..17)).map(str::to_owned);
        keys.filter(|key| !key.starts_with("seed")).collect()
    };
    let before = keys(&mut scene);
    let asked = scene.open(MODE, scene.sdi(Operation::Store, aid(1), 3));
    scene.authorize(&asked);
    scene.load(&asked, &package(aid(1), 3, 0), 0..1);
    assert!(keys(&mut scene).len() > before.len() + 4);
    scene.world.consent();
    let number = asked.number;
    scene.world.ok(&Command::DropRequest { number });
    assert_eq!(keys(&mut scene), before);
}

#[test]
fn numbers_are_given_out_once() {
    let mut scene = Scene::new();
    let sdi = scene.sdi(Operation::Store, aid(1), 1);
    let mut before = None;
    for number in 1..4 {
        let asked = scene.open(MODE, sdi);
        assert_eq!(asked.number, number);
        assert_ne!(before.replace(asked.request), None.or(scene.world.get(0x0107)));
        scene.world.consent();
        scene.world.ok(&Command::DropRequest { number });
    }
}

#[test]
fn the_same_data_in_another_mode_are_another_request() {
    let mut scene = Scene::new();
    let sdi = scene.sdi(Operation::Store, aid(1), 1);
    let one = scene.open(Mode::ViaIssuer, sdi);
    // Asked for again, without consent.
    let again = scene.world.ok(&ask(Mode::ViaIssuer, sdi, &mut [0; Sdi::MAX]));
    assert_eq!(again, one.request);
    scene.refuse_unasked(Mode::ProviderAlone, sdi);
    let two = scene.open(Mode::ProviderAlone, sdi);
    let request = Signed::parse(&two.request).unwrap().storing_request().unwrap();
    assert_eq!((request.header.mode, request.number), (Mode::ProviderAlone, 2));
}

#[test]
fn a_request_is_dropped_with_consent() {
    let mut scene = Scene::new();
    let asked = scene.open(MODE, scene.sdi(Operation::Store, aid(1), 1));
    let drop = Command::DropRequest { number: asked.number };
    scene.world.refused(&drop, Reason::ConsentMissing);
    scene.authenticate(&copy(&scene.provider));
    scene.world.refused(&drop, Reason::ConsentMissing);
}

#[test]
fn registering_is_no_way_to_store() {
    let mut scene = Scene::new();
    let sdi = scene.sdi(Operation::Store, aid(1), 1);
    for mode in [Mode::Registration, Mode::RegisteredIssuer] {
        scene.refuse_to_open(mode, sdi, Reason::PolicyForbids);
    }
}

#[test]
fn each_mode_needs_the_policy() {
    for mode in MODES {
        let others = MODES.into_iter().filter(|other| *other != mode);
        let mut scene = Scene::with_policy(others.fold(Policy::NONE, Policy::with));
        let sdi = scene.sdi(Operation::Store, aid(1), 1);
        scene.refuse_to_open(mode, sdi, Reason::PolicyForbids);
    }
}

#[test]
fn certified_data_delete_nothing_and_one_party_lowers_no_floor() {
    let mut scene = Scene::new();
    scene.carry(MODE, Operation::Store, aid(1), 2);
    let delete = scene.sdi(Operation::Delete, aid(1), 2);
    for mode in [Mode::CertifiedData, Mode::RegistrarCertified] {
        scene.refuse_to_open(mode, delete, Reason::WrongOperation);
    }
    scene.carry(MODE, Operation::Delete, aid(1), 2);
    let lower = scene.sdi(Operation::LowerFloor, aid(1), 1);
    for mode in [Mode::ProviderAlone, Mode::CertifiedData, Mode::RegistrarCertified] {
        scene.refuse_to_open(mode, lower, Reason::WrongOperation);
    }
}

#[test]
fn a_policy_must_say_that_a_party_needs_no_consent() {
    let mut scene = Scene::new();
    let (issuer, provider) = (copy(&scene.issuer), copy(&scene.provider));
    let sdi = scene.sdi(Operation::Store, aid(1), 1);
    for party in [issuer, provider] {
        scene.authenticate(&party);
        scene.refuse_unasked(Mode::ViaIssuer, sdi);
    }
}

#[test]
fn a_party_opens_what_it_takes_part_in_and_nothing_else() {
    let mut scene = Scene::with_policy(Policy::ALL.with_consent_waived());
    let (issuer, provider) = (copy(&scene.issuer), copy(&scene.provider));
    let sdi = scene.sdi(Operation::Store, aid(1), 1);
    scene.refuse_unasked(Mode::ViaIssuer, sdi);
    scene.authenticate(&issuer);
    for mode in [Mode::ProviderAlone, Mode::CertifiedData, Mode::RegistrarCertified] {
        scene.refuse_unasked(mode, sdi);
    }
    let request = scene.world.ok(&ask(Mode::ViaIssuer, sdi, &mut [0; Sdi::MAX]));
    let asked = Scene::asked(Mode::ViaIssuer, sdi, request);
    let request = Signed::parse(&asked.request).unwrap().storing_request().unwrap();
    assert_eq!(request.consent, Consent::None);
    scene.authorize(&asked);
    let done = receipt(&scene.finish(&asked, &package(aid(1), 1, 0)));
    assert_eq!(done.consent, Consent::None);
    scene.authenticate(&provider);
    for mode in [Mode::CertifiedData, Mode::RegistrarCertified] {
        scene.refuse_unasked(mode, scene.sdi(Operation::Replace, aid(1), 3));
    }
    let others = scene.wish(&copy(&scene.other), 2);
    scene.refuse_unasked(Mode::ViaIssuer, others);
    let own = scene.wish(&provider, 2);
    scene.world.ok(&ask(MODE, own, &mut [0; Sdi::MAX]));
}

#[test]
fn deleting_asks_for_consent_again() {
    let mut scene = Scene::new();
    scene.carry(MODE, Operation::Store, aid(1), 1);
    let asked = scene.open(MODE, scene.sdi(Operation::Delete, aid(1), 1));
    scene.authorize(&asked);
    scene.world.refused(&carry_out(&asked), Reason::ConsentMissing);
}

#[test]
fn lowering_a_floor_asks_for_consent_again() {
    let mut scene = Scene::new();
    scene.carry(MODE, Operation::Store, aid(1), 2);
    scene.carry(MODE, Operation::Delete, aid(1), 2);
    let asked = scene.open(Mode::ViaIssuer, scene.sdi(Operation::LowerFloor, aid(1), 1));
    scene.authorize(&asked);
    scene.world.refused(&carry_out(&asked), Reason::ConsentMissing);
}

/// Who agreed to a new version did not agree to none.
#[test]
fn each_operation_has_its_own_command() {
    let mut scene = Scene::new();
    scene.carry(MODE, Operation::Store, aid(1), 1);
    let replace = scene.open(Mode::ViaIssuer, scene.sdi(Operation::Replace, aid(1), 2));
    scene.authorize(&replace);
    let number = replace.number;
    for command in [
        Command::RemoveApplication { number },
        Command::LowerFloor { number },
    ] {
        scene.world.consent();
        scene.world.refused(&command, Reason::WrongOperation);
    }
    let delete = scene.open(Mode::ViaIssuer, scene.sdi(Operation::Delete, aid(1), 1));
    scene.authorize(&delete);
    let package = package(aid(1), 2, 0);
    scene.world.consent();
    scene
        .world
        .refused(&block(&delete, &package, 0), Reason::WrongOperation);
}

#[test]
fn an_authorization_is_used_once() {
    let mut scene = Scene::new();
    let evidence = |scene: &mut Scene, asked: &Asked| {
        scene.show(asked.mode);
        let evidence = scene.evidence(asked);
        scene.bring(asked, &evidence);
        evidence
    };
    let store = scene.open(MODE, scene.sdi(Operation::Store, aid(1), 2));
    let used = evidence(&mut scene, &store);
    scene.finish(&store, &package(aid(1), 2, 0));
    scene.refuse(&store, &used, Reason::NoSuchRequest);
    let delete = scene.open(MODE, scene.sdi(Operation::Delete, aid(1), 2));
    let used = evidence(&mut scene, &delete);
    scene.finish(&delete, &package(aid(1), 2, 0));
    scene.refuse(&delete, &used, Reason::NoSuchRequest);
    let lower = scene.open(Mode::ViaIssuer, scene.sdi(Operation::LowerFloor, aid(1), 1));
    let used = evidence(&mut scene, &lower);
    scene.finish(&lower, &package(aid(1), 2, 0));
    scene.refuse(&lower, &used, Reason::NoSuchRequest);
}

#[test]
fn no_block_is_kept_without_an_authorization() {
    let mut scene = Scene::new();
    let asked = scene.open(MODE, scene.sdi(Operation::Store, aid(1), 3));
    let package = package(aid(1), 3, 0);
    scene
        .world
        .refused(&block(&asked, &package, 0), Reason::RequestNotAuthorized);
}

#[test]
fn a_name_belongs_to_who_stored_it_first() {
    let mut scene = Scene::new();
    scene.carry(MODE, Operation::Store, aid(1), 1);
    let again = scene.sdi(Operation::Store, aid(1), 2);
    scene.refuse_to_open(MODE, again, Reason::AidTaken);
    let other = copy(&scene.other);
    let mut wish = scene.wish(&other, 1);
    scene.refuse_to_open(MODE, wish, Reason::AidTaken);
    wish.operation = Operation::Replace;
    wish.version = 2;
    scene.refuse_to_open(MODE, wish, Reason::NoSuchApplication);
    let delete = Sdi {
        provider: wish.provider,
        ..scene.sdi(Operation::Delete, aid(1), 1)
    };
    scene.refuse_to_open(MODE, delete, Reason::NoSuchApplication);
    // The owner deletes the version that is there.
    let delete = scene.sdi(Operation::Delete, aid(1), 2);
    scene.refuse_to_open(MODE, delete, Reason::NoSuchApplication);
}

#[test]
fn nobody_shadows_anothers_name() {
    let mut scene = Scene::new();
    scene.carry(MODE, Operation::Store, aid(1), 1);
    let longer = Aid::new(&[0xF1, 1, 2, 3, 4, 1, 1]).unwrap();
    let shorter = Aid::new(&[0xF1, 1, 2, 3, 4]).unwrap();
    let other = copy(&scene.other);
    for name in [longer, shorter] {
        let own = scene.sdi(Operation::Store, name, 1);
        let mut others = own;
        others.provider = scene.identity(&other);
        scene.refuse_to_open(MODE, others, Reason::AidNotAllowed);
        scene.carry(MODE, Operation::Store, name, 1);
    }
}

/// Whatever a registrar lets him call them.
#[test]
fn nobody_takes_a_reserved_name() {
    let mut scene = Scene::new();
    let card = Aid::PLATFORM;
    let mut buffer = [0; 64];
    let prefixes = ProviderExtension::encode(&[card], &mut buffer).unwrap();
    let draft = Draft::new("XXPROV00001", Role::Provider, Extension::Provider(prefixes));
    scene.provider = scene.world.data.certify(4, &draft);
    let domain = Aid::new(&[0xA0, 0, 0, 1, 0x51, 0, 0]).unwrap();
    for name in [card, domain] {
        let sdi = scene.sdi(Operation::Store, name, 1);
        scene.refuse_to_open(MODE, sdi, Reason::AidNotAllowed);
    }
}
