#!/bin/sh
# The bare loop must not win by sending twice: the far end takes every message, loses the answer of
# one in twenty with its connection, and counts.
#
#     bench/never_twice.sh BUILD
set -eu
build=$1
for driver in poll epoll; do
    for body in read fields; do
        "$build/commands/smsctl" sim -- sh -c '
            curl -sf -d kind=close_after -d percent=5 "$SMSCTL_API_BASE/sim/faults" > /dev/null
            "$@" --url "$SMSCTL_API_BASE" || true # it tells of those without an answer
            curl -sf "$SMSCTL_API_BASE/sim/counts" | grep -q "\"creates\":2000,.*\"repeats\":0,"
        ' sh "$build/bench/bench_bare_loop" --messages 2000 --driver $driver --body $body
    done
done
