//! A database of symbolon 0.1 is opened, kept, and used for what came after it.

use apdu_spec::certificate::Role;
use parties::crypto::sha256;
use parties::database::{Database, Location, Owner};
use parties::office::RegistrarOffice;
use sea_orm::ConnectionTrait;

use crate::world::{name, new_registrar, today};

/// As symbolon 0.1 wrote it for a data registrar that had certified one provider, dumped as SQL.
const SCHEMA_1: &str = include_str!("../data/schema-1.sql");

#[test]
fn a_database_of_schema_1_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("party.db");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}?mode=rwc", path.display());
        let connection = sea_orm::Database::connect(url).await.unwrap();
        for statement in SCHEMA_1.split(";\n").filter(|part| !part.trim().is_empty()) {
            if !matches!(statement.trim(), "BEGIN TRANSACTION" | "COMMIT") {
                connection.execute_unprepared(statement).await.unwrap();
            }
        }
        connection.close().await.unwrap();
    });
    drop(runtime);

    let owner = Owner {
        role: Role::DataRegistrar,
        name: name("FRDREG"),
    };
    let open = || Database::open(&Location::File(path.clone()), owner).unwrap();
    let parties = open().parties().unwrap();
    assert_eq!(parties.len(), 1);
    assert_eq!(
        (parties[0].name, parties[0].sequence, parties[0].role),
        (name("FRNOTES"), 1, Role::Provider)
    );
    // What the old one had no room for.
    let (registrar, _) = new_registrar(Role::DataRegistrar, "FRDREG");
    let office = RegistrarOffice::new(registrar, open());
    assert_eq!(office.revocation_list().unwrap(), None);
    let revoked = sha256(&parties[0].certificate);
    let list = office.revoke(&[revoked], today()).unwrap();
    drop(office);
    let again = open();
    assert_eq!(again.revocations().unwrap(), [revoked]);
    assert_eq!(again.revocation_list().unwrap().unwrap().object, list);
    assert_eq!(again.parties().unwrap(), parties);
    again.check().unwrap();
}
