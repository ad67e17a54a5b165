//! Writers refuse what readers refuse.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use symbolon_apdu_spec::certificate::{CertificateRequestBuilder, IssuerExtension, ProviderExtension, Role};
use symbolon_apdu_spec::date::Date;
use symbolon_apdu_spec::object::{
    Algorithm, Authorizers, Consent, Header, Mode, Operation, ProviderId, Refusal, Sdi, StoringRequest,
};

/// A writer that wrote what no reader takes would make a party sign something worthless.
#[test]
fn what_reading_refuses_is_not_written() {
    let header = Header {
        mode: Mode::ViaIssuer,
        role: Role::Issuer,
        certificate: [0; 32],
        previous: [0; 32],
        algorithm: Algorithm::EcdsaP256Sha256,
    };
    let provider = ProviderId {
        root: [0; 32],
        name: "DEX".parse().unwrap(),
    };
    let (aid, expiry) = ("A000000001".parse().unwrap(), Date::MAX);
    let sdi = Sdi {
        operation: Operation::Store,
        aid,
        version: 1,
        package: None,
        provider,
        expiry,
    };
    let out = &mut [0; 1024];
    assert!(sdi.write_body(out).is_err());
    let sdi = Sdi {
        operation: Operation::Delete,
        ..sdi
    };
    assert!(sdi.write_body(out).is_ok());
    let request = StoringRequest {
        header,
        sdi,
        card: [0; 32],
        issuer_root: [0; 32],
        data_root: [0; 32],
        number: 0,
        nonce: [0; 16],
        consent: Consent::None,
        date: Date::MIN,
        content_counter: 0,
    };
    assert!(request.write_body(out).is_err());
    let long = "x".repeat(121);
    for text in ["\u{7}", "\u{9b}", &long] {
        assert!(
            Refusal {
                header,
                reason: 0,
                text
            }
            .write_body(out)
            .is_err(),
            "{text:?}"
        );
    }
    assert!(Authorizers::new(&[]).is_none() && Authorizers::new(&[[0; 32]; 5]).is_none());
    assert!(IssuerExtension::encode(&[], &mut [0; 200]).is_err());
    assert!(IssuerExtension::encode(&[[0; 32]; 5], &mut [0; 200]).is_err());
    assert!(ProviderExtension::encode(&[aid; 9], &mut [0; 200]).is_err());
    let compressed = CertificateRequestBuilder {
        holder: "DEX00001".parse().unwrap(),
        point: &[2; 65],
        card: None,
    };
    assert!(compressed.write_body(out).is_err());
}
