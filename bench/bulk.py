#!/usr/bin/env python3
"""How fast bulk sending is beside a bare libcurl loop and Twilio's own clients, in one run: each
round runs every client once against a fresh local far end, so that whatever slows the machine slows
all of them. Prints what was measured and the ratios to the bare loop of the same round.

    bench/bulk.py BUILD [--rounds N] [--messages N] [--scenarios LATENCY_MS:IN_FLIGHT,…] [--npm]
    bench/bulk.py BUILD --rows 100000,1000000        # peak memory by the length of the list
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from clients import Bulk, all_clients, plain_environment
from rounds import print_table

MEASURED = ("messages/s", "far end/s", "CPU us", "RSS MB", "connections")
RATIOS = {"rate ÷ bare": "messages/s", "far end ÷ bare": "far end/s", "CPU ÷ bare": "CPU us"}


class FarEnd:
    """A bench_server for the length of one measurement."""

    def __init__(self, build, latency_ms):
        self.process = subprocess.Popen(
            [build / "bench" / "bench_server", "--latency-ms", str(latency_ms)],
            stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{json.loads(self.process.stdout.readline())['port']}"

    def totals(self):
        self.process.send_signal(signal.SIGTERM)
        return json.loads(self.process.communicate(timeout=60)[0])


def measure(build, client, folder, count, latency_ms, in_flight):
    """One run of one client; ends the program unless the far end saw each message exactly once."""
    client.prepare(folder, count)
    far_end = FarEnd(build, latency_ms)
    with open(folder / "said", "w+", encoding="utf-8") as said:
        start = time.monotonic()
        process = subprocess.Popen(
            client.command(far_end.url, count, in_flight), stdout=subprocess.DEVNULL, stderr=said,
            env=plain_environment(client.environment(far_end.url)))
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        totals = far_end.totals()
        if process.returncode != 0 or totals["creates"] != count:
            said.seek(0)
            sys.exit(f"{client.name} ended with {process.returncode}; the far end took "
                     f"{totals['creates']} messages of {count}\n{said.read()}")
    return {
        "messages/s": count / seconds,
        "far end/s": totals["per_second"],
        "CPU us": (usage.ru_utime + usage.ru_stime) / count * 1e6,
        "RSS MB": usage.ru_maxrss / 1024,
        "connections": totals["connections"],
    }


def compare(build, clients, folder, options):
    for latency_ms, in_flight in options.scenarios:
        # At 50 ms and 50 in flight nobody passes 1000 messages a second: enough is ten seconds.
        most = 10_000 * in_flight // latency_ms if latency_ms else options.messages
        messages = min(options.messages, most)
        rounds = []
        for number in range(1, options.rounds + 1):
            print(f"round {number} of {options.rounds}", file=sys.stderr)
            rounds.append({
                client.name: measure(build, client, folder, max(1, int(messages * client.share)),
                                     latency_ms, in_flight)
                for client in clients})
        print(f"\n{latency_ms} ms, {in_flight} in flight, {messages} messages, "
              f"{options.rounds} rounds; ratios: min median max")
        print_table(rounds, MEASURED, RATIOS)


def compare_memory(build, folder, options):
    bulk = Bulk(build, "smsctl bulk", folder)
    first = None
    for rows in options.rows:
        latency_ms, in_flight = options.scenarios[0]
        result = measure(build, bulk, folder, rows, latency_ms, in_flight)
        first = first or result["RSS MB"]
        print(f"{rows:>9} rows  {result['RSS MB']:7.1f} MB peak  {result['RSS MB'] - first:+7.1f} MB  "
              f"{result['messages/s']:7.0f} messages/s")


def scenario(text):
    latency_ms, in_flight = text.split(":")
    return int(latency_ms), int(in_flight)


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="a build folder, say build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--scenarios", default="0:50,50:50,50:200",
                        type=lambda text: [scenario(each) for each in text.split(",")])
    parser.add_argument("--rows", type=lambda text: [int(each) for each in text.split(",")])
    parser.add_argument("--npm", action="store_true", help="install the npm client and run it, too")
    return parser.parse_args()


def main():
    options = parse()
    build = options.build.resolve()
    with tempfile.TemporaryDirectory(prefix="smsctl-bench-") as name:
        folder = pathlib.Path(name)
        if options.rows:
            compare_memory(build, folder, options)
        else:
            compare(build, all_clients(build, folder, options.npm), folder, options)


if __name__ == "__main__":
    main()
