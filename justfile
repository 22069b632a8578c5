# The structural diff beside its floor and its peers; a table, and reports/bench/diff.json.
bench-diff *workload:
    cargo run --release -p bench --bin bench-diff -- {{workload}}

# Over a million pairs of made and mutated documents, and hostile input at full size: the fast diff against the plain one,
# each parser against the plain one, and the laws, over made documents and every one of the data. A failing seed is kept.
fuzz-diff:
    CUTOVER_HOSTILE=1 CUTOVER_CASES=200000 PROPTEST_CASES=170000 cargo test --release -p compare
    CUTOVER_CASES=400000 cargo test --release --test main conformance::laws

# The same over recorded documents for so many seconds, each time with another seed; a pair that fails is printed.
soak-diff seconds="600":
    CUTOVER_SOAK_SECONDS={{seconds}} cargo test --release -p compare soak -- --nocapture

# The whole of `cutover check` beside its floor, in time and memory; `just bench full` also judges a million pairs.
bench *full:
    cargo build --release
    cargo run --release -p bench --bin bench-check -- {{full}}

# How fast mappings are, beside the reference library.
bench-mapping:
    cargo run --release -p bench-mapping -- target/oracle 1 ../shared/data/6-jsonata-mappings

# What CI asks: format, lints, tests.
check:
    cargo fmt --all --check
    cargo clippy --locked --all-targets -- -D warnings
    cargo test --locked

# Writes the recordings of the sample migration anew.
sample:
    cargo run -p sample -- recordings
