//! Reads bytes as everything they could be. What is read is written again byte for byte. Fuzzing shares this.

use symbolon_apdu_spec::certificate::{
    Certificate, CertificateBuilder, CertificateRequest, CertificateRequestBuilder, Extension,
};
use symbolon_apdu_spec::limits::REVOKED;
use symbolon_apdu_spec::object::{
    Authentication, Body, CertifiedData, ContentEntry, FirstAuthorization, Proof, Receipt, ReceiptHead,
    Refusal, RegistrarCertifiedData, Release, RevocationList, Sdi, SecondAuthorization, SharedKey, Signed,
    StoringRequest,
};
use symbolon_apdu_spec::package::{Block, Manifest, ManifestBuilder, Package};
use symbolon_apdu_spec::tlv;

/// What `write` writes into a buffer that is large enough.
fn written(write: impl FnOnce(&mut [u8]) -> tlv::Result<usize>) -> Vec<u8> {
    let mut out = vec![0; 4096];
    let length = write(&mut out).unwrap();
    out.truncate(length);
    out
}

/// Reads the input as everything it could be, and writes what was read again.
pub(crate) fn check(input: &[u8]) {
    if let Ok(certificate) = Certificate::parse(input) {
        let templates = extension_count(certificate.body);
        if templates == usize::from(certificate.extension != Extension::None) {
            let body = written(|out| CertificateBuilder::from(&certificate).write_body(out));
            assert_eq!(body, certificate.body);
        }
        let _ = certificate.check_under(&certificate);
        let _ = certificate.check_link(&certificate);
    }
    if let Ok(request) = CertificateRequest::parse(input) {
        assert_eq!(
            written(|out| CertificateRequestBuilder::from(&request).write_body(out)),
            request.body
        );
    }
    if let Ok(signed) = Signed::parse(input) {
        assert_eq!(
            written(|out| match signed.proof {
                Proof::Signature(signature) => Signed::assemble(signed.body, signature, out),
                Proof::Mac(mac) => Signed::assemble_mac(signed.body, mac, out),
            }),
            input
        );
        check_body(&signed);
    }
    if let Ok(sdi) = Sdi::read_body(input) {
        assert_eq!(written(|out| sdi.write_body(out)), input);
    }
    if let Ok(entry) = ContentEntry::read(input) {
        assert_eq!(written(|out| entry.write(out)), input);
    }
    if let Ok(block) = Block::parse(input) {
        assert_eq!(written(|out| block.write(out)), input);
    }
    if let Ok(manifest) = Manifest::parse(input) {
        check_manifest(&manifest);
    }
    if let Ok(package) = Package::parse(input) {
        assert_eq!(package.block_data().collect::<Vec<_>>().concat(), input);
    }
}

fn check_body(signed: &Signed<'_>) {
    fn same<'a, T: Body<'a>>(signed: &Signed<'a>) {
        if let Ok(body) = signed.read::<T>() {
            assert_eq!(body.header().algorithm, signed.proof.algorithm());
            assert_eq!(written(|out| body.write_complete(out)), signed.body);
        }
    }
    same::<StoringRequest>(signed);
    same::<FirstAuthorization>(signed);
    same::<SecondAuthorization>(signed);
    same::<CertifiedData>(signed);
    same::<RegistrarCertifiedData>(signed);
    same::<Receipt>(signed);
    same::<Refusal<'_>>(signed);
    same::<ReceiptHead>(signed);
    same::<SharedKey<'_>>(signed);
    same::<Authentication>(signed);
    same::<RevocationList<'_>>(signed);
    same::<Release>(signed);
    if let Ok(list) = signed.read::<RevocationList<'_>>() {
        let revoked: Vec<_> = list.revoked().copied().collect();
        assert!(revoked.len() <= REVOKED && revoked.is_sorted_by(|one, other| one < other));
        assert!(revoked.iter().all(|digest| list.names(digest)));
    }
}

fn check_manifest(manifest: &Manifest<'_>) {
    let (rules, files): (Vec<_>, Vec<_>) = (manifest.rules().collect(), manifest.files().collect());
    let (pins, keys): (Vec<_>, Vec<_>) = (manifest.pins().collect(), manifest.keys().collect());
    let builder = ManifestBuilder {
        aid: manifest.aid(),
        version: manifest.version(),
        label: manifest.label(),
        quota: manifest.quota(),
        rules: &rules,
        files: &files,
        pins: &pins,
        keys: &keys,
        seal: manifest.seal(),
    };
    assert_eq!(written(|out| builder.write(out)), manifest.encoded());
    let lengths = manifest.block_plan().map(|piece| u32::from(piece.length));
    assert_eq!(lengths.sum::<u32>(), manifest.total_initial());
    assert!(files.iter().all(|file| manifest.rule(file.rule).is_some()));
}

/// How many extensions a certificate's body has, ours and others.
fn extension_count(body: &[u8]) -> usize {
    let mut fields = tlv::Reader::new(body).nested(tlv::Tag(0x7F4E)).unwrap();
    let mut count = 0;
    while let Ok(object) = fields.any() {
        let mut templates = tlv::Reader::new(object.value);
        while object.tag == tlv::Tag(0x65) && templates.any().is_ok() {
            count += 1;
        }
    }
    count
}
