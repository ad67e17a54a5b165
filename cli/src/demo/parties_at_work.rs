//! Issuers, providers and a data certifier with their databases, as the story needs them: strangers, each with a key, a
//! database and a policy of its own.

use std::path::{Path, PathBuf};

use apdu_spec::certificate::Certificate;
use parties::certificate::Roots;
use parties::certifier::Certifier;
use parties::database::{Database, Location, Owner};
use parties::issuer::Issuer;
use parties::office::{CertifierOffice, IssuerOffice, ProviderOffice};
use parties::provider::Provider;
use parties::shared_key::MasterKey;

use crate::scene::actor::Actor;
use crate::scene::registry::Registry;
use crate::scene::{Result, Shared};

/// Where parties keep their databases, and which registrars all of them know.
pub(super) struct Town {
    folder: PathBuf,
    roots: Roots,
}

impl Town {
    /// A town whose people know these registrars.
    pub(super) fn new(folder: &Path, registrars: &[&Registry]) -> Result<Self> {
        Ok(Self {
            folder: folder.to_path_buf(),
            roots: roots(registrars)?,
        })
    }

    /// The registrars that everybody knows.
    pub(super) const fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Everybody hears of the registrars' new keys and of a revocation list.
    pub(super) fn hear(&mut self, registrar: &Registry, list: &[u8]) -> Result<()> {
        self.roots.add_link("link", registrar.newest())?;
        self.roots.add_list("revocation list", list)?;
        Ok(())
    }

    fn database(&self, actor: &Actor) -> Result<Database> {
        let view = Certificate::parse(actor.certificate())?;
        let name = view.holder.identity();
        let owner = Owner {
            role: view.role,
            name,
        };
        let path = self.folder.join(format!("{}-{name}.db", view.role.code()));
        let known = path.exists();
        let location = Location::File(path);
        Ok(if known {
            Database::open(&location, owner)?
        } else {
            Database::create(&location, owner)?
        })
    }

    /// An issuer opens for business, or opens again with a new certificate.
    pub(super) fn issuer(&self, actor: &Actor, registrar: &Registry) -> Result<IssuerOffice<Shared>> {
        let (certificate, key) = (actor.certificate(), actor.key().clone());
        let issuer = Issuer::new(certificate, registrar.root(), self.roots.clone(), key)?;
        Ok(IssuerOffice::new(issuer, self.database(actor)?).with_master_key(MasterKey::generate()?))
    }

    /// A provider opens for business, or opens again with a new certificate.
    pub(super) fn provider(&self, actor: &Actor, registrar: &Registry) -> Result<ProviderOffice<Shared>> {
        let (certificate, key) = (actor.certificate(), actor.key().clone());
        let provider = Provider::new(certificate, registrar.root(), self.roots.clone(), key)?;
        Ok(ProviderOffice::new(provider, self.database(actor)?).with_master_key(MasterKey::generate()?))
    }

    /// A data certifier opens for business.
    pub(super) fn certifier(&self, actor: &Actor, registrar: &Registry) -> Result<CertifierOffice<Shared>> {
        let (certificate, key) = (actor.certificate(), actor.key().clone());
        let certifier = Certifier::new(certificate, registrar.root(), self.roots.clone(), key)?;
        Ok(CertifierOffice::new(certifier, self.database(actor)?))
    }
}

fn roots(registrars: &[&Registry]) -> Result<Roots> {
    let mut roots = Roots::new();
    for registrar in registrars {
        roots.add("root", registrar.root())?;
    }
    Ok(roots)
}
