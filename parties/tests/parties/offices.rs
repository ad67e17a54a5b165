//! The parties of a world at work, each with its database.

use std::path::PathBuf;

use apdu_spec::certificate::Role;
use apdu_spec::object::{Mode, Operation};
use parties::certified::Certified;
use parties::issuer::Issuer;
use parties::office::{CertifierOffice, IssuerOffice, ProviderOffice};
use parties::package::Package;
use parties::provider::Provider;
use parties::shared_key::MasterKey;
use zeroize::Zeroizing;

use crate::witness::Witness;
use crate::world::{Key, World, database, issuer_database, package, today};

pub(crate) fn master(byte: u8) -> MasterKey {
    MasterKey::from_bytes(Zeroizing::new([byte; 32]))
}

/// Issuer, provider and data certifier; the issuer has the card, and the provider versions 1 to 3 of its package.
pub(crate) struct Offices {
    folder: tempfile::TempDir,
    pub(crate) issuer: IssuerOffice<Key>,
    pub(crate) provider: ProviderOffice<Key>,
    pub(crate) certifier: CertifierOffice<Key>,
}

impl Offices {
    pub(crate) fn new(world: &World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |role: Role| {
            let path = path(&folder, role);
            std::fs::create_dir(&path).unwrap();
            path
        };
        let issuer = Issuer::new(
            &world.card.irc,
            world.issuer.root().encoded(),
            world.roots(),
            world.issuer_key.clone(),
        )
        .unwrap();
        let issuer = IssuerOffice::new(issuer, issuer_database(&at(Role::Issuer), world));
        let provider = Provider::new(
            world.provider.certificate().encoded(),
            world.provider.root().encoded(),
            world.roots(),
            world.provider_key.clone(),
        )
        .unwrap();
        let files = database(&at(Role::Provider), Role::Provider, "FRNOTES");
        let provider = ProviderOffice::new(provider, files);
        for version in 1..=3 {
            provider.add_package(&package(version), today()).unwrap();
        }
        let files = database(&at(Role::DataCertifier), Role::DataCertifier, "FRDCERT");
        let certifier = CertifierOffice::new(world.certifier(), files);
        Self {
            folder,
            issuer: issuer.with_master_key(master(1)),
            provider: provider.with_master_key(master(2)),
            certifier,
        }
    }

    /// The database of the party of this role: its folder.
    pub(crate) fn folder(&self, role: Role) -> PathBuf {
        path(&self.folder, role)
    }

    /// What the provider certifies for this mode.
    pub(crate) fn certified(&self, package: &Package, operation: Operation, mode: Mode) -> Certified {
        let identity = self.provider.provider().identity().unwrap();
        let sdi = package.storing_data(operation, identity, today().add_days(90));
        let (certified, _) = self.provider.certified(&sdi, mode, today()).unwrap();
        certified.unwrap()
    }

    /// Who looks into the database of the party of this role.
    pub(crate) fn witness(&self, role: Role) -> Witness {
        let certificate = match role {
            Role::Issuer => self.issuer.issuer().certificate(),
            Role::Provider => self.provider.provider().certificate(),
            _ => self.certifier.certifier().certificate(),
        };
        Witness::new(&self.folder(role), certificate)
    }
}

fn path(folder: &tempfile::TempDir, role: Role) -> PathBuf {
    folder.path().join(role.name().replace(' ', "-"))
}
