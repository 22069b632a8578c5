//! The linked accounts of the sample migration, as `accounts.csv` lists them.

/// One customer's linked account with its ids on both sides.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// What recordings call it.
    pub name: &'static str,
    /// The upstream that it is an account of.
    pub integration: &'static str,
    /// The consumer id that legacy knows it by.
    pub legacy: &'static str,
    /// The integrated-account id that the new side knows it by.
    pub new: &'static str,
}

const fn account(
    name: &'static str,
    integration: &'static str,
    legacy: &'static str,
    new: &'static str,
) -> Account {
    Account { name, integration, legacy, new }
}

pub(crate) const ACME_HUBSPOT: Account =
    account("acme-hubspot", "hubspot", "acme", "3f6c1c1e-70a5-4c7e-9a55-0d1f6e2b8a01");
pub(crate) const GLOBEX_HUBSPOT: Account =
    account("globex-hubspot", "hubspot", "globex", "8b0e4f27-5d0c-4a8b-b1de-62f1c4a97302");
pub(crate) const INITECH_SALESFORCE: Account =
    account("initech-salesforce", "salesforce", "initech", "c94d7a60-1f3e-4b6f-8f19-a2d05b7ce803");
pub(crate) const KESTREL_SALESFORCE: Account =
    account("kestrel-salesforce", "salesforce", "kestrel", "12a7de93-c85b-4e02-9d64-7be83f10c504");
pub(crate) const BIRCHWOOD_QUICKBOOKS: Account =
    account("birchwood-quickbooks", "quickbooks", "birchwood", "e05b92c8-3d7a-4c16-a6f2-94cb170de605");
pub(crate) const MARLOWE_QUICKBOOKS: Account =
    account("marlowe-quickbooks", "quickbooks", "marlowe", "5d81f3a4-b90c-4d27-8e3b-c6027fa4d706");
pub(crate) const GLOBEX_JIRA: Account =
    account("globex-jira", "jira", "globex", "a1f7086d-42be-4958-b7c0-3e95d81fb807");
pub(crate) const KESTREL_JIRA: Account =
    account("kestrel-jira", "jira", "kestrel", "7ce20b59-96ad-4f41-a3d8-51fb04e6c908");
pub(crate) const ORESUND_NETSUITE: Account =
    account("oresund-netsuite", "netsuite", "oresund", "d3b4650f-e817-4a9c-92f5-0ac7b36e1d09");

/// All of them, in the order of `accounts.csv`.
pub const ACCOUNTS: [Account; 9] = [
    ACME_HUBSPOT,
    GLOBEX_HUBSPOT,
    INITECH_SALESFORCE,
    KESTREL_SALESFORCE,
    BIRCHWOOD_QUICKBOOKS,
    MARLOWE_QUICKBOOKS,
    GLOBEX_JIRA,
    KESTREL_JIRA,
    ORESUND_NETSUITE,
];

#[cfg(test)]
mod tests {
    use super::ACCOUNTS;

    #[test]
    fn the_table_of_accounts_lists_the_accounts_of_the_sample() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../accounts.csv");
        let table = std::fs::read_to_string(path).expect("accounts.csv lies at the root of the repository");
        let rows =
            ACCOUNTS.map(|row| format!("{},{},{},{}\n", row.name, row.integration, row.legacy, row.new));
        assert_eq!(table, format!("account,integration,legacy,new\n{}", rows.concat()));
    }
}
