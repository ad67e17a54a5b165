//! Opening, loading, resuming and removing.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Mnemonic, Role};
use apdu_spec::data::{RequestEntry, RequestState};
use apdu_spec::date::Date;
use apdu_spec::object::{
    Algorithm, Authorizers, Consent, Header, Mode, Operation, ProviderId, Receipt, ReceiptContent,
    ReceiptOperation, Sdi, Signed, StoringRequest,
};
use apdu_spec::package::Block;
use apdu_spec::tlv::Writer;

use super::*;

const NUMBER: u32 = 5;
/// Digest of its SR.
const REQUEST: [u8; 32] = [5; 32];

fn aid() -> Aid {
    "A000000F5E01".parse().unwrap()
}

fn header() -> Header {
    Header {
        mode: Mode::ViaIssuer,
        role: Role::Card,
        certificate: [1; 32],
        previous: [2; 32],
        algorithm: Algorithm::EcdsaP256Sha256,
    }
}

fn signed(body: &[u8]) -> Vec<u8> {
    let mut out = [0; 600];
    let length = Signed::assemble(body, &[9; 64], &mut out).unwrap();
    out[..length].to_vec()
}

/// A receipt with this number about this request.
pub(super) fn receipt_about(number: u32, request: u32) -> Vec<u8> {
    let receipt = Receipt {
        header: header(),
        number,
        request,
        operation: ReceiptOperation::Storing(Operation::Store),
        content: Some(ReceiptContent {
            aid: aid(),
            version: 1,
            package: [3; 32],
            storing_request: [u8::try_from(request).unwrap(); 32],
        }),
        authorizers: Authorizers::new(&[[4; 32], [5; 32]]).unwrap(),
        content_counter: 1,
        content_list: [6; 32],
        files: (number == 0).then_some([7; 32]),
        date: Date::MIN,
        consent: Consent::Pin,
        flags: 0,
    };
    let mut out = [0; Receipt::MAX];
    let length = receipt.write_body(&mut out).unwrap();
    signed(&out[..length])
}

fn sdi() -> Sdi {
    Sdi {
        operation: Operation::Delete,
        aid: aid(),
        version: 1,
        package: None,
        provider: ProviderId {
            root: [7; 32],
            name: Mnemonic::new(b"DEPROV").unwrap(),
        },
        expiry: Date::MAX,
    }
}

fn storing_request(sdi: Sdi) -> Vec<u8> {
    let request = StoringRequest {
        header: header(),
        sdi,
        card: [1; 32],
        issuer_root: [2; 32],
        data_root: [3; 32],
        number: NUMBER,
        nonce: [4; 16],
        consent: Consent::Pin,
        date: Date::MIN,
        content_counter: 0,
    };
    let mut out = [0; 500];
    let length = request.write_body(&mut out).unwrap();
    signed(&out[..length])
}

/// GET DATA 0106 and its answer: one request that waits for this block.
fn requests(next_block: u16) -> (String, String) {
    let entry = RequestEntry {
        number: NUMBER,
        mode: Mode::ViaIssuer,
        operation: Operation::Store,
        aid: aid(),
        state: RequestState::Loading,
        next_block,
    };
    let mut out = [0; 100];
    let mut writer = Writer::new(&mut out);
    entry.write(&mut writer).unwrap();
    (
        "00CA0106 000000".to_owned(),
        format!("{} 9000", hex(writer.finish())),
    )
}

fn blocks() -> Vec<Vec<u8>> {
    let next = [8; 32];
    (0..3)
        .map(|index| {
            let next = (index < 2).then_some(&next);
            let mut out = [0; 100];
            let length = Block {
                index,
                next,
                data: &[0x55; 3],
            }
            .write(&mut out)
            .unwrap();
            out[..length].to_vec()
        })
        .collect()
}

/// LOAD APPLICATION of a block and its answer.
fn load(index: usize, answer: &str) -> (String, String) {
    let block = hex(&blocks()[index]);
    let length = block.len() / 2 + 6;
    match index {
        2 => (
            format!("00EA8002 00{length:04X} 8004{NUMBER:08X} {block} 0000"),
            answer.to_owned(),
        ),
        _ => (
            format!("00EA{index:04X} {length:02X} 8004{NUMBER:08X} {block}"),
            answer.to_owned(),
        ),
    }
}

fn ok(bytes: &[u8]) -> String {
    format!("{} 9000", hex(bytes))
}

/// GET DATA 0109 of the request's receipt.
fn asked() -> String {
    format!("00CB0109 000022 9020 {} 0000", hex(&REQUEST))
}

/// The same and its answer.
fn kept(answer: &[u8]) -> (String, String) {
    (asked(), ok(answer))
}

fn load_all(session: &mut Session<'_>) -> (Result<Loaded>, Vec<usize>) {
    let mut seen = Vec::new();
    let loaded = session.load(NUMBER, &REQUEST, blocks().iter(), &mut |progress| {
        assert_eq!(progress.total, 3);
        seen.push(progress.done);
    });
    (loaded, seen)
}

#[test]
fn loading_goes_on_where_it_was_interrupted() {
    let receipt = receipt_about(1, NUMBER);
    // The card that has all three was cut off before it committed, or wants consent first.
    for (kept_blocks, first) in [(0, 0), (1, 1), (2, 2), (3, 2)] {
        let mut steps = vec![requests(kept_blocks)];
        steps.extend((first..2).map(|index| load(index, "9000")));
        steps.push(load(2, &ok(&receipt)));
        steps.push(kept(&receipt));
        let (loaded, seen) = with_card(steps, load_all);
        assert_eq!(
            loaded.unwrap(),
            Loaded {
                receipt: receipt.clone(),
                before: false
            }
        );
        assert_eq!(seen, (first..=3).collect::<Vec<_>>());
    }
}

#[test]
fn what_was_done_before_is_not_done_again() {
    let receipt = receipt_about(1, NUMBER);
    let none = ("00CA0106 000000".to_owned(), "9000".to_owned());
    let (loaded, seen) = with_card(vec![none.clone(), kept(&receipt)], load_all);
    assert_eq!(
        loaded.unwrap(),
        Loaded {
            receipt: receipt.clone(),
            before: true
        }
    );
    assert!(seen.is_empty());
    let removed = with_card(vec![none.clone(), kept(&receipt)], |session| {
        session.remove(NUMBER, &REQUEST)
    });
    assert!(removed.unwrap().before);
    // No trace of the request at all.
    let (loaded, _) = with_card(vec![none, (asked(), "6A88".to_owned())], load_all);
    assert!(matches!(loaded, Err(Error::Invalid { .. })));
}

#[test]
fn a_card_that_tells_another_story_is_not_believed() {
    let receipt = receipt_about(1, NUMBER);
    let other = receipt_about(1, NUMBER + 1);
    let lies = [
        vec![requests(4)],
        vec![requests(2), load(2, &ok(&other))],
        vec![requests(2), load(2, &ok(&receipt)), kept(&other)],
        vec![requests(2), load(2, "9000")],
    ];
    for steps in lies {
        let (loaded, _) = with_card(steps, load_all);
        assert_eq!(loaded.unwrap_err().class(), Class::Internal);
    }
}

#[test]
fn blocks_of_no_package_are_not_sent() {
    let mut wrong = [blocks(), blocks(), blocks()];
    wrong[0].swap(0, 1);
    wrong[1].pop();
    wrong[2][0].push(0);
    for blocks in wrong {
        let mut steps = vec![requests(0)];
        if blocks.len() == 2 {
            steps.push(load(0, "9000"));
        }
        let loaded = with_card(steps, |session| {
            session.load(NUMBER, &REQUEST, blocks.iter(), &mut |_| ())
        });
        assert_eq!(loaded.unwrap_err().class(), Class::Usage);
    }
}

#[test]
fn a_refused_block_says_which_and_why() {
    let steps = vec![
        requests(1),
        load(1, "6988"),
        ("00CA010F 000000".to_owned(), "800113 9000".to_owned()),
    ];
    let (loaded, _) = with_card(steps, load_all);
    assert_eq!(
        loaded.unwrap_err().to_string(),
        "cannot load block 1 of 3: the card refused LOAD APPLICATION with 6988 incorrect object: the block is not the one announced"
    );
}

#[test]
fn a_request_about_something_else_is_not_taken() {
    let open = |answer: Sdi| {
        let mut buffer = [0; Sdi::MAX];
        let length = sdi().write_body(&mut buffer).unwrap();
        let body = hex(&buffer[..length]);
        let size = length + 3;
        let steps = vec![(
            format!("00400300 00{size:04X} 810102 {body} 0000"),
            ok(&storing_request(answer)),
        )];
        with_card(steps, |session| session.open_request(Mode::ViaIssuer, &sdi()))
    };
    assert_eq!(open(sdi()).unwrap(), storing_request(sdi()));
    let other = Sdi { version: 2, ..sdi() };
    assert!(matches!(
        open(other),
        Err(Error::Protocol {
            fault: Fault::OutOfStep,
            ..
        })
    ));
}
