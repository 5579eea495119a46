"""The servers that bench/webhooks.py posts to, each as a process of its own."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from clients import ACCOUNT, SENDER, TOKEN, Bulk, Unavailable, npm_folder, plain_environment

HERE = pathlib.Path(__file__).resolve().parent


class Running:
    """A server that listens. `table` is where its database keeps what was taken."""

    def __init__(self, process, url, database, table):
        self.process, self.url, self.database, self.table = process, url, database, table
        self.cpu_seconds = self.peak_mb = 0.0

    def end(self):
        """Stops it in good order, and notes what it cost."""
        self.process.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.peak_mb = usage.ru_maxrss / 1024

    def memory_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def kept(self):
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return database.execute(f"SELECT count(*) FROM {self.table}").fetchone()[0]


class Listener:
    """`share` is how much of the webhooks it is given: slow ones would make a round last hours."""

    share = 1.0

    def __init__(self, name):
        self.name = name

    def start(self, folder):
        raise NotImplementedError

    @contextlib.contextmanager
    def running(self, folder):
        """The server with a fresh database, until the block ends."""
        for old in folder.glob("webhooks.db*"):
            old.unlink()
        running = self.start(folder / "webhooks.db")
        try:
            yield running
        finally:
            if running.process.returncode is None:
                running.process.kill()
                running.process.wait()


class OwnTable(Listener):
    """One that prints its port and keeps webhooks in a table of that name."""

    def command(self, database):
        raise NotImplementedError

    def start(self, database):
        process = subprocess.Popen(self.command(database), stdout=subprocess.PIPE, text=True)
        port = json.loads(process.stdout.readline())["port"]
        return Running(process, f"http://127.0.0.1:{port}/", database, "webhooks")


class Bare(OwnTable):
    def __init__(self, build, name):
        super().__init__(name)
        self.binary = str(build / "bench" / "bench_bare_listener")

    def command(self, database):
        return [self.binary, "--database", str(database), "--token", TOKEN]


class Express(OwnTable):
    share = 0.1

    def __init__(self, name, wanted, folder):
        super().__init__(name)
        self.folder = npm_folder(wanted, folder, "express", "twilio", "better-sqlite3")
        # What npm installed without building it is found out by loading it.
        loads = subprocess.run(
            ["node", "-e", "new (require('better-sqlite3'))(':memory:')"], cwd=self.folder,
            capture_output=True)
        if loads.returncode != 0:
            raise Unavailable("npm could not build better-sqlite3")
        shutil.copy(HERE / "express_server.js", self.folder)

    def command(self, database):
        return ["node", str(self.folder / "express_server.js"), str(database), TOKEN]


class Listen(Listener):
    """`smsctl listen`, with the simulator's account and numbers."""

    def __init__(self, build, name, folder, *options):
        super().__init__(name)
        self.bulk = Bulk(build, name, folder)  # makes the database to begin with
        self.options = options
        self.ready_file = folder / "ready.json"

    def environment(self, database):
        return plain_environment(
            self.bulk.environment("http://127.0.0.1:1") | {"SMSCTL_DB": str(database)})

    def start(self, database):
        shutil.copy(self.bulk.template, database)
        self.ready_file.unlink(missing_ok=True)
        process = subprocess.Popen(
            [self.bulk.binary, "listen", "--addr", "127.0.0.1:0", "--ready-file", str(self.ready_file),
             *self.options],
            stdout=subprocess.DEVNULL, env=self.environment(database))
        while not self.ready_file.exists():
            if process.poll() is not None:
                sys.exit(f"listen ended with {process.returncode}")
            time.sleep(0.005)
        return Running(process, json.loads(self.ready_file.read_text())["url"], database, "messages")


def post(build, listener, running, count, connections):
    """Has the load made and posted; gives what it measured."""
    done = subprocess.run(
        [build / "bench" / "bench_webhook_load", "--url", running.url, "--token", TOKEN, "--account", ACCOUNT,
         "--to", SENDER, "--requests", str(count), "--connections", str(connections)],
        stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{listener.name}: the load ended with {done.returncode}")
    return json.loads(done.stdout)


def all_listeners(build, folder, with_npm):
    """Those that can be run; says of the others why not. The bare server is the first."""
    makers = (
        ("bare server", lambda name: Bare(build, name)),
        ("smsctl listen --quiet", lambda name: Listen(build, name, folder, "--quiet")),
        ("smsctl listen", lambda name: Listen(build, name, folder)),
        ("express", lambda name: Express(name, with_npm, folder)),
    )
    listeners = []
    for name, make in makers:
        try:
            listeners.append(make(name))
        except Unavailable as reason:
            print(f"skipped {name}: {reason}")
    return listeners
