//! A waiver that has ended waives nothing, and whoever owns it is to be told.

use crate::gate::reading::{Reading, Waiver, Way};

/// It has ended.
pub const EXPIRED: Way = Way::fail("expired");

/// What is said of a waiver that has ended.
pub fn expired(waiver: &Waiver) -> Reading {
    let says = format!("ended on {}; {} answers for it: {}", waiver.until, waiver.owner, waiver.reason);
    let reading = Reading::new(EXPIRED, says)
        .about(format!("{} {}", waiver.condition, waiver.about))
        .settles("record what it waived, or agree on a later day");
    Reading { condition: "waivers".to_owned(), ..reading }
}
