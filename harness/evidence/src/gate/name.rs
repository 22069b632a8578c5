//! The four gates, in the order in which a migration passes them.

/// A gate's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GateName {
    /// A mapping may be merged.
    MappingChange,
    /// Tokens may be handed over.
    TokenImport,
    /// Writes may go to the new side.
    WriteCutover,
    /// The legacy side may be switched off.
    Deprecation,
}

impl GateName {
    /// Every gate with its name.
    pub const ALL: [(GateName, &'static str); 4] = [
        (GateName::MappingChange, "mapping-change"),
        (GateName::TokenImport, "token-import"),
        (GateName::WriteCutover, "write-cutover"),
        (GateName::Deprecation, "deprecation"),
    ];

    /// The gate of a name.
    pub fn of(text: &str) -> Option<GateName> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(gate, _)| *gate)
    }

    /// Its name.
    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|(gate, _)| *gate == self).map_or("", |(_, name)| name)
    }

    /// What passing it permits.
    pub fn permits(self) -> &'static str {
        match self {
            GateName::MappingChange => "the change of mappings may be merged",
            GateName::TokenImport => "tokens may be handed over",
            GateName::WriteCutover => "writes may go to the new side",
            GateName::Deprecation => "the legacy side may be switched off",
        }
    }

    /// The gate whose bundle it demands.
    pub fn demands(self) -> Option<GateName> {
        match self {
            GateName::MappingChange | GateName::TokenImport => None,
            GateName::WriteCutover => Some(GateName::TokenImport),
            GateName::Deprecation => Some(GateName::WriteCutover),
        }
    }
}
