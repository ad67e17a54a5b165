//! Two registrars, an issuer, a provider and a card, in memory.

use std::path::Path;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{KeyOrigin, Mnemonic, Policy, Reference, Rights, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, Operation, Sdi};
use apdu_spec::reason::Reason;
use parties::certificate::Roots;
use parties::certifier::Certifier;
use parties::crypto::Digest;
use parties::database::{CardRecord, Database, Location, Owner};
use parties::decision::{Decision, SignedRefusal};
use parties::issuer::{CardTerms, Issuer};
use parties::package::Package;
use parties::provider::{Evidence, Provider};
use parties::registrar::{Grant, Registrar, Scope, make_request, make_root};
use parties::signer::MemorySigner;
use std::sync::Arc;

use crate::card::Card;

pub(crate) type Key = Arc<MemorySigner>;

pub(crate) const AID: &str = "F04E4F544553";

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn today() -> Date {
    day("2026-11-21")
}

pub(crate) fn name(text: &str) -> Mnemonic {
    text.parse().unwrap()
}

pub(crate) fn aid(text: &str) -> Aid {
    text.parse().unwrap()
}

pub(crate) fn package(version: u32) -> Package {
    let text = format!(
        "format = 1\naid = \"{AID}\"\nversion = {version}\nlabel = \"Notes\"\n\
         [[file]]\npath = \"0101\"\nsize = 3000\naccess = {{ read = \"always\" }}\non-replace = \"reset\"\n\
         content = {{ text = \"version {version}\" }}\n"
    );
    Package::build(&text, Path::new(""), "notes.toml").unwrap()
}

pub(crate) fn new_key() -> Key {
    Arc::new(MemorySigner::generate().unwrap())
}

pub(crate) fn new_registrar(role: Role, who: &str) -> (Registrar<Key>, Key) {
    let key = new_key();
    let holder: Reference = format!("{who}00001").parse().unwrap();
    let validity = (day("2026-01-01"), day("2036-01-01"));
    let root = make_root(role, holder, Rights::ALL, validity, &key).unwrap();
    (Registrar::new(root.encoded(), key.clone()).unwrap(), key)
}

pub(crate) fn grant(scope: Scope) -> Grant {
    Grant {
        rights: Rights::ALL,
        effective: day("2026-01-01"),
        expiration: day("2030-01-01"),
        scope,
    }
}

pub(crate) fn certify(registrar: &Registrar<Key>, who: &str, grant: &Grant) -> (Vec<u8>, Key) {
    let key = new_key();
    let request = make_request(format!("{who}00001").parse().unwrap(), &key).unwrap();
    (
        registrar
            .certify(&request, grant, 1, today())
            .unwrap()
            .granted()
            .unwrap(),
        key,
    )
}

pub(crate) struct World {
    pub(crate) issuer_registrar: Registrar<Key>,
    pub(crate) data_registrar: Registrar<Key>,
    pub(crate) issuer: Issuer<Key>,
    pub(crate) provider: Provider<Key>,
    pub(crate) card: Card,
    pub(crate) package: Package,
    pub(crate) issuer_key: Key,
    pub(crate) provider_key: Key,
    pub(crate) issuer_registrar_key: Key,
}

impl World {
    /// Everyone is certified and the card registered.
    pub(crate) fn new() -> Self {
        Self::with_policy(Policy::NONE.with(Mode::ViaIssuer))
    }

    /// The same, with a card of this policy.
    pub(crate) fn with_policy(policy: Policy) -> Self {
        let (issuer_registrar, issuer_registrar_key) = new_registrar(Role::IssuerRegistrar, "DEIREG");
        let (data_registrar, _) = new_registrar(Role::DataRegistrar, "FRDREG");
        let roots = (*issuer_registrar.root().digest(), *data_registrar.root().digest());
        let bound = grant(Scope::DataRegistrars(vec![roots.1]));
        let (irc, issuer_key) = certify(&issuer_registrar, "DEISSUER", &bound);
        let mut data_roots = Roots::new();
        data_roots.add("root", data_registrar.root().encoded()).unwrap();
        let issuer = Issuer::new(
            &irc,
            issuer_registrar.root().encoded(),
            data_roots,
            issuer_key.clone(),
        )
        .unwrap();
        let prefixes = grant(Scope::Prefixes(vec![aid("F04E4F5445")]));
        let (dpr, provider_key) = certify(&data_registrar, "FRNOTES", &prefixes);
        let issuers = issuer_roots(&issuer_registrar);
        let provider = Provider::new(
            &dpr,
            data_registrar.root().encoded(),
            issuers,
            provider_key.clone(),
        )
        .unwrap();
        let mut card = Card::new(roots.0, roots.1, today());
        let terms = CardTerms {
            policy,
            ..terms(roots.1)
        };
        let request = card.ask_registration(&[7; 16]);
        let rc = issuer
            .register(&request, &[7; 16], &terms, 1, today())
            .unwrap()
            .granted()
            .unwrap();
        card.register(&rc, &irc);
        Self {
            issuer_registrar,
            data_registrar,
            issuer,
            provider,
            card,
            package: package(1),
            issuer_key,
            provider_key,
            issuer_registrar_key,
        }
    }

    pub(crate) fn sdi(&self, operation: Operation) -> Sdi {
        let expiry = today().add_days(30);
        self.package
            .storing_data(operation, self.provider.identity().unwrap(), expiry)
    }

    /// Every registrar of this world, trusted.
    pub(crate) fn roots(&self) -> Roots {
        let mut roots = issuer_roots(&self.issuer_registrar);
        roots.add("root", self.data_registrar.root().encoded()).unwrap();
        roots
    }

    /// A data certifier of the data registrar.
    pub(crate) fn certifier(&self) -> Certifier<Key> {
        let delegated = Grant {
            rights: Scope::DataCertifier.rights(),
            ..grant(Scope::DataCertifier)
        };
        let (certificate, key) = certify(&self.data_registrar, "FRDCERT", &delegated);
        let root = self.data_registrar.root().encoded();
        Certifier::new(&certificate, root, Roots::new(), key).unwrap()
    }

    pub(crate) fn evidence<'a>(&'a self, request: &'a [u8], first: Option<&'a [u8]>) -> Evidence<'a> {
        Evidence {
            request,
            card_certificate: &self.card.rc,
            issuer_certificate: &self.card.irc,
            provider_certificate: None,
            first,
        }
    }

    /// SAR of mode 2.
    pub(crate) fn first(&self, request: &[u8]) -> Decision {
        self.issuer
            .authorize(&self.evidence(request, None), None, today())
            .unwrap()
    }

    /// SA of mode 2.
    pub(crate) fn second(&self, request: &[u8], first: &[u8]) -> Decision {
        self.provider
            .authorize(
                &self.evidence(request, Some(first)),
                Some(self.package.digests()),
                None,
                today(),
            )
            .unwrap()
    }
}

/// The refusal that this decision must be.
pub(crate) fn refused(decision: Decision) -> SignedRefusal {
    match decision {
        Decision::Refused(refusal) => refusal,
        Decision::Granted(_) => panic!("granted"),
    }
}

/// Why it was refused, if it was.
pub(crate) fn reason(decision: Decision) -> Option<Reason> {
    match decision {
        Decision::Refused(refusal) => Some(refusal.reason),
        Decision::Granted(_) => None,
    }
}

pub(crate) fn issuer_roots(registrar: &Registrar<Key>) -> Roots {
    let mut roots = Roots::new();
    roots.add("root", registrar.root().encoded()).unwrap();
    roots
}

pub(crate) fn terms(data_root: Digest) -> CardTerms {
    CardTerms {
        policy: Policy::NONE.with(Mode::ViaIssuer),
        key_origin: KeyOrigin::Card,
        data_root,
        user_information: [3; 32],
        effective: today(),
        expiration: day("2029-01-01"),
    }
}

/// An issuer's database in which the world's card is.
pub(crate) fn issuer_database(folder: &Path, world: &World) -> Database {
    let database = database(folder, Role::Issuer, "DEISSUER");
    let record = CardRecord {
        card: world.card.id(),
        serial: 1,
        request: [0; 32],
        grant: [0; 32],
        certificate: world.card.rc.clone(),
        issuer_certificate: world.card.irc.clone(),
        day: today(),
    };
    assert_eq!(database.record_cards(&[record]).unwrap(), [true]);
    database
}

pub(crate) fn database(folder: &Path, role: Role, who: &str) -> Database {
    let owner = Owner {
        role,
        name: name(who),
    };
    Database::create(&Location::File(folder.join("party.db")), owner).unwrap()
}
