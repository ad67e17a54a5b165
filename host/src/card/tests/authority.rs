//! What is given to a card besides packages: newer roots, lists, keys, authentications; unblocking, deactivation.

use apdu_spec::certificate::Role;
use apdu_spec::date::Date;
use apdu_spec::object::{Algorithm, Authentication, Header, Mode, NO_PREVIOUS, RevocationList, Signed};

use super::*;

fn header(mode: Mode, role: Role) -> Header {
    Header {
        mode,
        role,
        certificate: [1; 32],
        previous: NO_PREVIOUS,
        algorithm: Algorithm::EcdsaP256Sha256,
    }
}

fn signed(body: &[u8]) -> Vec<u8> {
    let mut out = vec![0; body.len() + Signed::OVERHEAD];
    let length = Signed::assemble(body, &[9; 64], &mut out).unwrap();
    out[..length].to_vec()
}

fn list(role: Role) -> Vec<u8> {
    let (mut buffer, mut out) = ([0; 40], [0; RevocationList::MAX]);
    let list = RevocationList::new(
        header(Mode::RegisteredIssuer, role),
        1,
        Date::MIN,
        &[[7; 32]],
        &mut buffer,
    )
    .unwrap();
    let length = list.write_body(&mut out).unwrap();
    signed(&out[..length])
}

fn authentication(challenge: [u8; 16]) -> Vec<u8> {
    let mut out = [0; Authentication::MAX];
    let authentication = Authentication {
        header: header(Mode::Registration, Role::Issuer),
        card: [2; 32],
        challenge,
    };
    let length = authentication.write_body(&mut out).unwrap();
    signed(&out[..length])
}

/// A list that the card did not take would let a revoked party go on.
#[test]
fn a_revocation_list_is_read_back_from_its_registrars_place() {
    for (role, tag) in [(Role::IssuerRegistrar, 0x0114), (Role::DataRegistrar, 0x0115)] {
        let list = list(role);
        let load = |back: String| {
            let steps = vec![
                (
                    format!("00400900 {:02X} {}", list.len(), hex(&list)),
                    "9000".to_owned(),
                ),
                (format!("00CA{tag:04X} 000000"), back),
            ];
            with_card(steps, |session| session.load_revocation_list(&list))
        };
        load(format!("{} 9000", hex(&list))).unwrap();
        for back in [
            "6A88".to_owned(),
            format!("{} 9000", hex(&self::list(Role::Provider))),
        ] {
            let error = load(back).unwrap_err();
            assert!(matches!(error, Error::NotAsWritten { .. }), "{error}");
        }
    }
    let error = with_card(Vec::<(&str, &str)>::new(), |session| {
        session.load_revocation_list(b"nothing")
    })
    .unwrap_err();
    assert_eq!(error.class(), Class::Usage);
}

/// What is not signed by anybody is not sent.
#[test]
fn a_party_answers_the_cards_challenge_or_nothing_is_sent() {
    let challenge = [0x5A; 16];
    let ask = ("00840000 10".to_owned(), format!("{} 9000", hex(&challenge)));
    let answer = authentication(challenge);
    let send = (
        format!("00820000 {:02X} {}", answer.len(), hex(&answer)),
        "9000".to_owned(),
    );
    with_card(vec![ask.clone(), send], |session| {
        session.authenticate(|given| Ok::<_, Error>(authentication(*given)))
    })
    .unwrap();
    let refused = with_card(vec![ask], |session| {
        session.authenticate(|_| {
            Err(Error::Invalid {
                step: "sign".into(),
                problem: "no key".into(),
            })
        })
    });
    assert_eq!(refused.unwrap_err().step(), "sign");
}

/// A PIN that stayed blocked would be noticed at the next till.
#[test]
fn unblocking_is_checked() {
    let unblock = |answer: &str, state: Option<&str>| {
        let send = "002C0002 0E 3837363534333231 363534333231";
        let mut steps = vec![(send, answer)];
        steps.extend(state.map(|state| ("00200002", state)));
        with_card(steps, |session| {
            session.unblock_pin(PinReference::Consent, &pin("87654321"), &pin("654321"))
        })
    };
    unblock("9000", Some("63C3")).unwrap();
    assert!(matches!(
        unblock("9000", Some("6983")),
        Err(Error::NotAsWritten { .. })
    ));
    let error = unblock("63C1", None).unwrap_err();
    assert_eq!(
        (error.status(), error.class()),
        (Some(Status(0x63C1)), Class::Refused)
    );
}

#[test]
fn a_deactivated_application_is_known_by_its_status_word() {
    let aid = "A000000F5E01";
    let fci = "6F09 6207 820138 83020001";
    let select = |status: &str| (format!("00A40400 06 {aid} 00"), format!("{fci} {status}"));
    let aid = Aid::new(&[0xA0, 0, 0, 0x0F, 0x5E, 0x01]).unwrap();
    let deactivate = ("00040400 06 A000000F5E01".to_owned(), "9000".to_owned());
    let activate = ("00440400 06 A000000F5E01".to_owned(), "9000".to_owned());
    with_card(vec![deactivate.clone(), select("6283")], |session| {
        session.deactivate(aid)
    })
    .unwrap();
    with_card(vec![activate, select("9000")], |session| session.activate(aid)).unwrap();
    let error = with_card(vec![deactivate, select("9000")], |session| {
        session.deactivate(aid)
    })
    .unwrap_err();
    assert!(matches!(error, Error::NotAsWritten { .. }), "{error}");
}

/// Without an open request that is gone, somebody else's signature still counts.
#[test]
fn a_dropped_request_is_gone() {
    let drop = ("00400500 06 800400000005", "9000");
    with_card(vec![drop, ("00CA0106 000000", "9000")], |session| {
        session.drop_request(5)
    })
    .unwrap();
    let still = "A11A 890400000005 810102 800101 4F05F053594D01 8A0101 8B020000 9000";
    let error = with_card(vec![drop, ("00CA0106 000000", still)], |session| {
        session.drop_request(5)
    })
    .unwrap_err();
    assert!(matches!(error, Error::NotAsWritten { .. }), "{error}");
}
