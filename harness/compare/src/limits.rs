//! What one of new's answers says of limits: the application will meet it after the cutover.

/// The fields in which an answer tells of its limit, lower-case (draft-ietf-httpapi-ratelimit-headers-01 to -06): requests
/// in a window, requests that are left, seconds until the window begins anew.
pub const FIELDS: [&str; 3] = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];

/// What an answer says of limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitsTold {
    /// Whether it is a 429.
    pub is_throttled: bool,
    /// Which of [`FIELDS`] it has.
    pub has: [bool; 3],
    /// In what the fields do not fit the answer, or themselves; in their order, each once.
    pub misfits: Vec<Misfit>,
}

/// In what an answer's fields do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// A 429 that says that requests are left.
    LeftAtThrottle,
    /// A 429 that does not say when to ask again, in no field.
    NoWayBack,
    /// More is left than the limit.
    MoreThanLimit,
    /// The end of the window is a moment, where seconds from now are meant.
    ResetIsMoment,
    /// A field says nothing that can be read.
    Unreadable,
}

impl Misfit {
    /// Each with its word.
    pub const ALL: [(Misfit, &'static str); 5] = [
        (Misfit::LeftAtThrottle, "left_at_throttle"),
        (Misfit::NoWayBack, "no_way_back"),
        (Misfit::MoreThanLimit, "more_than_limit"),
        (Misfit::ResetIsMoment, "reset_is_moment"),
        (Misfit::Unreadable, "unreadable"),
    ];

    /// The word that files use.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(misfit, _)| *misfit == self).map_or("", |(_, name)| name)
    }

    /// For people: what such an answer does.
    pub fn says(self) -> &'static str {
        match self {
            Misfit::LeftAtThrottle => "answers 429 and says that requests are left",
            Misfit::NoWayBack => "answers 429 and does not say when to ask again",
            Misfit::MoreThanLimit => "says that more is left than the limit",
            Misfit::ResetIsMoment => "writes a moment in ratelimit-reset, not seconds",
            Misfit::Unreadable => "writes in a ratelimit-* field what cannot be read",
        }
    }
}
