//! What belongs to the holder alone: who is told what his card did, receipts that wait for those they concern, PINs that a code brings
//! back, applications that are switched off. Losing these makes a card that talks about its holder, or one he cannot rule.

#[path = "holder/stage.rs"]
mod stage;

#[path = "holder/collecting.rs"]
mod collecting;
#[path = "holder/cuts.rs"]
mod cuts;
#[path = "holder/floors.rs"]
mod floors;
#[path = "holder/switched_off.rs"]
mod switched_off;
#[path = "holder/told.rs"]
mod told;
#[path = "holder/unblocking.rs"]
mod unblocking;
