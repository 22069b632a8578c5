//! `cutover gate` and `cutover bundle`: as typed, and what it means.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};
use evidence::gate::name::GateName;

use super::arguments::after;

/// `cutover gate`.
#[derive(Debug, Args)]
pub struct GateArguments {
    /// Which gate
    #[arg(value_enum, value_name = "GATE")]
    pub gate: GateArgument,
    /// How it is decided.
    #[command(flatten)]
    pub deciding: DecidingArguments,
    /// Evaluate each mapping on the native engine and on the JavaScript one, which must agree
    #[arg(long)]
    pub oracle: bool,
}

/// How a gate is decided; of `cutover gate` and of `cutover check --gate`.
#[derive(Debug, Args)]
pub struct DecidingArguments {
    /// Where the bundle goes [default: reports/gates/GATE.json beside cutover.toml]
    #[arg(long, requires = "gate", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub bundle: Option<PathBuf>,
    /// The bundle of the gate before [default: reports/gates/GATE.json beside cutover.toml]
    #[arg(long, requires = "gate", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub earlier: Option<PathBuf>,
    /// For mapping-change: the git revision that mappings changed against [default: `base` of the gate]
    #[arg(long, requires = "gate", value_name = "REV")]
    pub base: Option<String>,
    /// Sign the bundle with this Ed25519 key, a PKCS #8 PEM file (openssl genpkey -algorithm ed25519)
    #[arg(long, requires = "gate", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sign_with: Option<PathBuf>,
}

/// The gates, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GateArgument {
    /// A mapping may be merged.
    MappingChange,
    /// Tokens may be handed over.
    TokenImport,
    /// Writes may go to the new side.
    WriteCutover,
    /// The legacy side may be switched off.
    Deprecation,
}

/// `cutover bundle`.
#[derive(Debug, Subcommand)]
pub enum BundleArguments {
    /// Decide again from the files that a bundle names, and say what of it does not hold any more
    #[command(after_help = after(
        "cutover bundle verify reports/gates/write-cutover.json\n\
         cutover bundle verify write-cutover.json --trust lead.pub.pem"
    ))]
    Verify(BundleVerifyArguments),
}

/// `cutover bundle verify`.
#[derive(Debug, Args)]
pub struct BundleVerifyArguments {
    /// The bundle
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The public key that must have signed it, a PEM file (openssl pkey -in KEY -pubout)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub trust: Option<PathBuf>,
}

/// What `gate` needs.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Which gate.
    pub gate: GateName,
    /// How it is decided.
    pub deciding: Deciding,
    /// Whether two engines evaluate each mapping.
    pub opinions: crate::engines::Opinions,
}

/// How a gate is decided; paths as typed, from the working folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deciding {
    /// Where the bundle goes.
    pub bundle: Option<PathBuf>,
    /// The bundle of the gate before.
    pub earlier: Option<PathBuf>,
    /// The git revision that mappings changed against.
    pub base: Option<String>,
    /// The key that signs.
    pub sign_with: Option<PathBuf>,
}

/// What `bundle verify` needs.
#[derive(Clone, Debug)]
pub struct BundleVerify {
    /// The bundle.
    pub file: PathBuf,
    /// The public key that must have signed it.
    pub trust: Option<PathBuf>,
}

impl GateArgument {
    /// The gate.
    pub fn name(self) -> GateName {
        match self {
            GateArgument::MappingChange => GateName::MappingChange,
            GateArgument::TokenImport => GateName::TokenImport,
            GateArgument::WriteCutover => GateName::WriteCutover,
            GateArgument::Deprecation => GateName::Deprecation,
        }
    }
}

impl From<DecidingArguments> for Deciding {
    fn from(typed: DecidingArguments) -> Deciding {
        Deciding {
            bundle: typed.bundle,
            earlier: typed.earlier,
            base: typed.base,
            sign_with: typed.sign_with,
        }
    }
}

impl From<GateArguments> for Gate {
    fn from(typed: GateArguments) -> Gate {
        let opinions =
            if typed.oracle { crate::engines::Opinions::Two } else { crate::engines::Opinions::One };
        Gate { gate: typed.gate.name(), deciding: typed.deciding.into(), opinions }
    }
}

impl From<BundleVerifyArguments> for BundleVerify {
    fn from(typed: BundleVerifyArguments) -> BundleVerify {
        BundleVerify { file: typed.file, trust: typed.trust }
    }
}
