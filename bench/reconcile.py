#!/usr/bin/env python3
"""How fast `smsctl reconcile` enters the statuses of many messages beside a bare libcurl, simdjson and
SQLite loop that pages one after another, and beside Twilio's own npm client, which stores nothing. In a
round every client runs once, each against a far end of its own. Prints what was measured and the ratios
to the bare loop of the same round.

    bench/reconcile.py BUILD [--rounds N] [--messages N] [--latencies MS,…] [--npm]
"""

import argparse
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

from clients import SENDER, TOKEN, Unavailable, npm_folder, plain_environment
from rounds import print_table

HERE = pathlib.Path(__file__).resolve().parent
PAGE = 1000
PER_SECOND = 50  # how fast the messages once left
MEASURED = ("messages/s", "CPU us", "requests", "RSS MB")
RATIOS = {"rate ÷ bare": "messages/s", "CPU ÷ bare": "CPU us"}


class FarEnd:
    """A bench_list_server for the length of one measurement."""

    def __init__(self, build, count, latency_ms, newest):
        self.process = subprocess.Popen(
            [build / "bench" / "bench_list_server", "--messages", str(count), "--latency-ms", str(latency_ms),
             "--newest", str(newest), "--per-second", str(PER_SECOND)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{json.loads(self.process.stdout.readline())['port']}"

    def requests(self):
        return json.loads(self.process.communicate(timeout=60)[0])["requests"]


class Bare:
    name = "bare loop"

    def __init__(self, build, folder):
        self.binary, self.database = build / "bench" / "bench_bare_pager", folder / "bare.db"

    def prepare(self, count, _newest):
        for old in self.database.parent.glob("bare.db*"):
            old.unlink()
        subprocess.run([self.binary, "--db", self.database, "--messages", str(count)], check=True)

    def command(self, url, _count):
        return [self.binary, "--url", url, "--db", self.database]

    def environment(self, _url):
        return {}

    def changed(self, said):
        """How many messages have a new status, by what it printed or stored."""
        return json.loads(said)["changed"]


class Npm(Bare):
    name = "npm twilio"

    def __init__(self, wanted, folder):
        self.folder = npm_folder(wanted, folder, "twilio")
        shutil.copy(HERE / "npm_pager.js", self.folder)

    def prepare(self, _count, _newest):
        pass

    def command(self, url, _count):
        return ["node", str(self.folder / "npm_pager.js"), url]


class Reconcile:
    """The whole process, with a database of its own each time."""

    name = "smsctl reconcile"

    def __init__(self, build, folder):
        self.binary = build / "commands" / "smsctl"
        self.template, self.database = folder / "template.db", folder / "reconcile.db"
        make = '"$1" sync numbers -q && cp "$SMSCTL_DB" "$2"'
        subprocess.run([self.binary, "sim", "--", "sh", "-c", make, "sh", self.binary, self.template],
                       check=True, stdout=subprocess.DEVNULL)
        self.filled = {}

    def prepare(self, count, newest):
        for old in self.database.parent.glob("reconcile.db*"):
            old.unlink()
        if count not in self.filled:
            self.filled[count] = self.template.parent / f"filled{count}.db"
            shutil.copy(self.template, self.filled[count])
            fill(self.filled[count], count, newest)
        shutil.copy(self.filled[count], self.database)

    def command(self, _url, _count):
        return [self.binary, "reconcile", "--older-than", "0s", "--no-inbound", "-q"]

    def environment(self, url):
        return {"SMSCTL_DB": str(self.database), "SMSCTL_WORKSPACE": "sim", "SMSCTL_API_BASE": url,
                "TWILIO_AUTH_TOKEN": TOKEN}

    def changed(self, _said):
        with sqlite3.connect(self.database) as database:
            [changed] = database.execute("SELECT count(*) FROM messages WHERE status = 'delivered'").fetchone()
        return changed


def fill(path, count, newest):
    """`count` messages that were accepted as the far end dates them, and of which no callback came."""
    database = sqlite3.connect(path)
    [workspace] = database.execute("SELECT id FROM workspaces WHERE name = 'sim'").fetchone()
    contact = insert(database, "contacts", workspace_id=workspace, public_id="ct_bench", address="+14155552671")
    conversation = insert(database, "conversations", workspace_id=workspace, public_id="conv_bench",
                          contact_id=contact, our_address=SENDER, status="open")
    columns = template_row(database, "messages") | {
        "workspace_id": workspace, "direction": "outbound", "conversation_id": conversation,
        "from_address": SENDER, "to_address": "+14155552671", "encoding": "GSM-7", "segments": 1,
        "body": "Your parcel arrives today between 9 and 11. Reply STOP to opt out.", "status": "queued",
        "provider": "twilio", "attempts": 1, "is_open": 1}
    each = ("public_id", "provider_id", "status_at", "created_at")
    names = [name for name in columns if name not in each]
    sql = (f"INSERT INTO messages ({', '.join(names)}, {', '.join(each)}) "
           f"VALUES ({', '.join('?' * (len(names) + len(each)))})")
    fixed = [columns[name] for name in names]
    with database:
        database.executemany(sql, (
            [*fixed, f"msg_{n:026}", sid_of(n), at, at]
            for n in range(count)
            for at in [(newest - (count - 1 - n) // PER_SECOND) * 1000]))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def sid_of(number):
    """As sid.hpp makes it."""
    return f"SM{number * 0x9E3779B97F4A7C15 % 2**64:016x}{number:016x}"


def template_row(database, table):
    """A row with nothing in it that is allowed: unset text is '', numbers 0."""
    row = {}
    for _, name, kind, required, default, key in database.execute(f"PRAGMA table_info({table})"):
        if required and not key and default is None:
            row[name] = 0 if kind.startswith("INT") else ""
    return row


def insert(database, table, **values):
    row = template_row(database, table) | values
    with database:
        return database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                                list(row.values())).lastrowid


def measure(build, client, count, latency_ms, newest):
    """One run of one client; ends the program unless it has the status of every message."""
    client.prepare(count, newest)
    far_end = FarEnd(build, count, latency_ms, newest)
    start = time.monotonic()
    process = subprocess.Popen(client.command(far_end.url, count), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=plain_environment(client.environment(far_end.url)))
    said = process.stdout.read()
    problem = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    requests = far_end.requests()
    if process.returncode != 0:
        sys.exit(f"{client.name} ended with {process.returncode}\n{problem}")
    changed = client.changed(said)
    if changed != count:
        sys.exit(f"{client.name} has {changed} statuses of {count}\n{problem}")
    return {"messages/s": count / seconds, "CPU us": (usage.ru_utime + usage.ru_stime) / count * 1e6,
            "requests": requests, "RSS MB": usage.ru_maxrss / 1024}


def all_clients(build, folder, with_npm):
    clients = [Bare(build, folder), Reconcile(build, folder)]
    try:
        clients.append(Npm(with_npm, folder))
    except Unavailable as reason:
        print(f"skipped npm twilio: {reason}")
    return clients


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="a build folder, say build/release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--latencies", default=[0, 50], type=lambda text: [int(each) for each in text.split(",")])
    parser.add_argument("--npm", action="store_true", help="install the npm client and run it, too")
    return parser.parse_args()


def main():
    options = parse()
    build = options.build.resolve()
    newest = int(time.time()) - 600
    with tempfile.TemporaryDirectory(prefix="smsctl-bench-") as name:
        clients = all_clients(build, pathlib.Path(name), options.npm)
        for latency_ms in options.latencies:
            rounds = []
            for number in range(1, options.rounds + 1):
                print(f"round {number} of {options.rounds}", file=sys.stderr)
                rounds.append({client.name: measure(build, client, options.messages, latency_ms, newest)
                               for client in clients})
            least = -(-options.messages // PAGE)
            print(f"\n{latency_ms} ms, {options.messages} messages ({least} pages), {options.rounds} rounds; "
                  "ratios: min median max")
            print_table(rounds, MEASURED, RATIOS)


if __name__ == "__main__":
    main()
