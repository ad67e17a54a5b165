//! A key for MACs is between the card and one party; when the issuer changes, the issuer's goes.

use apdu_spec::certificate::{Certificate, Extension, Policy};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{Mode, SHARED_KEY_LABEL, SharedKey};
use apdu_spec::reason::Reason;
use applet::crypto::{Crypto, PrivateKey};
use applet::rustcrypto::RustCrypto;

use super::later::released;
use super::parties::*;
use super::revocation::list;
use super::world::*;

/// A key for MACs, sealed for the card by the party and signed.
fn shared_key(world: &mut World, by: &Party) -> Vec<u8> {
    let rc = world.get(data::CARD_CERTIFICATE).unwrap();
    let Extension::Card(of_card) = Certificate::parse(&rc).unwrap().extension else {
        panic!("an RC without what RCs say");
    };
    let (ephemeral, card, version) = (PrivateKey([99; 32]), world.card_digest(), 1_u32);
    let secret = RustCrypto.p256_agree(&ephemeral, of_card.key_agreement).unwrap();
    let point = RustCrypto.p256_public(&ephemeral).unwrap();
    let counted = [[0, 0, 0, 1], version.to_be_bytes()];
    let pad = RustCrypto.digest(&[
        secret.as_slice(),
        &counted[0],
        SHARED_KEY_LABEL,
        &card,
        &point,
        &counted[1],
    ]);
    let mut header = by.header(Mode::Registration);
    header.previous = sha256(&rc);
    by.sign(&SharedKey {
        header,
        card,
        version,
        ephemeral: &point,
        sealed: pad.first_chunk().unwrap(),
    })
}

#[test]
fn a_revoked_party_shares_no_key() {
    let mut world = World::registered();
    let (issuer, provider) = (world.issuer_copy(), copy(&world.provider));
    let policy = Policy::NONE.with(Mode::ViaIssuer).with_mac();
    world.verify(&issuer);
    let rc = world.rc(&issuer, |rc| (rc.serial, rc.policy) = (2, policy));
    world.consent();
    world.ok(&register(&rc));
    world.verify(&provider);
    for (registrar, party) in [(copy(&world.issuers), issuer), (copy(&world.data), provider)] {
        let revoked = list(&registrar, 1, &[party.digest()]);
        world.ok(&Command::LoadRevocationList { list: &revoked });
        let key = shared_key(&mut world, &party);
        world.consent();
        world.refused(&Command::LoadSharedKey { key: &key }, Reason::Revoked);
    }
}

#[test]
fn the_next_issuer_does_not_inherit_the_key_for_macs() {
    let mut world = World::registered();
    let (old, provider) = (world.issuer_copy(), copy(&world.provider));
    let policy = Policy::NONE.with(Mode::ViaIssuer).with_mac();
    world.verify(&old);
    let rc = world.rc(&old, |rc| (rc.serial, rc.policy) = (2, policy));
    world.consent();
    world.ok(&register(&rc));
    world.verify(&provider);
    for party in [&old, &provider] {
        let key = shared_key(&mut world, party);
        world.consent();
        world.ok(&Command::LoadSharedKey { key: &key });
    }
    let kept = |world: &mut World| {
        let dump = world.card.dump().unwrap();
        [0, 1].map(|slot| dump.contains(&format!("\n0000 0C {slot:04X} ")))
    };
    assert_eq!(kept(&mut world), [true, true]);
    world.verify(&old);
    let rc = world.rc(&old, |rc| (rc.serial, rc.policy) = (3, policy));
    world.ok(&register(&rc));
    assert_eq!(kept(&mut world), [true, true]);
    let new = world.certify_issuer(31, "XXNEWI00001");
    world.verify(&new);
    let rc = world.rc(&new, |rc| (rc.serial, rc.policy) = (4, policy));
    let release = world.release(&new, |_| {});
    world.consent();
    world.ok(&released(&rc, &release));
    assert_eq!(kept(&mut world), [false, true]);
}
