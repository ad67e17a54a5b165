//! Somebody who looks into a party's database from outside, row by row, and at what leaves the party.

use std::collections::BTreeMap;
use std::path::Path;

use apdu_spec::object::{Mode, Signed};
use apdu_spec::reason::Reason;
use parties::Error;
use parties::certificate::OwnedCertificate;
use parties::crypto::{sha256, signed_by};
use parties::decision::{Decision, SignedRefusal};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::runtime::Runtime;

use crate::world::refused;

/// The rows of every table, each row as SQL would write it.
type Rows = BTreeMap<String, Vec<String>>;

pub(crate) struct Witness {
    runtime: Runtime,
    connection: DatabaseConnection,
    certificate: OwnedCertificate,
}

impl Witness {
    /// Watches the party with this certificate, whose database is in `folder`.
    pub(crate) fn new(folder: &Path, certificate: &OwnedCertificate) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let url = format!("sqlite://{}?mode=ro", folder.join("party.db").display());
        let connection = runtime.block_on(sea_orm::Database::connect(url)).unwrap();
        Self {
            runtime,
            connection,
            certificate: certificate.clone(),
        }
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        let rows = self.runtime.block_on(self.connection.query_all_raw(statement));
        let rows = rows.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    fn rows(&self) -> Rows {
        let tables =
            self.texts("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
        assert!(tables.len() > 10, "{tables:?}");
        tables
            .into_iter()
            .map(|table| {
                let columns = self.texts(&format!("SELECT name FROM pragma_table_info('{table}')"));
                let row: Vec<_> = columns
                    .iter()
                    .map(|column| format!("quote(\"{column}\")"))
                    .collect();
                let sql = format!(
                    "SELECT {} FROM \"{table}\" ORDER BY rowid",
                    row.join(" || ',' || ")
                );
                let rows = self.texts(&sql);
                (table, rows)
            })
            .collect()
    }

    /// Nothing at all is kept of what is asked here.
    pub(crate) fn keeps_nothing<T>(&self, ask: impl FnOnce() -> T) -> T {
        let before = self.rows();
        let answer = ask();
        assert_eq!(self.rows(), before);
        answer
    }

    /// What cannot be read is an error that names it, and leaves nothing behind.
    pub(crate) fn cannot_read<T: std::fmt::Debug>(
        &self,
        name: &str,
        ask: impl FnOnce() -> parties::Result<T>,
    ) {
        match self.keeps_nothing(ask) {
            Err(Error::Input(error)) => assert!(error.name.contains(name), "{error} is not about {name}"),
            other => panic!("{name}: {other:?}"),
        }
    }

    /// A bad request gets a signed refusal of `object` that names the check, and the refusal is all that is kept.
    pub(crate) fn refuses(
        &self,
        (reason, mode): (Reason, Mode),
        object: &[u8],
        ask: impl FnOnce() -> parties::Result<Decision>,
    ) -> SignedRefusal {
        let mut before = self.rows();
        let refusal = refused(ask().unwrap());
        assert_eq!(refusal.reason, reason, "mode {}: {}", mode.code(), refusal.text);
        let signed = Signed::parse(&refusal.object).unwrap();
        let says = signed.refusal().unwrap();
        let view = self.certificate.view().unwrap();
        assert!(signed_by(view.point, &signed));
        assert_eq!(says.header.certificate, *self.certificate.digest());
        assert_eq!((says.header.role, says.header.mode), (view.role, mode));
        assert_eq!(says.header.previous, sha256(object), "{}", refusal.text);
        assert_eq!((says.reason, says.text), (reason.code(), refusal.text.as_str()));
        assert!(!says.text.is_empty());

        let mut after = self.rows();
        let (known, kept) = (
            before.remove("refusal").unwrap(),
            after.remove("refusal").unwrap(),
        );
        assert_eq!(after, before, "{}", refusal.text);
        assert_eq!(kept.len(), known.len() + 1);
        assert_eq!(kept[..known.len()], known);
        assert!(kept[known.len()].contains(&hex::encode_upper(&refusal.object)));
        refusal
    }
}
