//! What was typed: the command line as clap reads it.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::audit::AuditArguments;
use super::demo::DemoArguments;
use super::gate::{BundleArguments, DecidingArguments, GateArgument, GateArguments};
use super::map::{MapArguments, OracleArguments};
use super::record::RecordArguments;
use super::recordings::RecordingsArguments;
use super::report::ReportArguments;
use super::reviewing::OperationsArguments;
use super::serve::ServeArguments;
use super::tokens::TokensArguments;

/// Proves that a new SaaS-integration provider answers like the legacy one.
#[derive(Debug, Parser)]
#[command(
    name = "cutover",
    version,
    max_term_width = 110,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = after(
        "cutover init                     a commented cutover.toml to start from\n\
         cutover import pair --legacy a.json --new b.json --operation crm.contacts.list --id acme-1\n\
         cutover check                    judge every recording, write reports/check/index.html\n\
         cutover explain crm.contacts.list/acme-1"
    ),
)]
pub struct Arguments {
    /// What every command takes.
    #[command(flatten)]
    pub global: GlobalArguments,
    /// What to do.
    #[command(subcommand)]
    pub command: CommandArguments,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct GlobalArguments {
    /// The configuration [default: cutover.toml, looked for upwards from here]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = EVERYWHERE)]
    pub config: Option<PathBuf>,
    /// For people, or for machines; of `diff` also an RFC 6902 patch
    #[arg(long, global = true, value_enum, default_value = "text", help_heading = EVERYWHERE)]
    pub format: TypedFormat,
    /// The moment to judge at: 2026-11-20 or 2026-11-20T09:30:00Z [default: today, UTC]
    #[arg(long, global = true, value_name = "DATE|TIME", help_heading = EVERYWHERE)]
    pub as_of: Option<String>,
    /// How many threads work [default: one a core]
    #[arg(long, global = true, value_name = "N", help_heading = EVERYWHERE)]
    pub jobs: Option<usize>,
    /// Say less: no progress, no notes
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = EVERYWHERE)]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = EVERYWHERE)]
    pub verbose: u8,
    /// When to colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto", help_heading = EVERYWHERE)]
    pub color: Color,
}

const EVERYWHERE: &str = "Everywhere";

/// `--format`, as typed: not every command has every one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TypedFormat {
    /// For people.
    Text,
    /// For machines; stable byte for byte.
    Json,
    /// The way from legacy to new as JSON Patch; `diff` alone.
    Patch,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Also into a file.
    Always,
    /// Not at all.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum CommandArguments {
    /// Judge the recordings, write the reports
    #[command(after_help = after(
        "cutover check                                 every operation\n\
         cutover check crm.contacts.list               one\n\
         cutover check --changed=origin/main           what changed since main\n\
         cutover check --gate mapping-change           then decides the gate\n\
         cutover check --oracle                        each mapping on two engines, which must agree\n\
         cutover check --format json | jq .totals"
    ))]
    Check(CheckArguments),
    /// Decide a gate: what the recordings prove, and what is missing
    #[command(after_help = after(
        "cutover gate write-cutover                    decides, writes reports/gates/write-cutover.json\n\
         cutover gate mapping-change --base origin/main --oracle\n\
         cutover gate token-import --sign-with lead.pem --format json | jq .answer"
    ))]
    Gate(GateArguments),
    /// Serve the application from legacy, ask new the same beside it, and record both answers
    #[command(after_help = after(
        "cutover serve                                 as [serve] of cutover.toml says\n\
         cutover serve --listen 127.0.0.1:9000 --share 0.1\n\
         cutover serve --discard                       compare and count, record nothing\n\
         curl http://127.0.0.1:8081/metrics            what became of every request"
    ))]
    Serve(ServeArguments),
    /// See it work: two providers on this machine, dark reads, planted defects, and what is found, in under a minute
    #[command(after_help = after(
        "cutover demo                                  works in cutover-demo/, which it makes\n\
         cutover demo /tmp/somewhere"
    ))]
    Demo(DemoArguments),
    /// Prove a gate's decision
    #[command(subcommand, after_help = after("cutover bundle verify reports/gates/write-cutover.json"))]
    Bundle(BundleArguments),
    /// Compare two JSON files; no configuration needed
    #[command(after_help = after(
        "cutover diff legacy.json new.json\n\
         cutover diff legacy.json new.json --mapping contacts.jsonata --key '$.data=id'\n\
         cutover diff legacy.json new.json --ignore '$.meta' --tolerances contacts.tolerances.toml\n\
         cutover diff legacy.json new.json --format patch > legacy-to-new.json\n\
         curl -s https://api.example/contacts | cutover diff legacy.json -"
    ))]
    Diff(DiffArguments),
    /// Show one pair: both bodies, the mapped one, each difference, each rule that applied
    #[command(after_help = after(
        "cutover explain crm.contacts.list/acme-0001\n\
         cutover explain recordings/crm.contacts.list/acme-0001.json"
    ))]
    Explain(ExplainArguments),
    /// Go through the differences that are not accepted yet: accept, reject or skip each group
    #[command(after_help = after(
        "cutover check; cutover review                 every group that is not as it was accepted\n\
         cutover review crm.contacts.list              those of one operation\n\
         cutover review --format json                  list them, ask nothing"
    ))]
    Review(OperationsArguments),
    /// Accept the differences of the last check without looking at each
    #[command(after_help = after(
        "cutover accept                                of every operation\n\
         cutover accept crm.contacts.list              of one"
    ))]
    Accept(OperationsArguments),
    /// Say on one page how near the migration is: each gate, what is missing, and what it rests on
    #[command(after_help = after(
        "cutover report                                writes reports/readiness/index.html\n\
         cutover report --base origin/main             what mapping-change is held against\n\
         cutover report --format json | jq .gates[].answer"
    ))]
    Report(ReportArguments),
    /// Plant known defects into recorded answers, say which of them the rules would miss
    #[command(after_help = after(
        "cutover audit                                 every field that the application reads\n\
         cutover audit crm.contacts.list --seed 7      one operation, other places\n\
         cutover audit --format json | jq .misses"
    ))]
    Audit(AuditArguments),
    /// Write a commented cutover.toml and the folders
    #[command(after_help = after("cutover init\ncutover init migrations/acme"))]
    Init(InitArguments),
    /// Ask both sides for the same, without an application, and write what comes back as pairs
    #[command(after_help = after(
        "cutover record --dry-run                      what would be asked\n\
         cutover record                                every operation of every account\n\
         cutover record crm.contacts.list --account acme --repeat 2\n\
         cutover record --from requests.csv            operation,account and parameters\n\
         cutover record --from access.log --need-evidence --limit 500\n\
         cutover record --replay recordings/crm.contacts.list --side new\n\
         cutover record --replay cassettes --as vcr --side new"
    ))]
    Record(RecordArguments),
    /// Bring pairs that exist elsewhere into recordings/
    #[command(subcommand, after_help = after(
        "cutover import jsonl rows.jsonl --operation crm.contacts.list --id /id --legacy /legacy --new /new\n\
         cutover import pair --legacy a.json --new b.json --operation crm.contacts.list --id acme-1\n\
         cutover import vcr spec/cassettes/*.yml --side legacy"
    ))]
    Import(ImportArguments),
    /// Hand recordings to other tools
    #[command(subcommand, after_help = after("cutover export har --out contacts.har"))]
    Export(ExportArguments),
    /// Look after what was recorded
    #[command(subcommand, after_help = after(
        "cutover recordings ls                         by operation: pairs, accounts, from when to when\n\
         cutover recordings promote                    the fewest pairs that show everything become cassettes\n\
         cutover recordings show crm.contacts.list/acme-0001\n\
         cutover recordings prune --keep-needed --dry-run\n\
         cutover recordings redact --preview"
    ))]
    Recordings(RecordingsArguments),
    /// Look after the accounts' tokens: what is known of them, who holds them
    #[command(subcommand, after_help = after(
        "cutover tokens inventory                      what can move, how, until when, and what cannot\n\
         cutover tokens inventory --reconnect          the plan for those whose users must connect again\n\
         cutover tokens transfer --dry-run             what would be done, and what could be undone afterwards\n\
         cutover tokens transfer acme-tickets --yes    one account, then the others\n\
         cutover tokens status                         who holds each refresh token\n\
         cutover tokens watch                          whether anybody else refreshes"
    ))]
    Tokens(TokensArguments),
    /// Look after cutover.toml
    #[command(subcommand, after_help = after("cutover config check"))]
    Config(ConfigArguments),
    /// Evaluate a mapping on a file, or line by line for other programs; no configuration needed
    #[command(after_help = after(
        "cutover map contact.json --mapping contacts.list.response.jsonata\n\
         cutover map contact.json --mapping contacts.list.response.jsonata --scope truto --dialect truto\n\
         cutover map contact.json --mapping contacts.list.response.jsonata --engine oracle\n\
         echo '{\"id\": 1, \"expr\": \"$sum(n)\", \"input\": {\"n\": [1, 2]}}' | cutover map --jsonl"
    ))]
    Map(MapArguments),
    /// Look after the oracle: the JavaScript that production evaluates mappings with
    #[command(subcommand, after_help = after("cutover oracle install"))]
    Oracle(OracleArguments),
    /// Author mappings: run their cases, look them over, draft them, bring them in and out
    #[command(subcommand, after_help = after(
        "cutover mapping suggest crm.contacts.list     a draft from recorded pairs\n\
         cutover mapping test                          every case of every mapping\n\
         cutover mapping lint                          what a careful reader objects to"
    ))]
    Mapping(MappingArguments),
    /// Look for inputs that break mappings: generated from recordings, shrunk to the smallest
    #[command(after_help = after(
        "cutover fuzz                                          every mapping, on its recordings\n\
         cutover fuzz mappings/crm/contacts.list.response.jsonata --cases 100000 --time 60s\n\
         cutover fuzz contacts.jsonata --inputs input.json --expected expected.json\n\
         cutover fuzz --against main                           what a change changes, by example\n\
         cutover fuzz --keep                                   counterexamples become cassettes"
    ))]
    Fuzz(Box<super::fuzz::FuzzArguments>),
    /// Print a shell's completion script
    #[command(after_help = after(
        "cutover completions bash > ~/.local/share/bash-completion/completions/cutover\n\
         cutover completions fish > ~/.config/fish/completions/cutover.fish"
    ))]
    Completions(CompletionsArguments),
}

/// `cutover check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The operations to judge [default: all]
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new())]
    pub operations: Vec<String>,
    /// Only what mappings, tolerances and recordings changed against the git revision touch [default REV: HEAD]
    #[arg(long, value_name = "REV", num_args = 0..=1, require_equals = true, default_missing_value = "HEAD")]
    pub changed: Option<String>,
    /// Evaluate each mapping on the native engine and on the JavaScript one; where they disagree, a pair is undecided
    #[arg(long)]
    pub oracle: bool,
    /// Where the reports go [default: reports/check beside cutover.toml]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    /// Decide this gate too, from all recordings: its answer is the exit code
    #[arg(long, value_enum, value_name = "GATE", conflicts_with_all = ["operations", "changed"])]
    pub gate: Option<GateArgument>,
    /// How the gate is decided.
    #[command(flatten)]
    pub deciding: DecidingArguments,
}

/// `cutover diff`.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The legacy side's body, a JSON file; `-`: standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub legacy: PathBuf,
    /// The new side's body, a JSON file; `-`: standard input
    #[arg(value_hint = ValueHint::FilePath)]
    pub new: PathBuf,
    /// A JSONata mapping that is applied to the new body first
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub mapping: Option<PathBuf>,
    /// Tolerances, as a .tolerances.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tolerances: Option<PathBuf>,
    /// Join the list at PATH by these fields: '$.data=id'; of several for one PATH the first that fits, '#position' by place
    #[arg(long = "key", value_name = "PATH=FIELD[,FIELD]")]
    pub keys: Vec<String>,
    /// Leave out what lies at PATH
    #[arg(long, value_name = "PATH")]
    pub ignore: Vec<String>,
}

/// `cutover explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// A pair's id, or its file
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub pair: String,
}

/// `cutover init`.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// The folder; it is made where it does not exist
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}

/// `cutover import`.
#[derive(Debug, Subcommand)]
pub enum ImportArguments {
    /// One pair a line, its parts named by JSON Pointers
    #[command(after_help = after(
        "cutover import jsonl rows.jsonl --operation crm.contacts.list --id /id --legacy /legacy --new /new\n\
         cutover import jsonl rows.jsonl.zst --operation crm.contacts.list --id /raw/id \\\n    \
             --legacy /unified --new /new --source /raw --account /tenant"
    ))]
    Jsonl(ImportJsonlArguments),
    /// Two bare JSON bodies
    #[command(after_help = after(
        "cutover import pair --legacy a.json --new b.json --operation crm.contacts.list --id acme-1"
    ))]
    Pair(ImportPairArguments),
    /// What a browser or proxy saved as HTTP Archive 1.2
    #[command(after_help = after(
        "cutover import har legacy.har --side legacy --account acme-crm\n\
         cutover import har new.har --side new --account acme-crm --base https://api.example.com/v2"
    ))]
    Har(ImportRecordedArguments),
    /// VCR cassettes of Ruby, as YAML or JSON, and those of vcrpy
    #[command(after_help = after(
        "cutover import vcr spec/cassettes/*.yml --side legacy\n\
         cutover import vcr tests/cassettes/*.yaml --side new --map-account 7c1f0a3e=acme-crm"
    ))]
    Vcr(ImportRecordedArguments),
    /// Betamax cassettes
    #[command(after_help = after("cutover import betamax tests/cassettes/*.json --side legacy --format json"))]
    Betamax(ImportRecordedArguments),
    /// Polly.JS recordings
    #[command(after_help = after("cutover import polly __recordings__/*/recording.har --side source"))]
    Polly(ImportRecordedArguments),
    /// WireMock mappings that name one request
    #[command(after_help = after("cutover import wiremock mappings/*.json --side legacy --account acme-crm"))]
    Wiremock(ImportRecordedArguments),
}

/// `cutover import har`, `vcr`, `betamax`, `polly`, `wiremock`.
#[derive(Debug, Args)]
pub struct ImportRecordedArguments {
    /// The files, in the order in which their requests were made
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Who answered in them
    #[arg(long, value_enum)]
    pub side: SideArgument,
    /// The account that all of it belongs to [default: the one whose id stands in the request]
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub account: Option<String>,
    /// What has ID in its URL or headers belongs to ACCOUNT; adds to the ids of the accounts' file
    #[arg(long, value_name = "ID=ACCOUNT", conflicts_with = "account")]
    pub map_account: Vec<String>,
    /// Where the operations' paths begin: https://api.example.com/v2 [default: at the host]
    #[arg(long, value_name = "URL")]
    pub base: Option<String>,
    /// What becomes of personal data.
    #[command(flatten)]
    pub redaction: RedactionArguments,
}

/// `cutover export`.
#[derive(Debug, Subcommand)]
pub enum ExportArguments {
    /// One side's exchanges as HTTP Archive 1.2, which browsers and proxies open
    #[command(after_help = after(
        "cutover export har --out legacy.har\n\
         cutover export har crm.contacts.list --side new --out contacts.har"
    ))]
    Har(ExportHarArguments),
}

/// `cutover export har`.
#[derive(Debug, Args)]
pub struct ExportHarArguments {
    /// The operations [default: all]
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new())]
    pub operations: Vec<String>,
    /// Whose exchanges
    #[arg(long, value_enum, default_value = "legacy")]
    pub side: SideArgument,
    /// The file; one that exists is replaced
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: PathBuf,
}

/// `--side`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SideArgument {
    /// The provider that customers are served by today.
    Legacy,
    /// The provider that they are moved to.
    New,
    /// The upstream itself.
    Source,
}

/// What becomes of personal data on its way into a recording.
#[derive(Debug, Args)]
pub struct RedactionArguments {
    /// Keep names, addresses and ids as they are; without it pseudonyms take their place
    #[arg(long, requires = "permitted", help_heading = "Redaction")]
    pub no_redact: bool,
    /// Goes with --no-redact: those whose data it is agreed, and the recording is kept accordingly
    #[arg(
        long = "i-may-keep-personal-data",
        id = "permitted",
        requires = "no_redact",
        help_heading = "Redaction"
    )]
    pub permitted: bool,
}

/// `cutover import jsonl`.
#[derive(Debug, Args)]
pub struct ImportJsonlArguments {
    /// The .jsonl or .jsonl.zst file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The operation that the pairs belong to
    #[arg(long, value_name = "NAME")]
    pub operation: String,
    /// Where a line has the pair's id
    #[arg(long, value_name = "POINTER")]
    pub id: String,
    /// Where a line has the legacy body
    #[arg(long, value_name = "POINTER")]
    pub legacy: String,
    /// Where a line has the new body
    #[arg(long, value_name = "POINTER")]
    pub new: String,
    /// Where a line has the upstream's own body
    #[arg(long, value_name = "POINTER")]
    pub source: Option<String>,
    /// Where a line has the account
    #[arg(long, value_name = "POINTER")]
    pub account: Option<String>,
    /// What becomes of personal data.
    #[command(flatten)]
    pub redaction: RedactionArguments,
}

/// `cutover import pair`.
#[derive(Debug, Args)]
pub struct ImportPairArguments {
    /// The legacy body, a JSON file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub legacy: PathBuf,
    /// The new body, a JSON file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub new: PathBuf,
    /// The upstream's own body, a JSON file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub source: Option<PathBuf>,
    /// The operation that the pair belongs to
    #[arg(long, value_name = "NAME")]
    pub operation: String,
    /// The pair's name within the operation
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub id: String,
    /// The account that was asked
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub account: Option<String>,
    /// What becomes of personal data.
    #[command(flatten)]
    pub redaction: RedactionArguments,
}

/// `cutover config`.
#[derive(Debug, Subcommand)]
pub enum ConfigArguments {
    /// Everything that the configuration refers to exists, parses and fits together
    #[command(after_help = after("cutover config check\ncutover config check --format json | jq '.findings[].message'"))]
    Check,
}

/// `cutover mapping`.
#[derive(Debug, Subcommand)]
pub enum MappingArguments {
    /// Run the cases beside mappings: mappings/<model>/cases/<mapping>/<name>.{input,expected}.json
    #[command(after_help = after(
        "cutover mapping test\n\
         cutover mapping test mappings/crm/contacts.list.response.jsonata\n\
         cutover mapping test --accept                 write what is expected where it is missing or changed"
    ))]
    Test(MappingTestArguments),
    /// Say what a careful reader objects to: unknown names, paths that never match, lists of one that come out bare …
    #[command(after_help = after(
        "cutover mapping lint\n\
         cutover mapping lint mappings/crm/contacts.list.response.jsonata\n\
         cutover mapping lint --format json | jq -r '.mappings[].findings[].message'\n\
         cutover mapping lint --sarif mappings.sarif       for code scanning"
    ))]
    Lint(MappingLintArguments),
    /// Draft a mapping from recorded pairs: what explains each field on every one of them; the rest in comments
    #[command(after_help = after(
        "cutover mapping suggest crm.contacts.list > mappings/crm/contacts.list.response.jsonata\n\
         cutover mapping suggest                        every operation that has no mapping\n\
         cutover mapping suggest crm.contacts.list --from source\n\
         cutover mapping suggest --jsonl rows.jsonl --legacy /unified --source /raw\n\
         cutover mapping suggest --format json | jq '.drafts[].fields[] | select(.expression == null)'"
    ))]
    Suggest(MappingSuggestArguments),
    /// Bring in the method configs of a unified model: each expression becomes a mapping here
    #[command(after_help = after(
        "cutover mapping import contacts.json --model crm\n\
         cutover mapping import rows.yaml --model crm --integration example\n\
         cutover mapping import base.json --environment env.json --account account.json --model crm"
    ))]
    Import(MappingImportArguments),
    /// Print the method configs of a unified model with the mappings as they are here
    #[command(after_help = after(
        "cutover mapping export --model crm > rows.json\n\
         cutover mapping export contacts.list --model crm"
    ))]
    Export(MappingExportArguments),
}

/// `cutover mapping import`.
#[derive(Debug, Args)]
pub struct MappingImportArguments {
    /// Rows with resource_name, method_name and config, as the management API lists them; .json, .yaml or .yml
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The unified model, which is the folder's name
    #[arg(long, value_name = "MODEL")]
    pub model: String,
    /// Rows of an environment's override, laid over the file's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub environment: Option<PathBuf>,
    /// An account with its unified_model_override, laid over both
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub account: Option<PathBuf>,
    /// Whose rows, where the file has rows of several integrations
    #[arg(long, value_name = "NAME")]
    pub integration: Option<String>,
    /// Where the folder of the model is
    #[arg(long, value_name = "DIR", default_value = "mappings", value_hint = ValueHint::DirPath)]
    pub to: PathBuf,
    /// Write over mappings that have another content
    #[arg(long)]
    pub replace: bool,
}

/// `cutover mapping export`.
#[derive(Debug, Args)]
pub struct MappingExportArguments {
    /// One method's row instead of the list of all, e.g. contacts.list
    #[arg(value_name = "RESOURCE.METHOD")]
    pub method: Option<String>,
    /// The unified model, which is the folder's name
    #[arg(long, value_name = "MODEL")]
    pub model: String,
    /// Where the folder of the model is
    #[arg(long, value_name = "DIR", default_value = "mappings", value_hint = ValueHint::DirPath)]
    pub from: PathBuf,
}

/// `cutover mapping suggest`.
#[derive(Debug, Args)]
pub struct MappingSuggestArguments {
    /// The operations to draft a mapping for [default: those that have none]
    #[arg(value_name = "OPERATION", value_parser = NonEmptyStringValueParser::new())]
    pub operations: Vec<String>,
    /// Which body is turned into legacy's [default: what the operation's map_from says]
    #[arg(long, value_enum, value_name = "SIDE", conflicts_with = "jsonl")]
    pub from: Option<SuggestFrom>,
    /// Read bodies from this file, one pair a line, instead of recordings; needs no configuration
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "operations",
          requires = "legacy", requires = "source")]
    pub jsonl: Option<PathBuf>,
    /// Where a line has the legacy body
    #[arg(long, value_name = "POINTER", requires = "jsonl")]
    pub legacy: Option<String>,
    /// Where a line has the body that is turned into it
    #[arg(long, value_name = "POINTER", requires = "jsonl")]
    pub source: Option<String>,
}

/// `--from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SuggestFrom {
    /// What the new side answered.
    New,
    /// What the upstream itself answered.
    Source,
}

/// `cutover mapping test`.
#[derive(Debug, Args)]
pub struct MappingTestArguments {
    /// The mappings' files [default: those that operations name, and all others in mappings/]
    #[arg(value_name = "MAPPING", value_hint = ValueHint::FilePath)]
    pub mappings: Vec<PathBuf>,
    /// Write what the mapping answers where an expectation is missing or not met; refused in CI
    #[arg(long)]
    pub accept: bool,
}

/// `cutover mapping lint`.
#[derive(Debug, Args)]
pub struct MappingLintArguments {
    /// The mappings' files [default: those that operations name, and all others in mappings/]
    #[arg(value_name = "MAPPING", value_hint = ValueHint::FilePath)]
    pub mappings: Vec<PathBuf>,
    /// Also write the findings as SARIF 2.1.0
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sarif: Option<PathBuf>,
}

/// `cutover completions`.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// Whose script
    pub shell: clap_complete::Shell,
}

pub(super) fn after(examples: &str) -> String {
    let examples = examples.lines().fold(String::new(), |text, line| format!("{text}\n  {line}"));
    format!("Examples:{examples}\n\n{}", crate::exit::Exit::help())
}
