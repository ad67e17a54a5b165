//! Between a party and a card stands a terminal that may say anything: what nobody signed decides nothing that a party signs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use serde_json::json;

use crate::support::World;

/// Bytes of an answer, and what the terminal makes of them.
type Lie = ([u8; 4], [u8; 4]);

/// The content policy in the card's status, then in its certificate: modes 1 and 2, and what the terminal would like.
const STATUS: Lie = ([0x87, 0x02, 0x00, 0x03], [0x87, 0x02, 0x00, 0x7F]);
const CERTIFICATE: Lie = ([0x83, 0x02, 0x00, 0x03], [0x83, 0x02, 0x00, 0x7F]);

/// A card that is served until the test ends, however it does.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A frame of vpcd's protocol: two bytes of length and so many bytes.
fn frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn send(stream: &mut TcpStream, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length, bytes].concat()).unwrap();
}

/// Passes one connection on to the card, and lies; gives how often it did.
fn relay(listener: &TcpListener, card: &str, lies: &[Lie]) -> usize {
    let (mut near, _) = listener.accept().unwrap();
    let mut far = TcpStream::connect(card).unwrap();
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let mut told = 0;
    while let Some(command) = frame(&mut near) {
        send(&mut far, &command);
        // Of the orders for the reader only "answer to reset" is answered.
        if command.len() < 4 && command != [0x04] {
            continue;
        }
        let mut answer = frame(&mut far).unwrap();
        for (said, lie) in lies {
            let places: Vec<usize> = (0..answer.len())
                .filter(|place| answer[*place..].starts_with(said))
                .collect();
            for place in places {
                answer[place..place + lie.len()].copy_from_slice(lie);
                told += 1;
            }
        }
        send(&mut near, &answer);
    }
    told
}

/// Losing this lets whoever stands between choose what an issuer certifies.
#[test]
fn a_renewed_certificate_allows_what_its_issuer_said_and_not_what_a_terminal_says() {
    let world = World::registered();
    let mut serve = world.command([
        "--json",
        "sim",
        "serve",
        "--card",
        "card.img",
        "--tcp",
        "127.0.0.1:0",
    ]);
    let mut served = Served(serve.stdout(Stdio::piped()).spawn().unwrap());
    let mut ready = String::new();
    BufReader::new(served.0.stdout.as_mut().unwrap())
        .read_line(&mut ready)
        .unwrap();
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    let card = ready["result"]["tcp"].as_str().unwrap();
    let modes = |of: &str| world.json(&format!("card info --tcp {of}"))["content_policy"].clone();
    let through = |lies: &[Lie], line: &dyn Fn(&str)| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let told = std::thread::scope(|scope| {
            let terminal = scope.spawn(|| relay(&listener, card, lies));
            line(&address);
            terminal.join().unwrap()
        });
        assert!(told > 0, "the terminal told the truth");
    };
    // The lie is believable: a user would see it.
    through(&[STATUS], &|terminal| {
        assert_eq!(modes(terminal), json!([1, 2, 3, 4, 5, 6, 7]));
    });
    let renew = |terminal: &str| world.run(&format!("issuer renew --issuer alpenbank --tcp {terminal}"));
    through(&[STATUS], &|terminal| {
        renew(terminal).done();
    });
    assert_eq!(modes(card), json!([1, 2]));
    through(&[STATUS, CERTIFICATE], &|terminal| {
        renew(terminal).failed(1, &["allows other modes than number 2", "--modes"]);
    });
    assert_eq!(modes(card), json!([1, 2]));
}
