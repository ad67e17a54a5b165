//! The shell where it makes and uses keys, and on several channels.

use std::fs;

use crate::shell_files::{SCRIPT, fails, has, world};

/// Losing this has the card sign with a key that nobody made, or a script that cannot tell.
#[test]
fn a_key_is_made_and_signs() {
    let world = world(
        "cd Workshop
         sign 82 contract
         expect 6982
         make-key 82
         expect 6982
         verify 81 --pin-file pin
         sign 82 contract
         expect 6A88
         make-key 82 signatures
         expect 9000 04*
         set point $data
         sign 82 contract -o contract.sig
         expect 9000
         set signature $data
         echo $point $signature",
    );
    let out = world.run(SCRIPT).done().out;
    let last: Vec<_> = out.lines().last().unwrap().split(' ').collect();
    let bytes = |text: &str| hex::decode(text).unwrap();
    let (point, signature) = (bytes(last[0]), bytes(last[1]));
    assert_eq!(fs::read(world.file("contract.sig")).unwrap(), signature);
    assert!(parties::crypto::verifies(
        &point.try_into().unwrap(),
        b"what is signed",
        &signature.try_into().unwrap()
    ));
    fails(&world, "sign 82 contract", 2, &["application", "cd"]);
    fails(&world, "cd Workshop\nsign 82 nowhere", 2, &["nowhere"]);
    fails(
        &world,
        "cd Workshop\nmake-key 01",
        2,
        &["81 to 8F", "help make-key"],
    );
}

/// Losing this verifies a PIN for whoever works on another channel, or leaves channels open behind the shell.
#[test]
fn channels_have_their_own_folder_and_pins() {
    let world = world(
        "cd Workshop
         verify 81 --pin-file pin
         channel open
         expect 9000 01
         pwd
         cd Workshop
         append 0102 jam
         expect 6982
         channel open
         channel use 0
         pwd
         append 0102 jam
         channel
         channel close 1
         channel use 2
         apdu 00 CA 01 0C 00
         channel close
         pwd
         channel",
    );
    let ran = world.run(&format!("{SCRIPT} --trace")).done();
    has(
        &ran.out,
        &[
            "Channel 1 is open, and in use.\n/  3F00\n",
            "Channel 2 is open, and in use.\nChannel 0 is in use.\n/Workshop  F04E4F544557\n",
            "1        /Workshop",
            "0        /Workshop  81        in use",
            "Channel 1 is closed; channel 0 is in use.",
            "Channel 2 is closed; channel 0 is in use.\n/Workshop  F04E4F544557\n",
        ],
    );
    has(
        &ran.err,
        &["> 00700000 01", "> 01E20000", "> 02CA010C", "> 00708002"],
    );
    for (script, words) in [
        ("channel use 1", &["not open", "channel open"][..]),
        ("channel close", &["always there"]),
        ("channel close 3", &["not open"]),
        ("channel use 4", &["from 0 to 3", "help channel"]),
    ] {
        fails(&world, script, 2, words);
    }
    fails(
        &world,
        "channel open\nchannel open\nchannel open\nchannel open",
        1,
        &["6A81", "line 4"],
    );
    // What is left open is closed before another command gets the card.
    let ran = {
        fs::write(
            world.file("script.sym"),
            "channel open\nsymbolon card info\nchannel open\nexpect 9000 01",
        )
        .unwrap();
        world.run(&format!("{SCRIPT} --trace")).done()
    };
    has(&ran.err, &["> 00708001"]);
}
