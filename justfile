# The structural diff beside its floor and its peers; a table, and reports/bench/diff.json.
bench-diff *workload:
    cargo run --release -p bench --bin bench-diff -- {{workload}}
