#!/bin/sh
# run.sh BUILD [OPTION...]: every fuzzer of a build in turn, from the checked-in corpus and for 15
# seconds unless OPTION says otherwise (-runs=1000000 -max_total_time=0). What it finds interesting is
# kept in BUILD/found/TARGET, what it breaks is BUILD/broken-TARGET-…; fails when anything broke.
set -eu

build=$1
shift
here=$(dirname "$0")
[ $# -gt 0 ] || set -- -max_total_time=15

for corpus in "$here"/corpus/*; do
    target=$(basename "$corpus")
    mkdir -p "$build/found/$target"
    echo "-- $target"
    "$build/tests/fuzz/${target}_fuzz" "$@" -max_len=4096 -timeout=60 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$build/broken-$target-" "$build/found/$target" "$corpus" 2>"$build/said-$target" || {
        tail -n 60 "$build/said-$target"
        exit 1
    }
    grep -E 'number_of_executed_units|average_exec_per_sec|peak_rss_mb' "$build/said-$target"
done
