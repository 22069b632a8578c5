//! A small seeded generator of numbers: the same name gives the same numbers on every machine.

/// A sequence that its name determines.
#[derive(Clone)]
pub(crate) struct Seed(u64);

impl Seed {
    /// Starts the sequence that belongs to `name` (FNV-1a of its bytes).
    pub(crate) fn of(name: &str) -> Seed {
        Seed(name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// The next number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// One of `choices`.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let index = self.below(choices.len() as u64);
        choices[usize::try_from(index).expect("an index into a slice fits usize")]
    }

    /// A moment of a working day before November (9 to 15 o'clock: moving it by eight hours stays on the day).
    pub(crate) fn moment(&mut self, year: u64) -> Moment {
        Moment {
            year,
            month: 1 + self.below(10),
            day: 1 + self.below(28),
            hour: 9 + self.below(6),
            minute: self.below(60),
            second: self.below(60),
            millisecond: self.below(1000),
        }
    }
}

/// A date and a time of day that each upstream writes in its own way.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
    pub(crate) hour: u64,
    pub(crate) minute: u64,
    pub(crate) second: u64,
    pub(crate) millisecond: u64,
}

impl Moment {
    /// `2026-01-05`.
    pub(crate) fn date(self) -> String {
        format!("{}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `09:12:00`.
    pub(crate) fn time(self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }

    /// `2026-01-05T09:12:00.120` followed by `zone`.
    pub(crate) fn with_zone(self, zone: &str) -> String {
        format!("{}T{}.{:03}{zone}", self.date(), self.time(), self.millisecond)
    }
}
