# The structural diff beside its floor and its peers; a table, and reports/bench/diff.json.
bench-diff *workload:
    cargo run --release -p bench --bin bench-diff -- {{workload}}

# A million pairs of made and mutated documents: the fast diff against the plain one, each parser against the plain one.
fuzz-diff:
    PROPTEST_CASES=170000 cargo test --release -p compare

# The whole of `cutover check` beside its floor, in time and memory; `just bench full` also judges a million pairs.
bench *full:
    cargo build --release
    cargo run --release -p bench --bin bench-check -- {{full}}

# Redacting, appending and bringing to the disk on one core, beside zstd of the same bytes; a million pairs; `just bench-store quick` leaves these out.
bench-store *quick:
    cargo build --release -p bench --bin bench-store
    taskset -c 0 target/release/bench-store {{quick}}

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
