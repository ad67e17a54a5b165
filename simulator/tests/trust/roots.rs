//! A registrar changes its key and its name stays; nobody else gets in by it.

use apdu_spec::certificate::{
    CertificateBuilder, Extension, IssuerExtension, Rights, Role, SuccessorExtension,
};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::Mode;
use apdu_spec::reason::Reason;
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::randomness::Randomness;

use super::parties::*;
use super::world::*;

fn link(by: &Party, seed: u8, name: &str) -> Party {
    let draft = Draft::new(name, by.view().role, Extension::None);
    by.certify(seed, &draft)
}

fn irc(world: &World, root: &Party, seed: u8, name: &str) -> Party {
    let mut buffer = [0; 64];
    let roots = IssuerExtension::encode(&[world.data.digest()], &mut buffer).unwrap();
    root.certify(seed, &Draft::new(name, Role::Issuer, Extension::Issuer(roots)))
}

#[test]
fn certificates_count_under_either_root_and_the_third_pushes_the_first_out() {
    let mut world = World::registered();
    let mut draft = Draft::new("XXIREG00002", Role::IssuerRegistrar, Extension::None);
    draft.effective = date("2026-06-01");
    let second = world.issuers.certify(21, &draft);
    let third = link(&second, 22, "XXIREG00003");
    let under = [
        world.issuer_copy(),
        irc(&world, &second, 31, "XXISSU00002"),
        irc(&world, &third, 32, "XXISSU00003"),
    ];
    world.refuse_certificate(&under[1], Reason::UnknownAuthority);
    world.refuse_certificate(&third, Reason::UnknownAuthority);
    assert_eq!(world.get(data::ISSUER_REGISTRAR_LINK), None);

    world.verify(&second);
    assert_eq!(world.date(), date("2026-06-01"));
    let roots = |world: &mut World| {
        [data::ISSUER_REGISTRAR_ROOT, data::ISSUER_REGISTRAR_LINK].map(|tag| world.get(tag).unwrap())
    };
    let first = world.issuers.certificate.clone();
    assert_eq!(roots(&mut world), [first, second.certificate.clone()]);
    world.verify(&under[0]);
    world.verify(&under[1]);

    // Again, it is there already.
    let before = world.card.dump().unwrap();
    world.verify(&second);
    assert_eq!(world.card.dump().unwrap(), before);

    world.verify(&third);
    let expected = [second.certificate.clone(), third.certificate.clone()];
    assert_eq!(roots(&mut world), expected);
    world.refuse_certificate(&under[0], Reason::UnknownAuthority);
    world.verify(&under[1]);
    world.verify(&under[2]);
    // What fell out does not come back, and power off changes nothing.
    world.refuse_certificate(&link(&world.issuers, 21, "XXIREG00002"), Reason::UnknownAuthority);
    world.card.power_off();
    world.card.power_on();
    world.verify(&third);
    assert_eq!(roots(&mut world), expected);
}

#[test]
fn the_older_root_may_link_as_well() {
    let mut world = World::registered();
    world.verify(&link(&world.data, 21, "XXDREG00002"));
    let third = link(&world.data, 22, "XXDREG00005");
    world.verify(&third);
    world.refuse_certificate(&link(&third, 23, "XXDREG00005"), Reason::LinkTooOld);
    world.verify(&provider(&third, 24, "XXPROV00002"));
    // Issuers have another registrar, whose roots are as they were.
    assert_eq!(world.get(data::ISSUER_REGISTRAR_LINK), None);
    world.verify(&world.issuer_copy());
}

#[test]
fn a_link_that_is_not_the_registrars_next_key_is_refused() {
    let mut world = World::registered();
    let refused = |world: &mut World, reason, change: &dyn Fn(&mut Draft<'_>)| {
        let mut draft = Draft::new("XXIREG00002", Role::IssuerRegistrar, Extension::None);
        change(&mut draft);
        let party = world.issuers.certify(21, &draft);
        world.refuse_certificate(&party, reason);
    };
    refused(&mut world, Reason::LinkTooOld, &|draft| {
        draft.name = "XXIREG00001"
    });
    refused(&mut world, Reason::LinkTooOld, &|draft| {
        draft.name = "XXIREG00000"
    });
    refused(&mut world, Reason::CertificateRole, &|draft| {
        draft.name = "XXOTHER00002"
    });
    refused(&mut world, Reason::UnknownAuthority, &|draft| {
        draft.role = Role::DataRegistrar;
    });
    refused(&mut world, Reason::Expired, &|draft| {
        draft.expiration = date("2025-12-31");
        draft.effective = date("2025-01-01");
    });
    refused(&mut world, Reason::Expired, &|draft| {
        (draft.effective, draft.expiration) = (date("2026-02-01"), date("2026-01-31"));
    });
    // 400 days from 2026-01-01.
    refused(&mut world, Reason::NotYetValid, &|draft| {
        draft.effective = date("2027-02-06");
    });
    refused(&mut world, Reason::UnknownExtension, &|draft| {
        draft.extension = Extension::Successor(SuccessorExtension::of_provider("XXA".parse().unwrap()));
    });
    let forger = Party::root(41, "XXIREG00001", Role::IssuerRegistrar);
    world.refuse_certificate(&link(&forger, 42, "XXIREG00002"), Reason::BadSignature);
    world.refuse_certificate(&forger, Reason::LinkTooOld);

    world.verify(&link(&world.issuers, 21, "XXIREG00005"));
    refused(&mut world, Reason::LinkTooOld, &|draft| {
        draft.name = "XXIREG00003"
    });
    let mut draft = Draft::new("XXIREG00006", Role::IssuerRegistrar, Extension::None);
    draft.effective = date("2027-02-05");
    world.verify(&world.issuers.certify(22, &draft));
    assert_eq!(world.date(), date("2027-02-05"));
}

#[test]
fn a_link_widens_no_rights() {
    let mut world = World::with_roots();
    let mut draft = Draft::new("XXIREG00002", Role::IssuerRegistrar, Extension::None);
    draft.rights = Rights::NONE.with(Mode::Registration);
    let narrow = world.issuers.certify(21, &draft);
    world.verify(&narrow);
    world.refuse_certificate(&link(&narrow, 22, "XXIREG00003"), Reason::CertificateRole);
}

#[test]
fn an_expired_root_certifies_nothing_more() {
    let mut world = World::registered();
    let mut draft = Draft::new("XXIREG00002", Role::IssuerRegistrar, Extension::None);
    draft.expiration = date("2026-03-01");
    let second = world.issuers.certify(21, &draft);
    world.verify(&second);
    let mut draft = Draft::new("XXDREG00002", Role::DataRegistrar, Extension::None);
    draft.effective = date("2026-03-02");
    world.verify(&world.data.certify(22, &draft));
    world.refuse_certificate(&link(&second, 23, "XXIREG00003"), Reason::Expired);
    world.refuse_certificate(&irc(&world, &second, 31, "XXISSU00002"), Reason::Expired);
    world.verify(&link(&world.issuers, 23, "XXIREG00003"));
}

#[test]
fn a_first_root_signs_itself() {
    let mut world = World::personalised();
    let (root, stranger) = (
        copy(&world.issuers),
        Party::root(51, "XXIREG00001", Role::IssuerRegistrar),
    );
    let view = stranger.view();
    // The name and key of one, signed by another of the same name.
    let forged = root.sign_certificate(&CertificateBuilder::from(&view));
    world.refused(
        &Command::PutData {
            tag: data::ISSUER_REGISTRAR_ROOT,
            value: &forged,
        },
        Reason::BadSignature,
    );
}

#[test]
fn there_is_no_link_without_a_root() {
    let mut world = World::with_roots();
    world.card = SimulatedCard::in_memory(Randomness::seeded(2));
    world.refuse_certificate(&link(&world.issuers, 21, "XXIREG00002"), Reason::UnknownAuthority);
    world.refuse_certificate(&world.issuer_copy(), Reason::UnknownAuthority);
}

#[test]
fn a_link_leaves_the_verified_certificate_alone_and_the_first_root_stays_the_name() {
    let mut world = World::personalised();
    let second = link(&world.issuers, 21, "XXIREG00002");
    let issuer = irc(&world, &second, 31, "XXISSU00002");
    world.verify(&second);
    world.verify(&issuer);
    world.verify(&link(&second, 22, "XXIREG00003"));
    let first = core::mem::replace(&mut world.issuers, copy(&second));
    let named_by_link = world.rc(&issuer, |_| {});
    world.issuers = first;
    world.refused(&register(&named_by_link), Reason::RootMismatch);
    let rc = world.rc(&issuer, |_| {});
    world.ok(&register(&rc));
}

#[test]
fn another_first_root_takes_everything_of_the_one_before_with_it() {
    let mut world = World::personalised();
    let second = link(&world.issuers, 21, "XXIREG00002");
    world.verify(&second);
    let revoked = super::revocation::list(&second, 9, &[]);
    world.ok(&Command::LoadRevocationList { list: &revoked });
    let other = Party::root(51, "XXOREG00001", Role::IssuerRegistrar);
    world.refused(
        &Command::PutData {
            tag: data::DATA_REGISTRAR_ROOT,
            value: &other.certificate,
        },
        Reason::CertificateRole,
    );
    // A link is no first root: it does not sign itself.
    world.refused(
        &Command::PutData {
            tag: data::ISSUER_REGISTRAR_ROOT,
            value: &second.certificate,
        },
        Reason::UnknownAuthority,
    );
    world.put(data::ISSUER_REGISTRAR_ROOT, &other.certificate);
    assert_eq!(world.get(data::ISSUER_REGISTRAR_LINK), None);
    assert_eq!(world.get(data::ISSUER_REVOCATION_LIST), None);
    world.refuse_certificate(&world.issuer_copy(), Reason::UnknownAuthority);
    world.refuse_certificate(&irc(&world, &second, 31, "XXISSU00002"), Reason::UnknownAuthority);
    let issuer = irc(&world, &other, 32, "XXISSU00001");
    world.verify(&issuer);
    let rc = world.rc(&issuer, |_| {});
    world.refused(&register(&rc), Reason::RootMismatch);
    world.issuers = other;
    let rc = world.rc(&issuer, |_| {});
    world.ok(&register(&rc));
    world.refused(
        &Command::PutData {
            tag: data::ISSUER_REGISTRAR_ROOT,
            value: &second.certificate,
        },
        Reason::AlreadyRegistered,
    );
}
