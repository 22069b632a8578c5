//! What the upstreams answer: pages of made contacts, of which new's differ from legacy's in shape.

use std::fmt::Write as _;
use std::path::Path;

/// Writes `legacy/<name>.json` and `new/<name>.json` of about so many bytes each.
pub fn write(folder: &Path) -> std::io::Result<()> {
    for (side, envelope) in [("legacy", "data"), ("new", "result")] {
        std::fs::create_dir_all(folder.join(side))?;
        for (name, bytes) in [("2k", 2_048), ("50k", 51_200)] {
            std::fs::write(folder.join(side).join(format!("{name}.json")), page(envelope, bytes))?;
        }
    }
    Ok(())
}

const FIRST: [&str; 8] = ["Ada", "Grace", "Edsger", "Barbara", "Donald", "Frances", "Niklaus", "Radia"];
const LAST: [&str; 8] =
    ["Holloway", "Okafor", "Lindqvist", "Marchetti", "Tanaka", "Brennan", "Novak", "Sato"];

fn page(envelope: &str, bytes: usize) -> String {
    let mut text = format!("{{\"{envelope}\":[");
    let mut number = 0_usize;
    while text.len() < bytes - 100 {
        let (first, last) = (FIRST[number % 8], LAST[(number / 8 + number) % 8]);
        if number > 0 {
            text.push(',');
        }
        // A `String` never fails to be written to.
        let _ = write!(
            text,
            "{{\"id\":\"{}\",\"first_name\":\"{first}\",\"last_name\":\"{last}\",\"email\":\"{}.{}@example{}.test\",\"phone\":\
             \"+1 555 01{:02} {:03}\",\"owner_id\":\"{}\",\"status\":\"active\",\"score\":{}.5,\"tags\":[\"customer\",\"tier-{}\"],\
             \"updated_at\":\"2026-11-{:02}T09:{:02}:00Z\"}}",
            1_000_000 + number * 17,
            first.to_lowercase(),
            last.to_lowercase(),
            number % 97,
            number % 100,
            number % 1_000,
            7_700 + number % 12,
            number % 100,
            number % 4,
            1 + number % 28,
            number % 60,
        );
        number += 1;
    }
    text.push_str("]}");
    text
}
