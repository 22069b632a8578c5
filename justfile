# The structural diff beside its floor and its peers; a table, and reports/bench/diff.json.
bench-diff *workload:
    cargo run --release -p bench --bin bench-diff -- {{workload}}

# Over a million pairs of made and mutated documents, and hostile input at full size: the fast diff against the plain one,
# each parser against the plain one, and the laws, over made documents and every one of the data. A failing seed is kept.
fuzz-diff:
    CUTOVER_HOSTILE=1 CUTOVER_CASES=200000 PROPTEST_CASES=170000 cargo test --release -p compare
    CUTOVER_CASES=400000 cargo test --release --locked --test cutover conformance::laws

# The same over recorded documents for so many seconds, each time with another seed; a pair that fails is printed.
soak-diff seconds="600":
    CUTOVER_SOAK_SECONDS={{seconds}} cargo test --release -p compare soak -- --nocapture

# The whole of `cutover check` beside its floor, in time and memory; `just bench full` also judges a million pairs.
bench *full:
    cargo build --release
    cargo run --release -p bench --bin bench-check -- {{full}}

# Redacting, appending and bringing to the disk on one core, beside zstd of the same bytes; a million pairs; `just bench-store quick` leaves these out.
bench-store *quick:
    {{ if quick == "" { "cargo build --release" } else { "" } }}
    cargo build --release -p bench --bin bench-store
    taskset -c 0 target/release/bench-store {{quick}}

# How fast mappings are, beside the reference library.
bench-mapping:
    cargo run --release -p bench-mapping -- target/oracle 1 ../shared/data/6-jsonata-mappings

# How fast fuzzing is, beside the mapping alone and fast-check on node; reports/bench/fuzz.json.
bench-fuzz:
    cargo run --release -p bench-mapping --bin bench-fuzz -- ../shared/data/6-jsonata-mappings target/fast-check

# Planted mistakes in the sample's mappings, 10,000 cases each, and mechanical ones, 1,000 each: what finds them, what survives.
fuzz-mutants:
    cargo test --release --locked --test cutover fuzz:: -- --nocapture --test-threads 1

# 50,000 generated expressions and inputs in each dialect, the native engine against the oracle.
fuzz-mapping:
    CUTOVER_CASES=50000 cargo test --release --test cutover -- mapping::agreement --nocapture

# What CI asks: format, lints, tests.
check:
    cargo fmt --all --check
    cargo clippy --locked --all-targets -- -D warnings
    cargo test --locked

# Writes the recordings of the sample migration anew.
sample:
    cargo run -p sample -- recordings

# The shadow proxy beside nginx, on one core each: CPU, rates without a loss, latency, a new side that hangs.
bench-proxy *workload:
    cargo build --release
    cargo build --release -p bench-proxy
    taskset -c 1 target/release/bench-proxy {{workload}}
