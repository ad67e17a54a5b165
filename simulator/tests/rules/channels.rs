//! Keys and PINs of applications over several logical channels (SPEC.md sections 1 and 5.1): what somebody showed on one channel ends
//! where the value that he showed is gone, and nowhere else.

use apdu_spec::authentication::EXTERNAL_LABEL;
use apdu_spec::command::{Command, KeyTemplate, SelectReply, SelectTarget};
use apdu_spec::object::Operation;
use apdu_spec::package::{KeyType, KeyUsage, OnReplace};
use apdu_spec::reference::PinReference;
use applet::crypto::Crypto;
use applet::rustcrypto::RustCrypto;

use super::operations::{DENIED, PIN, key, make, plan};
use super::packages::file;
use super::scene::*;
use super::world::encode;

const VALUE: [u8; 16] = [0x4B; 16];
const DONE: u16 = 0x9000;

/// Reading: whoever showed that he has key 84.
const BEHIND_KEY: [u8; 11] = [0x80, 0x01, 0x01, 0xA4, 0x06, 0x83, 0x01, 0x84, 0x95, 0x01, 0x80];

impl Scene {
    fn on(&mut self, channel: u8, command: &Command<'_>) -> (Vec<u8>, u16) {
        let mut bytes = encode(command);
        bytes[0] |= channel;
        self.world.apdu(&bytes)
    }

    /// Opens a channel and selects an application there.
    fn open_channel(&mut self, channel: u8, application: u8) {
        let number = Some(channel);
        self.world.ok(&Command::OpenChannel { number });
        let name = aid(application);
        let select = Command::Select {
            target: SelectTarget::Aid(name.as_bytes()),
            reply: SelectReply::Nothing,
            next: false,
        };
        assert_eq!(self.on(channel, &select).1, DONE);
    }

    /// Shows key 84 on a channel and selects the file behind it.
    fn show_key(&mut self, channel: u8) {
        let (challenge, _) = self.on(channel, &Command::GetChallenge { length: 16 });
        let mac = &RustCrypto
            .aes_cmac(&VALUE, &[EXTERNAL_LABEL, &challenge])
            .unwrap();
        let answer = Command::AuthenticateByKey {
            key: Some(0x84),
            random: None,
            mac,
        };
        assert_eq!(self.on(channel, &answer).1, DONE);
        let select = Command::Select {
            target: SelectTarget::ChildEf(1),
            reply: SelectReply::Nothing,
            next: false,
        };
        assert_eq!(self.on(channel, &select).1, DONE);
    }
}

/// Two applications with the same key 84, the file behind it, and a PIN 81.
fn two() -> Scene {
    let mut scene = Scene::new();
    for number in [1, 2] {
        let keys = [key(0x84, KeyType::Aes128, KeyUsage::AuthenticateOther)];
        let mut plan = plan(1, &keys);
        plan.aid = aid(number);
        plan.rules.push(BEHIND_KEY.to_vec());
        plan.files[0] = file(1, 3, OnReplace::Keep);
        scene.seal(&mut plan, &[(0x84, &VALUE)]);
        scene.carry_package(Operation::Store, aid(number), 1, &plan.package());
        scene.select(number);
        scene.world.ok(&Command::ChangeReferenceData {
            reference: PinReference::Local(0x81),
            data: &[b"000000", PIN].concat(),
        });
    }
    scene.world.reset();
    scene
}

/// Losing this leaves who lost his key, or had it stolen, authenticated on the channel where he sits.
#[test]
fn a_key_made_anew_ends_what_every_channel_showed() {
    const READ: Command<'_> = Command::ReadBinary {
        file: apdu_spec::command::BinaryFile::Current,
        offset: 0,
        length: apdu_spec::command::Expected::Exactly(1),
    };
    let mut scene = two();
    for (channel, application) in [(1, 1), (2, 1), (3, 2)] {
        scene.open_channel(channel, application);
        scene.show_key(channel);
        assert_eq!(scene.on(channel, &READ).1, DONE);
    }
    // Another application's key of the same number is another key.
    scene.select(1);
    scene.make(0x84, KeyTemplate::Authentication);
    for (channel, status) in [(1, DENIED), (2, DENIED), (3, DONE)] {
        assert_eq!(scene.on(channel, &READ).1, status, "channel {channel}");
    }
    // What is refused makes no key anew.
    let (_, status) = scene.on(3, &make(0x85, KeyTemplate::Authentication, true));
    assert_eq!(status, 0x6A88);
    assert_eq!(scene.on(3, &READ).1, DONE);
}

/// Losing this lets anybody log everybody out: a try at a PIN on one channel ends what was verified on others.
#[test]
fn a_pin_changed_in_one_application_says_nothing_about_another() {
    let reference = PinReference::Local(0x81);
    let state = Command::Verify { reference, pin: None };
    let change = |old: &[u8]| [old, b"246802"].concat();
    let mut scene = two();
    for (channel, application) in [(1, 1), (2, 2)] {
        scene.open_channel(channel, application);
        let pin = Some(PIN);
        assert_eq!(scene.on(channel, &Command::Verify { reference, pin }).1, DONE);
    }
    scene.select(1);
    for (old, answer, after) in [(&b"999999"[..], 0x63C2, DONE), (PIN, DONE, 0x63C3)] {
        let data = &change(old);
        let (_, status) = scene
            .world
            .send(&Command::ChangeReferenceData { reference, data });
        assert_eq!(status, answer);
        assert_eq!(scene.on(1, &state).1, after, "in that application");
        assert_eq!(scene.on(2, &state).1, DONE, "in the other one");
    }
}
