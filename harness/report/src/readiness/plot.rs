//! The plots of the page: drawn by a crate as SVG, with the page's own colours so that they follow its light and dark.
//!
//! Only numbers and dates of ours stand in them, never a text of a recording.

use evidence::tally::Totals;
use plotters::prelude::*;

use super::numbers::{Day, date, percent};

/// In pixels of the page; it scales.
const WIDTH: u32 = 960;
const HEIGHT: u32 = 280;

/// More days than this are not told apart at this width: the last ones are drawn.
pub const DAYS_MAX: usize = 120;

/// Stand-ins that no drawing uses otherwise, and the page's colours for them.
const COLOURS: [(&str, RGBColor, &str); 5] = [
    ("#010203", RGBColor(1, 2, 3), "var(--text)"),
    ("#010204", RGBColor(1, 2, 4), "var(--line)"),
    ("#010205", RGBColor(1, 2, 5), "var(--different)"),
    ("#010206", RGBColor(1, 2, 6), "var(--link)"),
    ("#010207", RGBColor(1, 2, 7), "var(--faint)"),
];

const TEXT: RGBColor = COLOURS[0].1;
const LINE: RGBColor = COLOURS[1].1;
const OBSERVED: RGBColor = COLOURS[2].1;
const BOUND: RGBColor = COLOURS[3].1;
const FAINT: RGBColor = COLOURS[4].1;

/// The rate until each day with its bounds, beside the rate that is allowed; `None` with fewer than two days.
pub fn rate(days: &[Day], allowed: f64) -> Option<String> {
    let days = &days[days.len().saturating_sub(DAYS_MAX)..];
    if days.len() < 2 {
        return None;
    }
    let (first, last) = (days.first()?.day, days.last()?.day);
    let highest = days.iter().map(|day| day.until.upper).fold(allowed, f64::max);
    // A bound of one says only that there are few pairs: it would press everything else to the floor.
    let top = highest.min(days.last()?.until.upper.max(allowed).max(0.001) * 8.0);
    let mut svg = String::new();
    let drawn = draw(&mut svg, days, (first, last), top, allowed);
    drawn.ok()?;
    Some(coloured(svg))
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw(svg: &mut String, days: &[Day], (first, last): (i64, i64), top: f64, allowed: f64) -> Drawn {
    let area = SVGBackend::with_string(svg, (WIDTH, HEIGHT)).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin(8)
        .margin_right(48)
        .set_label_area_size(LabelAreaPosition::Left, 64)
        .set_label_area_size(LabelAreaPosition::Bottom, 32)
        .build_cartesian_2d(first..last, 0.0..top * 1.05)?;
    let text = ("sans-serif", 15).into_font().color(&FAINT);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(LINE)
        .axis_style(LINE)
        .x_labels(6)
        .y_labels(5)
        .x_label_formatter(&|day| date(*day))
        .y_label_formatter(&|share| percent(*share))
        .label_style(text)
        .draw()?;
    let at = |share: f64| share.min(top * 1.05);
    let upper = days.iter().map(|day| (day.day, at(day.until.upper)));
    let lower = days.iter().rev().map(|day| (day.day, at(day.until.lower)));
    let band: Vec<(i64, f64)> = upper.clone().chain(lower).collect();
    chart.draw_series(std::iter::once(Polygon::new(band, BOUND.mix(0.14))))?;
    chart.draw_series(LineSeries::new(upper, BOUND.stroke_width(2)))?;
    let observed = days.iter().map(|day| (day.day, at(day.until.rate)));
    chart.draw_series(LineSeries::new(observed, OBSERVED.stroke_width(2)))?;
    let limit = [(first, allowed), (last, allowed)];
    chart.draw_series(DashedLineSeries::new(limit, 6, 5, TEXT.stroke_width(1)))?;
    area.present()?;
    Ok(())
}

/// The pairs of each day as bars, by verdict; a day is as wide as any other.
pub fn share_of(totals: &Totals) -> f64 {
    if totals.pairs == 0 { 0.0 } else { totals.different as f64 / totals.pairs as f64 }
}

/// With the page's colours, and without a size: it takes the width of its place.
fn coloured(svg: String) -> String {
    let mut svg = svg.replacen(
        &format!("<svg width=\"{WIDTH}\" height=\"{HEIGHT}\""),
        "<svg aria-hidden=\"true\" focusable=\"false\"",
        1,
    );
    for (stand_in, _, colour) in COLOURS {
        svg = svg.replace(stand_in, colour);
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::bounds::{Cluster, Look, Question, RateBound};

    fn day(day: i64, pairs: u64, events: u64) -> Day {
        let question = Question { confidence: 0.95, look: Look::Watched, target: 0.001 };
        let until = RateBound::of(&[Cluster { pairs, events }], question);
        Day { day, totals: Totals::default(), until }
    }

    #[test]
    fn a_plot_has_the_pages_colours_and_no_size_of_its_own() {
        let svg = rate(&[day(20_000, 100, 1), day(20_001, 1_000, 1)], 0.001).expect("two days are a line");
        let (head, _) = svg.split_once('>').expect("it is an element");
        assert!(head.starts_with("<svg aria-hidden=\"true\""), "{head}");
        assert!(!svg.contains("#0102"), "a stand-in is left: {svg}");
        for colour in ["var(--different)", "var(--link)", "var(--text)"] {
            assert!(svg.contains(colour), "{colour} is not drawn");
        }
    }

    #[test]
    fn one_day_is_no_line_and_very_many_are_cut() {
        assert_eq!(rate(&[day(20_000, 100, 1)], 0.001), None);
        let many: Vec<Day> = (0..10_000).map(|index| day(index, 100 + index as u64, 0)).collect();
        let svg = rate(&many, 0.001).expect("it is drawn");
        assert!(svg.len() < 60_000, "{} bytes", svg.len());
    }
}
