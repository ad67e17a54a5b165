//! A card that signs for itself, and the parties who authorize: what `exchange` tells its story with.

use symbolon_apdu_spec::certificate::Role;
use symbolon_apdu_spec::object::{
    Algorithm, Authorizers, Body, Consent, ContentEntry, Digest, FLAG_MAC, Header, Mode, NO_PREVIOUS,
    Operation, PackageDigests, ProviderId, Receipt, ReceiptContent, ReceiptOperation, Sdi, Signed,
    StoringRequest,
};

use super::world::{self, mac, point, sha256, signed, written};
use super::{hex, packages};

/// By what an object is authentic.
#[derive(Clone, Copy)]
pub enum By {
    Key(u8),
    Mac([u8; 16]),
}

/// An object: name, kind, by whom, encoding.
pub struct Made {
    pub name: String,
    pub kind: &'static str,
    pub by: By,
    pub encoded: Vec<u8>,
}

/// An operation from request to receipt, by names of objects and certificates.
pub struct Exchange {
    pub name: &'static str,
    pub mode: Mode,
    /// What PSO VERIFY CERTIFICATE takes in before the evidence.
    pub verified: Vec<&'static str>,
    pub request: String,
    pub evidence: Vec<String>,
    pub receipt: String,
    pub authorizers: Vec<&'static str>,
}

/// Who signs, with which certificate (and its name in certificates.json).
#[derive(Clone)]
pub struct Party {
    pub role: Role,
    pub by: By,
    pub certificate: Vec<u8>,
    pub name: &'static str,
}

impl Party {
    pub fn header(&self, mode: Mode, previous: Digest) -> Header {
        let algorithm = match self.by {
            By::Key(_) => Algorithm::EcdsaP256Sha256,
            By::Mac(_) => Algorithm::AesCmac,
        };
        Header {
            mode,
            role: self.role,
            certificate: sha256(&self.certificate),
            previous,
            algorithm,
        }
    }
}

pub fn issuer() -> Party {
    party(Role::Issuer, 3, world::issuer(), "IRC")
}

pub fn provider() -> Party {
    party(Role::Provider, 4, world::provider(), "DPR")
}

pub fn party(role: Role, key: u8, certificate: Vec<u8>, name: &'static str) -> Party {
    Party {
        role,
        by: By::Key(key),
        certificate,
        name,
    }
}

pub fn museum() -> ProviderId {
    ProviderId {
        root: sha256(&world::data_root()),
        name: "GBMUSEUM".parse().unwrap(),
    }
}

/// What is to happen to the museum's guide (01) or to its map (02).
pub fn sdi(operation: Operation, which: u8, version: u32) -> Sdi {
    let package = packages::guide(which, version);
    let digests = PackageDigests {
        size: u32::try_from(package.len()).unwrap(),
        package: sha256(&package),
        manifest: sha256(&packages::manifest_of(&package)),
        first_block: sha256(&packages::blocks(&package)[0]),
    };
    Sdi {
        operation,
        aid: packages::guide_aid(which),
        version,
        package: matches!(operation, Operation::Store | Operation::Replace).then_some(digests),
        provider: museum(),
        expiry: "2026-12-31".parse().unwrap(),
    }
}

/// The salt of an application's leaf in the content list.
pub fn salt(entry: &ContentEntry) -> [u8; 16] {
    let mut salt = *b"sixteen byte slt";
    salt[15] = entry.aid.as_bytes()[5];
    salt
}

pub fn leaf(entry: &ContentEntry) -> Digest {
    sha256(&[&salt(entry)[..], &written(|out| entry.write(out))].concat())
}

/// The card, what it and others signed so far, and what is on it.
#[derive(Default)]
pub struct Story {
    pub rc: Vec<u8>,
    pub made: Vec<Made>,
    pub exchanges: Vec<Exchange>,
    /// The content list after every change.
    pub lists: Vec<Vec<ContentEntry>>,
    pub receipts: u32,
    pub requests: u32,
    pub last_receipt: Option<Digest>,
    pub counter: u32,
}

impl Story {
    /// Completes a body and keeps the object.
    pub fn keep<'a>(&mut self, name: &str, kind: &'static str, by: By, body: &impl Body<'a>) -> Vec<u8> {
        let body = written(|out| body.write_complete(out));
        let encoded = match by {
            By::Key(key) => signed(key, &body),
            By::Mac(key) => written(|out| Signed::assemble_mac(&body, &mac(&key, &body), out)),
        };
        self.made.push(Made {
            name: name.to_owned(),
            kind,
            by,
            encoded: encoded.clone(),
        });
        encoded
    }

    pub fn card_header(&self, mode: Mode) -> Header {
        Header {
            mode,
            role: Role::Card,
            certificate: sha256(&self.rc),
            previous: self.last_receipt.unwrap_or(NO_PREVIOUS),
            algorithm: Algorithm::EcdsaP256Sha256,
        }
    }

    fn content(&self) -> Vec<ContentEntry> {
        self.lists.last().cloned().unwrap_or_default()
    }

    /// SR.
    pub fn request(&mut self, name: &str, mode: Mode, sdi: Sdi) -> (StoringRequest, Vec<u8>) {
        self.requests += 1;
        let request = StoringRequest {
            header: self.card_header(mode),
            sdi,
            card: sha256(&point(5)),
            issuer_root: sha256(&world::issuer_root()),
            data_root: sha256(&world::data_root()),
            number: self.requests,
            nonce: *b"the card's nonce",
            consent: Consent::Pin,
            date: "2026-03-01".parse().unwrap(),
            content_counter: self.counter,
        };
        let encoded = self.keep(&format!("SR, {name}"), "SR", By::Key(5), &request);
        (request, encoded)
    }

    /// Carries a request out.
    pub fn carry_out(
        &mut self,
        name: &'static str,
        (request, sr): &(StoringRequest, Vec<u8>),
        evidence: &[String],
        parties: &[&Party],
        flags: u8,
    ) {
        let sdi = &request.sdi;
        let mut content = self.content();
        let present = content.iter().position(|entry| entry.aid == sdi.aid);
        let gone = present.map(|place| content.remove(place));
        let package = match (sdi.operation, &sdi.package, gone) {
            (Operation::LowerFloor, ..) => [0; 32],
            (_, Some(package), _) => package.package,
            (_, None, gone) => gone.unwrap().package,
        };
        if sdi.package.is_some() {
            content.push(ContentEntry {
                aid: sdi.aid,
                version: sdi.version,
                package,
                provider: sdi.provider,
            });
            content.sort_by_key(|entry| entry.aid);
        }
        if sdi.operation != Operation::LowerFloor {
            self.counter += 1;
            self.lists.push(content);
        }
        let content = ReceiptContent {
            aid: sdi.aid,
            version: sdi.version,
            package,
            storing_request: sha256(sr),
        };
        let macs = parties.iter().any(|party| matches!(party.by, By::Mac(_)));
        let operation = ReceiptOperation::Storing(sdi.operation);
        let flags = flags | if macs { FLAG_MAC } else { 0 };
        let certificates: Vec<_> = parties.iter().map(|party| sha256(&party.certificate)).collect();
        let mode = request.header.mode;
        let receipt = self.receipt(
            name,
            mode,
            request.number,
            operation,
            Some(content),
            &certificates,
            flags,
        );
        let verified = parties.iter().filter(|party| party.role != Role::Issuer);
        self.exchanges.push(Exchange {
            name,
            mode,
            verified: verified.map(|party| party.name).collect(),
            request: format!("SR, {name}"),
            evidence: evidence.to_vec(),
            receipt,
            authorizers: parties.iter().map(|party| party.name).collect(),
        });
    }

    /// The next receipt; gives its name.
    #[expect(clippy::too_many_arguments, reason = "a receipt has as many fields")]
    pub fn receipt(
        &mut self,
        name: &str,
        mode: Mode,
        request: u32,
        operation: ReceiptOperation,
        content: Option<ReceiptContent>,
        authorizers: &[Digest],
        flags: u8,
    ) -> String {
        let leaves: Vec<_> = self.content().iter().flat_map(leaf).collect();
        let receipt = Receipt {
            header: self.card_header(mode),
            number: self.receipts,
            request,
            operation,
            content,
            authorizers: Authorizers::new(authorizers).unwrap(),
            content_counter: self.counter,
            content_list: sha256(&leaves),
            date: "2026-03-01".parse().unwrap(),
            consent: if self.receipts == 0 {
                Consent::None
            } else {
                Consent::Pin
            },
            flags,
            // Nobody made files on this card before it was registered.
            files: (self.receipts == 0).then(|| sha256(b"")),
        };
        let name = format!("receipt {}, {name}", self.receipts);
        let encoded = self.keep(&name, "receipt", By::Key(5), &receipt);
        self.last_receipt = Some(sha256(&encoded));
        self.receipts += 1;
        name
    }

    /// The object of this name.
    pub fn encoded(&self, name: &str) -> &[u8] {
        let found = self.made.iter().find(|made| made.name == name);
        &found.unwrap_or_else(|| panic!("no object {name}")).encoded
    }
}

/// A content list as the vectors tell it.
pub fn list_fields(name: &str, list: &[ContentEntry]) -> serde_json::Value {
    let leaves: Vec<u8> = list.iter().flat_map(leaf).collect();
    let fields: Vec<_> = list
        .iter()
        .map(|entry| {
            let encoded = written(|out| entry.write(out));
            serde_json::json!({ "salt": hex(&salt(entry)), "entry": hex(&encoded), "leaf": hex(&leaf(entry)) })
        })
        .collect();
    serde_json::json!({ "name": name, "leaves": fields, "digest": hex(&sha256(&leaves)) })
}
