# The structural diff beside its floor and its peers; a table, and reports/bench/diff.json.
bench-diff *workload:
    cargo run --release -p bench --bin bench-diff -- {{workload}}

# A million pairs of made and mutated documents: the fast diff against the plain one, each parser against the plain one.
fuzz-diff:
    PROPTEST_CASES=170000 cargo test --release -p compare
