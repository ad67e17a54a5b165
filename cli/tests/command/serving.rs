//! `sim serve`: a card for other processes, and a clean end.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::World;

/// A card that is served, and what the command said when it was ready.
fn serve(world: &World, options: &str) -> (Child, Value) {
    let line = format!("--json sim serve --card card.img {options}");
    let mut child = world
        .command(line.split_whitespace())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut ready)
        .unwrap();
    (child, serde_json::from_str(&ready).unwrap())
}

fn signal(child: &Child, name: &str) {
    // The shell's own kill: the program of that name is in a package that a small Debian does not have.
    assert!(
        Command::new("sh")
            .args(["-c", "kill \"$0\" \"$1\"", name, &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

/// Losing this leaves cards locked, sockets behind, or scripts that cannot tell a clean end.
#[test]
fn a_served_card_is_used_over_tcp_and_ends_cleanly_on_a_signal() {
    let world = World::registered();
    for name in ["-TERM", "-INT"] {
        let (mut child, ready) = serve(&world, "--tcp 127.0.0.1:0 --control socket");
        let address = ready["result"]["tcp"].as_str().unwrap();
        assert!(world.file("socket").exists());
        let over_tcp = world.json(&format!("card info --tcp {address}"));
        assert_eq!(over_tcp["life_cycle"], "operational");
        world.run("card info --card card.img").failed(3, &["in use"]);
        signal(&child, name);
        assert!(child.wait().unwrap().success(), "{name}");
        assert!(!world.file("socket").exists(), "{name}");
        assert_eq!(world.json("card info --card card.img"), over_tcp);
    }
}

#[test]
fn a_card_that_waits_for_a_reader_ends_on_a_signal_too() {
    let world = World::registered();
    // Nobody listens at port 1: the card tries again and again.
    let (mut child, ready) = serve(&world, "--vpcd 127.0.0.1:1");
    assert_eq!(ready["result"]["vpcd"], "127.0.0.1:1");
    signal(&child, "-TERM");
    assert!(child.wait().unwrap().success());
}

#[test]
fn an_address_that_cannot_be_had_is_told_and_the_card_left_alone() {
    let world = World::registered();
    world
        .run("sim serve --card card.img --tcp nowhere")
        .failed(2, &["nowhere"]);
    world
        .run("sim serve --card card.img --tcp 127.0.0.1:0 --control nowhere/socket")
        .failed(2, &["control socket"]);
    world.run("card info --card card.img").done();
}
