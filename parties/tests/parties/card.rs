//! A card that believes everything: it signs what a real one would sign after it checked.

use apdu_spec::certificate::{
    Certificate, CertificateRequestBuilder, Reference, RequestExtension, Role, assemble,
};
use apdu_spec::date::Date;
use apdu_spec::object::{
    Algorithm, Authorizers, Consent, Header, Mode, NO_PREVIOUS, Operation, Receipt, ReceiptContent,
    ReceiptHead, ReceiptOperation, Sdi, StoringRequest,
};
use parties::crypto::{Digest, random, sha256};
use parties::decision::sign_object;
use parties::signer::{MemorySigner, Signer};

pub(crate) struct Card {
    pub(crate) key: MemorySigner,
    pub(crate) agreement: MemorySigner,
    roots: (Digest, Digest),
    pub(crate) rc: Vec<u8>,
    pub(crate) irc: Vec<u8>,
    requests: u32,
    receipts: u32,
    newest: Digest,
    request_digest: Digest,
    content_counter: u32,
    pub(crate) date: Date,
    pub(crate) consent: Consent,
    pub(crate) mode: Mode,
    pub(crate) flags: u8,
}

impl Card {
    pub(crate) fn new(issuer_root: Digest, data_root: Digest, date: Date) -> Self {
        Self {
            key: MemorySigner::generate().unwrap(),
            agreement: MemorySigner::generate().unwrap(),
            roots: (issuer_root, data_root),
            rc: Vec::new(),
            irc: Vec::new(),
            requests: 0,
            receipts: 0,
            newest: NO_PREVIOUS,
            request_digest: NO_PREVIOUS,
            content_counter: 0,
            date,
            consent: Consent::Pin,
            mode: Mode::ViaIssuer,
            flags: 0,
        }
    }

    pub(crate) fn id(&self) -> Digest {
        sha256(self.key.point())
    }

    /// RI.
    pub(crate) fn ask_registration(&self, nonce: &[u8; 16]) -> Vec<u8> {
        let builder = CertificateRequestBuilder {
            holder: Reference::new(b"DECARD00001").unwrap(),
            point: self.key.point(),
            card: Some(RequestExtension {
                nonce,
                key_agreement: self.agreement.point(),
                platform_version: 1,
                serial_number: &[1, 2, 3, 4, 5, 6, 7, 8],
            }),
        };
        let (mut body, mut request) = ([0; 1024], vec![0; 1024]);
        let length = builder.write_body(&mut body).unwrap();
        let signature = self.key.sign(&body[..length]).unwrap();
        let length = assemble(&body[..length], &signature, &mut request).unwrap();
        request.truncate(length);
        request
    }

    fn header(&self, mode: Mode) -> Header {
        Header {
            mode,
            role: Role::Card,
            certificate: sha256(&self.rc),
            previous: self.newest,
            algorithm: Algorithm::EcdsaP256Sha256,
        }
    }

    /// Receipt 0.
    pub(crate) fn register(&mut self, rc: &[u8], irc: &[u8]) -> Vec<u8> {
        self.register_by(rc, irc, &[sha256(irc)])
    }

    /// Receipt of a registration on these parties' word.
    pub(crate) fn register_by(&mut self, rc: &[u8], irc: &[u8], authorizers: &[Digest]) -> Vec<u8> {
        assert_eq!(Certificate::parse(rc).unwrap().point, self.key.point());
        (self.rc, self.irc) = (rc.to_vec(), irc.to_vec());
        let operation = ReceiptOperation::Registration;
        self.write_receipt(Mode::Registration, 0, operation, None, authorizers)
    }

    /// SR.
    pub(crate) fn open(&mut self, sdi: Sdi) -> Vec<u8> {
        self.requests += 1;
        let request = self.request(sdi);
        let signed = sign_object(&request, &self.key).unwrap();
        self.request_digest = sha256(&signed);
        signed
    }

    /// The newest request is this one (F0), as if the card had opened it.
    pub(crate) fn requests_so_far(&mut self, request: &[u8], number: u32) {
        (self.requests, self.request_digest) = (number, sha256(request));
    }

    /// What an SR with the present number says.
    pub(crate) fn request(&self, sdi: Sdi) -> StoringRequest {
        StoringRequest {
            header: self.header(self.mode),
            sdi,
            card: self.id(),
            issuer_root: self.roots.0,
            data_root: self.roots.1,
            number: self.requests,
            nonce: random().unwrap(),
            consent: self.consent,
            date: self.date,
            content_counter: self.content_counter,
        }
    }

    /// The receipt of the request opened last.
    pub(crate) fn carry_out(&mut self, sdi: &Sdi, package: Digest, authorizers: &[Digest]) -> Vec<u8> {
        let content = ReceiptContent {
            aid: sdi.aid,
            version: sdi.version,
            package,
            storing_request: self.request_digest,
        };
        let operation = ReceiptOperation::Storing(sdi.operation);
        assert!(Operation::ALL.contains(&sdi.operation));
        self.write_receipt(self.mode, self.requests, operation, Some(content), authorizers)
    }

    fn write_receipt(
        &mut self,
        mode: Mode,
        request: u32,
        operation: ReceiptOperation,
        content: Option<ReceiptContent>,
        authorizers: &[Digest],
    ) -> Vec<u8> {
        self.content_counter += u32::from(content.is_some());
        let receipt = Receipt {
            header: self.header(mode),
            number: self.receipts,
            request,
            operation,
            content,
            authorizers: Authorizers::new(authorizers).unwrap(),
            content_counter: self.content_counter,
            content_list: [9; 32],
            files: (self.receipts == 0).then_some([8; 32]),
            date: self.date,
            consent: self.consent,
            flags: self.flags,
        };
        let signed = sign_object(&receipt, &self.key).unwrap();
        self.receipts += 1;
        self.newest = sha256(&signed);
        signed
    }
}

impl Card {
    /// The newest receipt's digest over a nonce.
    pub(crate) fn head(&self, nonce: &[u8; 16]) -> Vec<u8> {
        let head = ReceiptHead {
            header: self.header(Mode::Registration),
            receipts: self.receipts,
            nonce: *nonce,
            date: self.date,
        };
        sign_object(&head, &self.key).unwrap()
    }
}
