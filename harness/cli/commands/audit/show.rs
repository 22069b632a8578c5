//! What an audit found, as a table and as a document.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use comfy_table::{Cell as TableCell, CellAlignment, ContentArrangement, Table};
use compare::tolerance::Day;
use evidence::audit::{Audit, Cell, Defect, Missed};
use report::run::{counted, grouped};
use report::visible;
use serde_json::{Value, json};

use crate::config::Config;
use crate::config::audit::AuditWaiver;
use crate::options::{Global, Talk};

/// Misses that are told one by one; the document has all.
const MISSES_SHOWN_MAX: usize = 50;

/// What is shown.
pub struct Shown<'a> {
    audit: &'a Audit,
    /// Operation and field.
    declared: &'a BTreeSet<(String, String)>,
    /// Operations that declare nothing that the application reads.
    silent: Vec<String>,
    waivers: Vec<Waiver<'a>>,
}

struct Waiver<'a> {
    waiver: &'a AuditWaiver,
    line: usize,
    has_ended: bool,
}

/// Defects by what became of them.
#[derive(Clone, Copy, Default)]
struct Counts {
    planted: u64,
    caught: u64,
    waived: u64,
}

impl Counts {
    fn missed(self) -> u64 {
        self.planted - self.caught - self.waived
    }
}

struct Miss<'a> {
    cell: &'a Cell,
    by: &'a str,
    missed: &'a Missed,
    waiver: Option<&'a Waiver<'a>>,
}

impl<'a> Shown<'a> {
    /// Of an audit, held against the waivers of a day.
    pub fn of(
        audit: &'a Audit,
        declared: &'a BTreeSet<(String, String)>,
        silent: Vec<String>,
        config: &'a Config,
        day: Day,
    ) -> Shown<'a> {
        let waivers = config.audit_waivers.iter().map(|waiver| Waiver {
            waiver,
            line: config.source.position(waiver.at).0,
            has_ended: waiver.until < day,
        });
        Shown { audit, declared, silent, waivers: waivers.collect() }
    }

    /// How many defects nothing caught and nobody waived.
    pub fn misses(&self) -> u64 {
        self.counts(|_| true).missed()
    }

    /// Whether each field that the application reads got a defect, in every operation.
    pub fn is_whole(&self) -> bool {
        self.silent.is_empty() && !self.declared.is_empty() && self.unplanted().next().is_none()
    }

    fn unplanted(&self) -> impl Iterator<Item = &(String, String)> {
        let is_planted = |(operation, field): &(String, String)| {
            self.audit.cells.keys().any(|cell| cell.operation == *operation && cell.field == *field)
        };
        self.declared.iter().filter(move |declared| !is_planted(declared))
    }

    fn waiver(&self, cell: &Cell) -> Option<&Waiver<'a>> {
        self.waivers.iter().filter(|waiver| !waiver.has_ended).find(|Waiver { waiver, .. }| {
            waiver.operation.fits(&cell.operation)
                && waiver.field.fits(&cell.field)
                && (waiver.defects.is_empty() || waiver.defects.contains(&cell.defect))
        })
    }

    fn counts(&self, is_wanted: impl Fn(&Cell) -> bool) -> Counts {
        let mut counts = Counts::default();
        for (cell, tally) in self.audit.cells.iter().filter(|(cell, _)| is_wanted(cell)) {
            counts.planted += tally.planted;
            counts.caught += tally.caught;
            if self.waiver(cell).is_some() {
                counts.waived += tally.planted - tally.caught;
            }
        }
        counts
    }

    /// What nobody waived comes first, then the larger.
    fn all_misses(&self) -> Vec<Miss<'_>> {
        let mut misses = Vec::new();
        for (cell, tally) in &self.audit.cells {
            let waiver = self.waiver(cell);
            misses.extend(tally.missed.iter().map(|(by, missed)| Miss { cell, by, missed, waiver }));
        }
        misses.sort_by_key(|miss| (miss.waiver.is_some(), std::cmp::Reverse(miss.missed.count)));
        misses
    }

    /// The table, then each miss with what hid it.
    pub fn write_text(&self, seed: u64, global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        let right = |text: String| TableCell::new(text).set_alignment(CellAlignment::Right);
        let head = ["Operation", "Field", "Planted", "Caught", "Missed", "Waived"];
        table.add_row(head.map(str::to_owned));
        for (operation, field) in self.declared {
            let counts = self.counts(|cell| cell.operation == *operation && cell.field == *field);
            let numbers = [counts.planted, counts.caught, counts.missed(), counts.waived].map(grouped);
            let mut row =
                vec![TableCell::new(visible::one_line(operation)), TableCell::new(visible::one_line(field))];
            row.extend(numbers.map(right));
            table.add_row(row);
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        let misses = self.all_misses();
        let shown_max = if global.talk == Talk::Verbose { usize::MAX } else { MISSES_SHOWN_MAX };
        for (title, is_waived) in [("Missed", false), ("Waived", true)] {
            let of_kind: Vec<_> = misses.iter().filter(|miss| miss.waiver.is_some() == is_waived).collect();
            if of_kind.is_empty() {
                continue;
            }
            writeln!(out, "\n{title}")?;
            for miss in of_kind.iter().take(shown_max) {
                write_miss(miss, out)?;
            }
            let left_out = of_kind.len().saturating_sub(shown_max);
            if left_out > 0 {
                writeln!(out, "  … and {left_out} more (-v and --format json have them)")?;
            }
        }
        self.write_warnings(out)?;
        let counts = self.counts(|_| true);
        let planted = counted(counts.planted, "defect", "defects");
        let rate = counts.caught as f64 * 100.0 / (counts.planted.max(1)) as f64;
        let (caught, missed, waived) =
            (grouped(counts.caught), grouped(counts.missed()), grouped(counts.waived));
        writeln!(
            out,
            "\n{caught} of {planted} caught ({rate:.1} %), {missed} missed, {waived} waived; seed {seed}."
        )?;
        Ok(())
    }

    fn write_warnings(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let mut warnings = Vec::new();
        for operation in &self.silent {
            warnings.push(format!("{operation} has no `consumes`: nothing says what to plant defects in"));
        }
        for (operation, field) in self.unplanted() {
            warnings.push(format!(
                "{field} of {operation} got no defect: no pair that is the same or tolerated has it"
            ));
        }
        for waiver in &self.waivers {
            let is_used = self.audit.cells.iter().any(|(cell, tally)| {
                tally.caught < tally.planted && self.waiver(cell).is_some_and(|used| used.line == waiver.line)
            });
            if waiver.has_ended {
                warnings.push(format!("the waiver on line {} ended on {}", waiver.line, waiver.waiver.until));
            } else if !is_used {
                warnings.push(format!("the waiver on line {} waives nothing", waiver.line));
            }
        }
        if !warnings.is_empty() {
            writeln!(out, "\nWarnings")?;
        }
        for warning in &warnings {
            writeln!(out, "  {}", visible::one_line(warning))?;
        }
        Ok(())
    }

    /// The document, version 1.
    pub fn write_json(&self, seed: u64, as_of: &str, out: &mut dyn Write) -> anyhow::Result<()> {
        let numbers = |counts: Counts| {
            json!({
                "planted": counts.planted, "caught": counts.caught, "missed": counts.missed(), "waived": counts.waived,
            })
        };
        let fields = self.declared.iter().map(|(operation, field)| {
            let is_it = |cell: &Cell| cell.operation == *operation && cell.field == *field;
            let by_defect = Defect::ALL.map(|(defect, name)| {
                (name, numbers(self.counts(|cell| is_it(cell) && cell.defect == defect)))
            });
            let by_defect: BTreeMap<&str, Value> = by_defect.into_iter().collect();
            let mut field = json!({"operation": operation, "field": field});
            field["totals"] = numbers(self.counts(is_it));
            field["defects"] = json!(by_defect);
            field
        });
        let misses = self.all_misses();
        let misses = misses.iter().map(|miss| {
            json!({
                "operation": miss.cell.operation,
                "field": miss.cell.field,
                "defect": miss.cell.defect.name(),
                "count": miss.missed.count,
                "hidden_by": miss.by,
                "pair": miss.missed.pair,
                "what": miss.missed.what,
                "waived": miss.waiver.map(|Waiver { waiver, line, .. }| json!({
                    "line": line, "reason": waiver.reason, "owner": waiver.owner, "until": waiver.until.to_string(),
                })),
            })
        });
        let document = json!({
            "version": 1,
            "as_of": as_of,
            "seed": seed,
            "totals": numbers(self.counts(|_| true)),
            "fields": fields.collect::<Vec<_>>(),
            "misses": misses.collect::<Vec<_>>(),
            "unplanted": self.unplanted().map(|(operation, field)| json!({"operation": operation, "field": field})).collect::<Vec<_>>(),
            "without_consumes": self.silent,
        });
        writeln!(out, "{document:#}")?;
        Ok(())
    }
}

fn write_miss(miss: &Miss<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    let Miss { cell, by, missed, waiver } = miss;
    writeln!(
        out,
        "  {}  {}  {}, {}",
        visible::one_line(&cell.operation),
        visible::one_line(&cell.field),
        cell.defect.name(),
        counted(missed.count, "time", "times")
    )?;
    writeln!(out, "    hidden by  {}", visible::one_line(by))?;
    writeln!(out, "    in         {}: {}", visible::one_line(&missed.pair), visible::one_line(&missed.what))?;
    if let Some(Waiver { waiver, line, .. }) = waiver {
        writeln!(
            out,
            "    waived     {} ({}, until {}; line {line})",
            visible::one_line(&waiver.reason),
            visible::one_line(&waiver.owner),
            waiver.until
        )?;
    }
    Ok(())
}
