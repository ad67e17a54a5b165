//! Every command of SPEC.md section 1, sent as bytes to a simulated card and answered with an exact status word.
//!
//! Tables first: a row is a name, the command in hexadecimal and the status word that the standard or SPEC.md asks
//! for. What a refused command leaves behind is looked at after each row: nothing.

#[path = "commands/stage.rs"]
mod stage;
#[path = "commands/table.rs"]
mod table;

#[path = "commands/binary.rs"]
mod binary;
#[path = "commands/chaining.rs"]
mod chaining;
#[path = "commands/conformance.rs"]
mod conformance;
#[path = "commands/forms.rs"]
mod forms;
#[path = "commands/hostile.rs"]
mod hostile;
#[path = "commands/listing.rs"]
mod listing;
#[path = "commands/objects.rs"]
mod objects;
#[path = "commands/order.rs"]
mod order;
#[path = "commands/pins.rs"]
mod pins;
#[path = "commands/response.rs"]
mod response;
#[path = "commands/rules.rs"]
mod rules;
#[path = "commands/select.rs"]
mod select;
