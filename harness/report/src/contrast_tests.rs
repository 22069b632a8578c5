//! Every text of the pages can be read on every ground that it stands on: WCAG 2.2, success criterion 1.4.3, level AA.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../templates/style.css");

/// What AA asks of texts that are not large.
const LEAST: f64 = 4.5;

/// Which colour stands on which.
const TEXTS: [(&str, &[&str]); 9] = [
    ("text", &["page", "panel", "soft", "gone", "come", "gone-mark", "come-mark", "undecided-soft"]),
    ("faint", &["page", "panel", "soft", "gone", "come", "undecided-soft"]),
    ("link", &["page", "panel", "soft"]),
    ("same", &["same-soft", "page", "panel", "come"]),
    ("tolerated", &["tolerated-soft", "page", "panel"]),
    ("different", &["different-soft", "page", "panel", "gone"]),
    ("undecided", &["undecided-soft", "page", "panel"]),
    ("panel", &["different"]),
    ("page", &["text"]),
];

/// The colours that a block of the style names.
fn colours(block: &str) -> BTreeMap<&str, u32> {
    let each = block.split("--").skip(1).filter_map(|part| {
        let (name, rest) = part.split_once(": #")?;
        let value = rest.split([';', ' ']).next()?;
        let six =
            if value.len() == 3 { value.chars().flat_map(|c| [c, c]).collect() } else { value.to_owned() };
        Some((name, u32::from_str_radix(&six, 16).ok()?))
    });
    each.collect()
}

/// Relative luminance, as WCAG defines it.
fn luminance(colour: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from((colour >> shift) & 0xff) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

fn contrast(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The pairs of a scheme that cannot be read.
fn faint(colours: &BTreeMap<&str, u32>) -> Vec<String> {
    let mut found = Vec::new();
    for (text, grounds) in TEXTS {
        for ground in grounds {
            let ratio = contrast(colours[text], colours[ground]);
            if ratio < LEAST {
                found.push(format!("{text} on {ground}: {ratio:.2}"));
            }
        }
    }
    found
}

#[test]
fn every_text_has_the_contrast_that_wcag_asks_for_in_light_in_dark_and_on_paper() {
    let (light, rest) =
        STYLE.split_once("@media screen and (prefers-color-scheme: dark)").expect("both schemes");
    let dark = rest.split("\n}\n").next().expect("it ends");
    let paper = STYLE.split_once("@media print {").expect("there is one for paper").1;
    let light = colours(light);
    assert_eq!(faint(&light), Vec::<String>::new());
    let with = |more: &'static str| {
        let mut all = light.clone();
        all.extend(colours(more));
        all
    };
    assert_eq!(faint(&with(dark)), Vec::<String>::new());
    assert_eq!(faint(&with(paper)), Vec::<String>::new());
}

#[test]
fn a_colour_that_is_too_faint_is_found() {
    let mut colours = colours(STYLE.split_once("@media").expect("a light scheme").0);
    colours.insert("faint", 0x00a0_a0a0);
    assert!(faint(&colours).iter().any(|pair| pair.starts_with("faint on page")));
}
