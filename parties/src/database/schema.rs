//! Numbered migrations. A released one is never changed; a change is a new one at the end.

use sea_orm::sea_query::{Alias, ColumnDef, Index, IndexCreateStatement, Table, TableCreateStatement};

/// What one step creates.
pub(super) struct Step {
    pub(super) tables: Vec<TableCreateStatement>,
    pub(super) indexes: Vec<IndexCreateStatement>,
}

type Migration = fn() -> Step;

/// Step n leads from schema n to schema n + 1.
pub(super) const MIGRATIONS: &[Migration] = &[first, second];

fn blob(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).blob().not_null().take()
}

fn number(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().not_null().take()
}

fn small(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().not_null().take()
}

fn text(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().not_null().take()
}

fn table(name: &str, key: &[&str], columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut statement = Table::create();
    statement.table(Alias::new(name));
    for mut column in columns {
        statement.col(&mut column);
    }
    let mut primary = Index::create();
    for name in key {
        primary.col(Alias::new(*name));
    }
    statement.primary_key(&mut primary);
    statement.take()
}

fn index(table: &str, column: &str) -> IndexCreateStatement {
    Index::create()
        .name(format!("{table}_by_{column}"))
        .table(Alias::new(table))
        .col(Alias::new(column))
        .take()
}

/// Symbolon 0.1.
fn first() -> Step {
    let mut refusal = Table::create();
    refusal.table(Alias::new("refusal"));
    refusal.col(
        ColumnDef::new(Alias::new("id"))
            .big_integer()
            .not_null()
            .auto_increment()
            .primary_key(),
    );
    for mut column in [
        blob("refused"),
        small("reason"),
        text("text"),
        blob("object"),
        text("day"),
    ] {
        refusal.col(&mut column);
    }
    let tables = vec![
        table(
            "about",
            &["id"],
            vec![small("id"), small("schema_version"), small("role"), text("name")],
        ),
        table(
            "party",
            &["name", "sequence"],
            vec![
                text("name"),
                number("sequence"),
                small("role"),
                blob("point"),
                blob("request"),
                blob("grant_digest"),
                blob("certificate"),
                text("day"),
            ],
        ),
        table(
            "card",
            &["card", "serial"],
            vec![
                blob("card"),
                number("serial"),
                blob("request"),
                blob("grant_digest"),
                blob("certificate_digest"),
                blob("certificate"),
                blob("issuer_certificate"),
                text("day"),
            ],
        ),
        table(
            "package",
            &["aid", "version"],
            vec![
                blob("aid"),
                number("version"),
                blob("package"),
                blob("bytes"),
                text("day"),
            ],
        ),
        table(
            "authorization_given",
            &["card", "number"],
            vec![
                blob("card"),
                number("number"),
                blob("request_digest"),
                blob("basis_digest"),
                blob("request"),
                blob("object"),
                text("day"),
            ],
        ),
        refusal.take(),
        table(
            "receipt",
            &["card", "number"],
            vec![
                blob("card"),
                number("number"),
                blob("digest"),
                blob("previous"),
                blob("object"),
                text("day"),
            ],
        ),
        table(
            "content",
            &["card", "aid"],
            vec![
                blob("card"),
                blob("aid"),
                number("version"),
                blob("package"),
                ColumnDef::new(Alias::new("present")).boolean().not_null().take(),
                number("receipt"),
            ],
        ),
    ];
    Step {
        tables,
        indexes: vec![index("card", "certificate_digest"), index("package", "package")],
    }
}

/// Symbolon 0.2: revocation, certified data, shared keys, releases, packages sealed for a card.
fn second() -> Step {
    let tables = vec![
        table(
            "revocation",
            &["certificate"],
            vec![blob("certificate"), text("day")],
        ),
        table(
            "revocation_list",
            &["number"],
            vec![number("number"), blob("object"), text("day")],
        ),
        table(
            "shared_key",
            &["card", "version"],
            vec![
                blob("card"),
                number("version"),
                blob("certificate"),
                blob("object"),
                text("day"),
            ],
        ),
        table(
            "release",
            &["certificate"],
            vec![
                blob("certificate"),
                blob("card"),
                blob("root"),
                text("name"),
                blob("object"),
                text("day"),
            ],
        ),
        table(
            "sealed_package",
            &["aid", "version", "card"],
            vec![
                blob("aid"),
                number("version"),
                blob("card"),
                blob("package"),
                blob("bytes"),
                text("day"),
            ],
        ),
        table(
            "certified",
            &["basis"],
            vec![
                blob("basis"),
                blob("aid"),
                number("version"),
                blob("package"),
                blob("object"),
                text("day"),
            ],
        ),
    ];
    Step {
        tables,
        indexes: vec![
            index("certified", "aid"),
            index("release", "card"),
            index("sealed_package", "package"),
        ],
    }
}
