//! What a certificate gives its holder, and no more: the data registrars that an issuer may bind, the modes in which a party may take part, and
//! the card's date.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Extension, IssuerExtension, Policy, ProviderExtension, Rights, Role};
use apdu_spec::command::Command;
use apdu_spec::object::{
    CertifiedData, Header, Mode, Operation, PackageDigests, ProviderId, RegistrarCertifiedData, Sdi,
    SecondAuthorization, Signed,
};
use apdu_spec::reason::Reason;

use super::parties::*;
use super::world::*;

const AID: [u8; 6] = [0xF1, 1, 2, 3, 4, 1];

impl World {
    /// An IRC with these rights, whose issuer may bind this data registrar.
    fn issuer_with(&self, rights: Rights, bound: &Party) -> Party {
        let mut buffer = [0; 64];
        let roots = IssuerExtension::encode(&[bound.digest()], &mut buffer).unwrap();
        let draft = Draft::new("XXISSU00001", Role::Issuer, Extension::Issuer(roots));
        self.issuers.certify(3, &Draft { rights, ..draft })
    }

    /// A DPR with these rights.
    fn provider_with(&self, rights: Rights) -> Party {
        let mut buffer = [0; 64];
        let prefixes = ProviderExtension::encode(&[Aid::new(&AID[..5]).unwrap()], &mut buffer).unwrap();
        let draft = Draft::new("XXPROV00001", Role::Provider, Extension::Provider(prefixes));
        self.data.certify(4, &Draft { rights, ..draft })
    }

    fn certifier_with(&self, rights: Rights) -> Party {
        let draft = Draft::new("XXCERT00001", Role::DataCertifier, Extension::None);
        self.data.certify(5, &Draft { rights, ..draft })
    }

    /// A registered card whose RC and issuer have these rights.
    fn registered_with(rights: Rights, of_card: Rights) -> Self {
        let mut world = Self::personalised();
        world.issuer = world.issuer_with(rights, &world.data);
        let issuer = world.issuer_copy();
        world.verify(&issuer);
        let rc = world.rc_with_rights(&issuer, of_card);
        world.ok(&register(&rc));
        world
    }

    fn sdi(&self) -> Sdi {
        Sdi {
            operation: Operation::Store,
            aid: Aid::new(&AID).unwrap(),
            version: 1,
            package: Some(PackageDigests {
                size: 100,
                package: [1; 32],
                manifest: [2; 32],
                first_block: [3; 32],
            }),
            provider: ProviderId {
                root: self.data.digest(),
                name: self.provider.view().holder.identity(),
            },
            expiry: date("2030-01-01"),
        }
    }
}

fn following(by: &Party, mode: Mode, previous: &[u8]) -> Header {
    Header {
        previous: sha256(previous),
        ..by.header(mode)
    }
}

/// What this provider signs for a request of mode 4, as AUTHORIZE has it.
fn alone(request: &[u8], provider: &Party) -> (u32, Vec<u8>) {
    let number = Signed::parse(request).unwrap().storing_request().unwrap().number;
    let header = following(provider, Mode::ProviderAlone, request);
    (number, provider.sign(&SecondAuthorization { header }))
}

const fn authorize<'a>(number: u32, first: &'a [u8], second: Option<&'a [u8]>) -> Command<'a> {
    Command::Authorize {
        number,
        first,
        second,
    }
}

/// Losing this lets any issuer hand its cards to a data registrar that it was never allowed to bind.
#[test]
fn an_issuer_binds_its_cards_to_the_data_registrars_of_its_certificate_only() {
    let mut world = World::personalised();
    let elsewhere = Party::root(42, "XXOREG00001", Role::DataRegistrar);
    let unbound = world.issuer_with(Rights::ALL, &elsewhere);
    world.verify(&unbound);
    let rc = world.rc(&unbound, |_| {});
    world.refused(&register(&rc), Reason::RootMismatch);
    let bound = world.issuer_with(Rights::ALL, &world.data);
    world.verify(&bound);
    let rc = world.rc(&bound, |_| {});
    world.ok(&register(&rc));
}

/// Losing this lets a registrar's restriction of a party, or an issuer's of a card, stand on paper only.
#[test]
fn who_has_no_right_for_a_mode_takes_no_part_in_it() {
    let without = |mode: Mode| {
        Mode::ALL
            .iter()
            .copied()
            .filter(|other| *other != mode)
            .fold(Rights::NONE, Rights::with)
    };
    let mode = Mode::ProviderAlone;
    for (issuer, card, provider) in [
        (without(mode), without(mode), Rights::ALL),
        (Rights::ALL, without(mode), Rights::ALL),
        (Rights::ALL, Rights::ALL, without(mode)),
    ] {
        let mut world = World::registered_with(issuer, card);
        let party = world.provider_with(provider);
        let request = world.open(mode, &world.sdi());
        let (number, evidence) = alone(&request, &party);
        world.verify(&party);
        world.refused(&authorize(number, &evidence, None), Reason::CertificateRole);
    }
    let mut world = World::registered_with(Rights::ALL, Rights::ALL);
    let party = world.provider_with(Rights::ALL);
    let request = world.open(mode, &world.sdi());
    let (number, evidence) = alone(&request, &party);
    world.verify(&party);
    world.ok(&authorize(number, &evidence, None));
}

/// Losing this lets a data certifier countersign that was not delegated for it.
#[test]
fn a_certifier_needs_the_right_for_mode_7() {
    let mut world = World::registered();
    let issuer = world.issuer_copy();
    world.verify(&issuer);
    let rc = world.rc(&issuer, |rc| (rc.serial, rc.policy) = (2, Policy::ALL));
    world.consent();
    world.ok(&register(&rc));
    let (mode, provider) = (Mode::RegistrarCertified, world.provider_with(Rights::ALL));
    let sdi = world.sdi();
    world.open(mode, &sdi);
    let data = provider.sign(&CertifiedData {
        header: provider.header(mode),
        sdi,
    });
    world.verify(&provider);
    for (rights, allowed) in [
        (Rights::NONE.with(Mode::CertifiedData), false),
        (Rights::NONE.with(mode), true),
    ] {
        let certifier = world.certifier_with(rights);
        world.verify(&certifier);
        let header = following(&certifier, mode, &data);
        let over = certifier.sign(&RegistrarCertifiedData { header });
        let command = authorize(1, &data, Some(&over));
        if allowed {
            world.ok(&command);
        } else {
            world.refused(&command, Reason::CertificateRole);
        }
    }
}

/// Losing this lets anybody with a pen make a card believe that everything on it has expired.
#[test]
fn only_a_registrars_own_and_good_certificate_moves_the_date() {
    let mut world = World::registered();
    let today = date("2026-01-01");
    let named = |effective: &str, expiration: &str| Draft {
        effective: date(effective),
        expiration: date(expiration),
        ..Draft::new("XXCERT00001", Role::DataCertifier, Extension::None)
    };
    let forger = Party::root(43, "XXDREG00001", Role::DataRegistrar);
    let forged = forger.certify(5, &named("2026-06-01", "2036-01-01"));
    world.refuse_certificate(&forged, Reason::BadSignature);
    let over = world.data.certify(5, &named("2025-01-01", "2025-12-31"));
    world.refuse_certificate(&over, Reason::Expired);
    // 400 days from 2026-01-01 is 2027-02-05.
    let far = world.data.certify(5, &named("2027-02-06", "2036-01-01"));
    world.refuse_certificate(&far, Reason::NotYetValid);
    assert_eq!(world.date(), today);
    // What an issuer signs moves nothing either.
    let issuer = world.issuer_copy();
    world.verify(&issuer);
    let later = world.rc_from(&issuer, date("2026-06-01"));
    world.ok(&register(&later));
    assert_eq!(world.date(), today);
    let near = world.data.certify(5, &named("2027-02-05", "2036-01-01"));
    world.verify(&near);
    assert_eq!(world.date(), date("2027-02-05"));
    // And never back.
    let earlier = world.data.certify(5, &named("2026-06-01", "2036-01-01"));
    world.verify(&earlier);
    assert_eq!(world.date(), date("2027-02-05"));
}
