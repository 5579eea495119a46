#!/usr/bin/env python3
"""How many webhooks a second `smsctl listen` verifies, commits and answers, beside a bare C++ server
and beside express with Twilio's own validation, in one run: each round runs every server once, so
that whatever slows the machine slows all of them. Prints what was measured and the ratios to the
bare server of the same round.

    bench/webhooks.py BUILD [--rounds N] [--requests N] [--connections N] [--npm]
    bench/webhooks.py BUILD --events 100000,1000000     # memory by how much was received
    bench/webhooks.py BUILD --tail [--requests N]       # how soon another process shows an event
"""

import argparse
import pathlib
import sys
import tempfile

from listeners import Listen, all_listeners, post
from rounds import print_table
from tail_delay import measure_tail

MEASURED = ("events/s", "p50 ms", "p99 ms", "CPU us", "RSS MB")
RATIOS = {"rate ÷ bare": "events/s", "p99 ÷ bare": "p99 ms", "CPU ÷ bare": "CPU us"}


def measure(build, listener, folder, count, connections):
    """One run of one server with a database of its own; ends the program unless it took them all."""
    with listener.running(folder) as running:
        load = post(build, listener, running, count, connections)
        running.end()
    if load["refused"] or running.kept() != count:
        sys.exit(f"{listener.name}: {load['refused']} of {count} refused, {running.kept()} kept")
    return {
        "events/s": load["per_second"],
        "p50 ms": load["p50_ms"],
        "p99 ms": load["p99_ms"],
        "CPU us": running.cpu_seconds / count * 1e6,
        "RSS MB": running.peak_mb,
    }


def compare(build, folder, options):
    listeners = all_listeners(build, folder, options.npm)
    rounds = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", file=sys.stderr)
        rounds.append({
            listener.name: measure(build, listener, folder,
                                   max(1, int(options.requests * listener.share)),
                                   options.connections)
            for listener in listeners})
    print(f"\n{options.requests} texts, {options.connections} connections, "
          f"{options.rounds} rounds; ratios: min median max")
    print_table(rounds, MEASURED, RATIOS)


def compare_memory(build, folder, options):
    """One `listen` takes them all; its memory is looked at on the way."""
    listen = Listen(build, "smsctl listen", folder)
    sent = 0
    with listen.running(folder) as running:
        for events in options.events:
            while sent < events:
                piece = min(100_000, events - sent)
                post(build, listen, running, piece, options.connections)
                sent += piece
            print(f"{sent:>9} events  {running.memory_mb():7.1f} MB", flush=True)
        running.end()
    if running.kept() != sent:
        sys.exit(f"{running.kept()} of {sent} kept")


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="a build folder, say build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--events", type=lambda text: [int(each) for each in text.split(",")])
    parser.add_argument("--tail", action="store_true")
    parser.add_argument("--npm", action="store_true",
                        help="install express and Twilio's validator and run them, too")
    return parser.parse_args()


def main():
    options = parse()
    build = options.build.resolve()
    with tempfile.TemporaryDirectory(prefix="smsctl-bench-") as name:
        folder = pathlib.Path(name)
        if options.events:
            compare_memory(build, folder, options)
        elif options.tail:
            measure_tail(build, folder, options)
        else:
            compare(build, folder, options)


if __name__ == "__main__":
    main()
