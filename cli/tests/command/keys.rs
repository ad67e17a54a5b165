//! Keys of an application: brought sealed in a package, or made on the card, and used to sign.

use std::fs;

use parties::crypto::verifies;

use crate::support::World;

const APPLICATION: &str = "F04E4F54455A";
/// The private key that the package brings.
const SCALAR: &str = "1111111111111111111111111111111111111111111111111111111111111111";

fn package() -> String {
    format!(
        r#"
format = 1
aid = "{APPLICATION}"
version = 1
label = "keys"

[[key]]
reference = "81"
type = "P-256"
usage = "sign"
access = {{ read = "always", use = "pin 01" }}
on-replace = "keep"
value = {{ hex = "{SCALAR}" }}

[[key]]
reference = "82"
type = "P-256"
usage = "sign"
access = {{ read = "always", generate = "pin 01", use = "pin 01" }}
on-replace = "keep"
"#
    )
}

#[test]
fn a_card_signs_with_the_key_it_was_brought_and_the_key_it_made() {
    let world = World::registered();
    fs::write(world.path().join("keys.toml"), package()).unwrap();
    world
        .run("package build keys.toml -o keys.pkg")
        .failed(2, &["is sealed", "provider seal-package"]);
    let sealed = world.json("provider seal-package keys.toml --provider notiz --card card.img -o keys.pkg");
    assert_eq!(sealed["keys"][0]["sealed"], true);
    assert_eq!(sealed["keys"][1]["sealed"], false);
    for line in [
        "provider add-package keys.pkg --provider notiz",
        "approval request --card card.img --package keys.pkg --provider-name DENOTIZ -o keys.json",
        "approval sign keys.json --party alpenbank",
        "approval sign keys.json --party notiz",
        "approval apply keys.json --card card.img --package keys.pkg",
    ] {
        world.run(line).done();
    }
    fs::write(world.path().join("contract"), "what is signed").unwrap();
    let sign = |key: &str, options: &str| {
        format!("card sign {APPLICATION} {key} contract --card card.img {options}")
    };
    // Without the PIN neither, and the second is not made yet.
    world.run(&sign("81", "")).failed(1, &["6982"]);
    world.run(&sign("82", "--pin user")).failed(1, &["6A88"]);
    let make = |key: &str| format!("card make-key {APPLICATION} {key} --pin user --card card.img");
    world.run(&make("81")).failed(1, &["6982"]);
    let made = world.json(&make("82"));
    for key in ["81", "82"] {
        let signed = world.json(&sign(key, "--pin user --output contract.sig"));
        let bytes = |field: &str| hex::decode(signed[field].as_str().unwrap()).unwrap();
        let (point, signature) = (bytes("public_key"), bytes("signature"));
        assert_eq!(fs::read(world.path().join("contract.sig")).unwrap(), signature);
        let (point, signature) = (point.try_into().unwrap(), signature.try_into().unwrap());
        assert!(verifies(&point, b"what is signed", &signature));
        if key == "82" {
            assert_eq!(signed["public_key"], made["public_key"]);
        } else {
            // x of 1111...11 times the base point, computed elsewhere.
            let x = hex::encode_upper(&point[1..33]);
            assert_eq!(
                x,
                "0217E617F0B6443928278F96999E69A23A4F2C152BDF6D6CDF66E5B80282D4ED"
            );
        }
    }
}
