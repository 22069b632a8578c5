//! `entities.csv`: which of legacy's ids is which of new's, for back-filling what the application stored.
//!
//! An id that `collides` is linked to more than one, and is not to be used. Cells that a spreadsheet would take for a
//! formula get a single quote in front, as in `differences.csv`.

use crate::differences::cell;
use compare::entities::{Entities, EntityRow};
use std::io;

/// Writes every row, by namespace, legacy's id and new's.
pub fn write(out: impl io::Write, entities: &Entities) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record(EntityRow::COLUMNS)?;
    for row in entities.rows() {
        let cells = row.cells();
        out.write_record(cells.iter().map(|text| cell(text).into_owned().into_bytes()))?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use compare::entities::EntityLink;

    #[test]
    fn each_link_is_a_row_and_no_cell_is_a_formula() {
        let link = |legacy: &str, new: &str| EntityLink {
            namespace: "contact".to_owned(),
            legacy: legacy.to_owned(),
            new: new.to_owned(),
            path: "$.data[0].id".to_owned(),
            field: "$.data[*].id".to_owned(),
        };
        let mut entities = Entities::default();
        entities.add("o/2", &[link("c", "=3"), link("a,b", "-1")]);
        entities.add("o/1", &[link("c", "=3"), link("d", "-1")]);
        let mut out = Vec::new();
        write(&mut out, &entities).expect("memory does not fail");
        assert_eq!(
            String::from_utf8(out).expect("csv of text is text"),
            "namespace,legacy,new,links,pair,path,collides\n\
             contact,\"a,b\",-1,1,o/2,$.data[0].id,true\n\
             contact,c,'=3,2,o/1,$.data[0].id,false\n\
             contact,d,-1,1,o/1,$.data[0].id,true\n"
        );
    }
}
