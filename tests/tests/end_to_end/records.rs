//! EFs of records: what READ, WRITE, UPDATE, APPEND, SEARCH and ERASE RECORD do with each kind, on a registered card that
//! has the package of `packages/notebook.toml`.

#[path = "records/stage.rs"]
mod stage;

#[path = "records/model.rs"]
mod model;
#[path = "records/packages.rs"]
mod packages;
#[path = "records/pointer.rs"]
mod pointer;
#[path = "records/statuses.rs"]
mod statuses;
