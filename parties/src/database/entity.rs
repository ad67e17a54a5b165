//! The tables as sea-orm sees them. Columns are what SQLite and PostgreSQL share; meaning is in the modules beside.
#![allow(missing_docs, unreachable_pub)] // sea-orm's derives want `pub` items in a module of their own.

/// One row: whose database this is, and which shape it has.
pub mod about {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "about")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub schema_version: i32,
        pub role: i32,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Certificates a registrar gave.
pub mod party {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "party")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub sequence: i64,
        pub role: i32,
        pub point: Vec<u8>,
        pub request: Vec<u8>,
        pub grant_digest: Vec<u8>,
        pub certificate: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Cards: an issuer's own, or those a provider met.
pub mod card {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "card")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub card: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        pub serial: i64,
        pub request: Vec<u8>,
        pub grant_digest: Vec<u8>,
        pub certificate_digest: Vec<u8>,
        pub certificate: Vec<u8>,
        pub issuer_certificate: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Packages a provider offers, with their bytes.
pub mod package {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "package")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub aid: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub package: Vec<u8>,
        pub bytes: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Packages whose content is sealed for one card each.
pub mod sealed_package {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sealed_package")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub aid: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub card: Vec<u8>,
        pub package: Vec<u8>,
        pub bytes: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Authorizations given, one for each request of a card.
pub mod authorization {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "authorization_given")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub card: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub request_digest: Vec<u8>,
        pub basis_digest: Vec<u8>,
        pub request: Vec<u8>,
        pub object: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Refusals given.
pub mod refusal {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "refusal")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub refused: Vec<u8>,
        pub reason: i32,
        pub text: String,
        pub object: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Receipts that were verified.
pub mod receipt {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "receipt")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub card: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub digest: Vec<u8>,
        pub previous: Vec<u8>,
        pub object: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What the newest receipt about an application says; deleted ones stay, marked absent.
pub mod content {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "content")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub card: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        pub aid: Vec<u8>,
        pub version: i64,
        pub package: Vec<u8>,
        pub present: bool,
        pub receipt: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Certificates a registrar revoked.
pub mod revocation {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revocation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub certificate: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Revocation lists a registrar signed.
pub mod revocation_list {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revocation_list")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub object: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Keys shared with cards: sealed, as they left; the keys themselves are in no database.
pub mod shared_key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shared_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub card: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub certificate: Vec<u8>,
        pub object: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Cards an issuer let go, by the card's certificate.
pub mod release {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "release")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub certificate: Vec<u8>,
        pub card: Vec<u8>,
        pub root: Vec<u8>,
        pub name: String,
        pub object: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Certified data that were signed, by what they are over.
pub mod certified {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certified")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub basis: Vec<u8>,
        pub aid: Vec<u8>,
        pub version: i64,
        pub package: Vec<u8>,
        pub object: Vec<u8>,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
