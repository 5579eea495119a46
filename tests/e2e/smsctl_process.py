"""A real smsctl in a home of its own, a running sim, and a running listen, for end-to-end tests.

The binary is named by SMSCTL_BINARY. Everything is bounded: each process is waited for with a
limit and ended by its own pid.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import pathlib
import pty
import queue
import select
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

BINARY = os.environ["SMSCTL_BINARY"]
PATIENCE = 60  # seconds that only a failing test waits

# Whoever started the tests may ignore some, and what is ignored stays so in our children.
for awaited in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP):
    if signal.getsignal(awaited) == signal.SIG_IGN:
        signal.signal(awaited, signal.SIG_DFL)


class Home:
    """A fresh home: database, key and runtime folder of its own."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="smsctl-e2e-")
        self.path = pathlib.Path(self._folder.name)
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("SMSCTL_", "TWILIO_", "TELNYX_"))}
        keep.pop("BASE_URL", None)
        self.env = {
            **keep,
            "HOME": str(self.path),
            "XDG_DATA_HOME": str(self.path / "data"),
            "XDG_CONFIG_HOME": str(self.path / "config"),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        self.database = self.path / "data" / "smsctl" / "smsctl.db"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def run(self, *args, stdin="", env=None, check=None):
        """Runs smsctl to its end; `check` is the exit code it must have."""
        done = subprocess.run(
            [BINARY, *args], input=stdin, env={**self.env, **(env or {})}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        if check is not None and done.returncode != check:
            raise AssertionError(
                f"smsctl {' '.join(args)}: exit {done.returncode}, not {check}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def records(self, *args, **kwargs):
        """The JSON Lines a command prints."""
        return [json.loads(line) for line in self.run(*args, check=0, **kwargs).stdout.splitlines()]

    def make_due(self):
        """Lets the time of everything come that waits for it, without anybody waiting."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=PATIENCE)) as database, database:
            database.execute("UPDATE outbox SET due_at = 1 WHERE is_scheduled = 1")

    def age(self, message_id):
        """Makes a message two days old."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=PATIENCE)) as database, database:
            database.execute("UPDATE messages SET created_at = created_at - 172800000 WHERE public_id = ?", (message_id,))
            database.execute("UPDATE conversations SET last_message_at = last_message_at - 172800000")

    def start(self, *args, env=None, stdin=subprocess.DEVNULL):
        """Starts smsctl; the caller ends and waits for it."""
        return subprocess.Popen([BINARY, *args], env={**self.env, **(env or {})}, text=True, stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def type(self, *args, keys="", env=None, before=None):
        """Runs smsctl on a terminal, types `keys` once it asks; gives (exit code, screen).

        `before` is called with the process when it asks."""
        parent, child = pty.openpty()
        process = subprocess.Popen([BINARY, *args], env={**self.env, **(env or {})}, stdin=child, stdout=child,
                                   stderr=child, start_new_session=True)
        os.close(child)
        screen, end = b"", time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([parent], [], [], 0.1)[0]:
                try:
                    screen += os.read(parent, 65536)
                except OSError:
                    break
                # A prompt is a line that was begun and not ended; what is typed before it is dropped.
                if screen.endswith((b"? ", b": ", b"] ")):
                    if before:
                        before(process)
                        before = None
                    if keys:
                        os.write(parent, keys.encode())
                        keys = ""
        os.close(parent)
        return process.wait(PATIENCE), screen.decode()

    @contextlib.contextmanager
    def background(self, *args, env=None, end=signal.SIGTERM):
        """Runs smsctl with a ready file until the block ends; yields (process, ready)."""
        with tempfile.TemporaryDirectory() as folder:
            ready_file = pathlib.Path(folder) / "ready.json"
            process = subprocess.Popen(
                [BINARY, *args, "--ready-file", str(ready_file)], env={**self.env, **(env or {})},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                yield process, wait_for_json(ready_file, process)
            finally:
                if process.poll() is None:
                    process.send_signal(end)
                try:
                    process.communicate(timeout=PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    raise

    @contextlib.contextmanager
    def background_lines(self, *args):
        """Runs smsctl until the block ends; yields its stdout, line by line as it comes."""
        process = subprocess.Popen([BINARY, *args], env=self.env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            yield Lines(process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)

    @contextlib.contextmanager
    def simulated(self, *sim_args):
        """A running sim and a default workspace `test` on it with its numbers synced."""
        with self.background("sim", "--addr", "127.0.0.1:0", "--speed", "100", *sim_args) as (_, ready):
            self.env["SMSCTL_API_BASE"] = ready["url"]
            self.env["TEST_TOKEN"] = ready["auth_token"]
            self.run("workspace", "add", "test", "--provider", "twilio", "--account-sid",
                     ready["account_sid"], "--secret-env", "TEST_TOKEN", "--default", check=0)
            self.run("sync", "numbers", check=0)
            self.run("workspace", "set", "test", f"from={ready['numbers'][0]}", check=0)
            yield Sim(ready)


class Lines:
    """The lines a process prints, read in the background so that waiting for one is bounded."""

    def __init__(self, process):
        self._lines = queue.Queue()
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, stream):
        with contextlib.suppress(ValueError):
            for line in stream:
                self._lines.put(line)

    def next(self):
        return self._lines.get(timeout=PATIENCE)


class Sim:
    """What the far end knows."""

    def __init__(self, ready):
        self.url = ready["url"]
        self.account_sid = ready["account_sid"]
        self.auth_token = ready["auth_token"]
        self.numbers = ready["numbers"]

    def counts(self):
        with urllib.request.urlopen(self.url + "/sim/counts", timeout=PATIENCE) as answer:
            return json.load(answer)

    def state(self):
        with urllib.request.urlopen(self.url + "/sim/state", timeout=PATIENCE) as answer:
            return json.load(answer)

    def bodies(self):
        """The text of every message that was ever accepted, in order."""
        return [message["body"] for message in self.state()["messages"]
                if message["direction"].startswith("outbound")]

    def status(self, provider_id):
        return next(m["status"] for m in self.state()["messages"] if m["sid"] == provider_id)

    def fault(self, **fields):
        data = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(self.url + "/sim/faults", data=data, timeout=PATIENCE):
            pass

    def advance(self, length):
        """Puts its clock forward."""
        data = urllib.parse.urlencode({"advance": length}).encode()
        with urllib.request.urlopen(self.url + "/sim/clock", data=data, timeout=PATIENCE):
            pass

    def inbound(self, **fields):
        data = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(self.url + "/sim/inbound", data=data, timeout=PATIENCE) as answer:
            return json.load(answer)


def wait_for_json(path, process):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if path.exists():
            return json.loads(path.read_text())
        if process.poll() is not None:
            raise AssertionError(f"it ended with {process.returncode}: {process.stderr.read()}")
        time.sleep(0.005)
    raise AssertionError("it never was ready")


def wait_until(condition):
    """Waits for `condition()` to be true, and gives what it gave."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.01)
    raise AssertionError("it never came true")


def sign(url, fields, token):
    """X-Twilio-Signature by its published rule, written here apart from the program under test."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
