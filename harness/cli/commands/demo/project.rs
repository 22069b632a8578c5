//! The demonstration's folder: a configuration, accounts, mappings and tolerances, as a user would write them.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, bail};
use jiff::ToSpan;
use servers::demo::Demo;

use crate::options::AsOf;

/// The tolerances hold for so long.
const TOLERANCES_DAYS: i64 = 90;

/// A file of the sample migration, and where it lies here and there.
macro_rules! of_the_sample {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../../", $path)))
    };
}

/// The mappings, and a case of each, are those of the sample migration.
const FILES: [(&str, &str); 15] = [
    ("cutover.toml", include_str!("cutover.toml")),
    ("accounts.csv", include_str!("accounts.csv")),
    ("mappings/tolerances.toml", include_str!("tolerances.toml")),
    of_the_sample!("mappings/crm/contacts.list.response.jsonata"),
    of_the_sample!("mappings/crm/cases/contacts.list.response/one-contact.input.json"),
    of_the_sample!("mappings/crm/cases/contacts.list.response/one-contact.expected.json"),
    of_the_sample!("mappings/crm/contacts.get.response.jsonata"),
    of_the_sample!("mappings/crm/cases/contacts.get.response/several-emails.input.json"),
    of_the_sample!("mappings/crm/cases/contacts.get.response/several-emails.expected.json"),
    of_the_sample!("mappings/crm/contacts.get.error.jsonata"),
    of_the_sample!("mappings/crm/cases/contacts.get.error/not-found.input.json"),
    of_the_sample!("mappings/crm/cases/contacts.get.error/not-found.expected.json"),
    of_the_sample!("mappings/accounting/customers.list.response.jsonata"),
    of_the_sample!("mappings/accounting/cases/customers.list.response/one-customer.input.json"),
    of_the_sample!("mappings/accounting/cases/customers.list.response/one-customer.expected.json"),
];

/// Makes the folder; what lies in it already is never touched.
pub fn write(folder: &Path, servers: &Demo, as_of: &AsOf) -> anyhow::Result<()> {
    let shown = folder.display();
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => bail!("{shown} is not empty: remove it, or name another folder (`cutover demo DIR`)"),
        Ok(false) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("look into {shown}")),
    }
    // Past the last day that there is, the last day.
    let until = as_of.date.checked_add(TOLERANCES_DAYS.days()).unwrap_or(jiff::civil::Date::MAX).to_string();
    for (name, text) in FILES {
        let text = text
            .replace("{legacy}", &servers.legacy_url())
            .replace("{new}", &servers.new_url())
            .replace("{until}", &until);
        let file = folder.join(name);
        let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
        written.with_context(|| format!("write {}", file.display()))?;
    }
    Ok(())
}
