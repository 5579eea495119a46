"""The clients that bench/bulk.py runs against bench_server, each as a process of its own."""

import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ACCOUNT = "AC5100000000000000000000000000051a"  # the simulator's, and of no worth elsewhere
TOKEN = "5151a70de05151a70de05151a70de051"
SENDER = "+15005550006"
UNAVAILABLE = 6  # the exit code where nobody answers
PYTHON = "/usr/bin/python3"  # the one that Debian's python3-twilio is for


class Unavailable(Exception):
    """Why a client cannot be run here."""


def npm_folder(wanted, folder, *packages):
    """A folder below `folder` with npm's packages in it."""
    if not wanted:
        raise Unavailable("not asked for: --npm installs it into a folder that goes afterwards")
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise Unavailable("npm or node is not installed")
    made = folder / "npm"
    made.mkdir()
    installed = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(made), *packages],
        stdout=subprocess.DEVNULL)
    if installed.returncode != 0:
        raise Unavailable(f"npm could not install {', '.join(packages)}")
    return made


class Client:
    """`share` is how much of the messages it is given: slow ones would make a round last hours."""

    share = 1.0

    def __init__(self, name):
        self.name = name

    def prepare(self, folder, count):
        """What must be there before the clock starts."""

    def command(self, url, count, in_flight):
        raise NotImplementedError

    def environment(self, _url):
        return {}


class BareLoop(Client):
    def __init__(self, build, name, driver, body):
        super().__init__(name)
        self.driver, self.body = driver, body
        self.binary = str(build / "bench" / "bench_bare_loop")

    def command(self, url, count, in_flight):
        return [self.binary, "--url", url, "--messages", str(count), "--in-flight", str(in_flight),
                "--driver", self.driver, "--body", self.body]


class Bulk(Client):
    """`smsctl bulk` with a database of its own each time, or it would resume and send nothing."""

    text = "Your parcel {{parcel}} arrives today between 9 and 11. Reply STOP to opt out."

    def __init__(self, build, name, folder):
        super().__init__(name)
        self.binary = str(build / "commands" / "smsctl")
        self.template = folder / "template.db"
        self.database = folder / "bulk.db"
        self.lists = folder
        # What the simulator gives a command it wraps: the workspace sim, which knows its numbers.
        make = '"$1" workspace set sim segment-price=0.0083 && cp "$SMSCTL_DB" "$2"'
        subprocess.run([self.binary, "sim", "--", "sh", "-c", make, "sh", self.binary,
                        str(self.template)], check=True, stdout=subprocess.DEVNULL)

    def prepare(self, folder, count):
        for old in self.lists.glob("bulk.db*"):
            old.unlink()
        shutil.copy(self.template, self.database)
        self.list = self.lists / f"{count}.csv"
        if not self.list.exists():
            with open(self.list, "w", encoding="utf-8") as file:
                file.write("to,parcel\n")
                file.writelines(f"+1{4_152_000_000 + n:010},{n}\n" for n in range(count))

    def command(self, url, count, in_flight):
        return [self.binary, "bulk", str(self.list), "-m", self.text, "--from", SENDER, "--yes",
                "--max-cost", "1000000", "--rate", "1000000", "--concurrency", str(in_flight),
                "--quiet"]

    def environment(self, url):
        return {"SMSCTL_DB": str(self.database), "SMSCTL_WORKSPACE": "sim", "SMSCTL_API_BASE": url,
                "TWILIO_AUTH_TOKEN": TOKEN}


class BulkResume(Bulk):
    """The second half alone: the list is planned before the clock starts, while nobody answers."""

    def prepare(self, folder, count):
        super().prepare(folder, count)
        planned = subprocess.run(
            super().command("", count, 1) + ["--name", "bench"], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
            env=plain_environment(self.environment("http://127.0.0.1:1")))
        if planned.returncode != UNAVAILABLE:
            raise RuntimeError(f"the plan ended with {planned.returncode}: {planned.stderr}")

    def command(self, url, count, in_flight):
        return [self.binary, "bulk", "resume", "bench", "--yes", "--max-cost", "1000000", "--rate",
                "1000000", "--concurrency", str(in_flight), "--quiet"]


class PythonTwilio(Client):
    share = 0.05

    def __init__(self, name):
        super().__init__(name)
        if subprocess.run([PYTHON, "-c", "import twilio"], capture_output=True).returncode != 0:
            raise Unavailable("python3-twilio is not installed")

    def command(self, url, count, in_flight):
        return [PYTHON, str(HERE / "python_client.py"), url, str(count), str(in_flight)]


class NpmTwilio(Client):
    def __init__(self, name, wanted, folder):
        super().__init__(name)
        self.folder = npm_folder(wanted, folder, "twilio")
        shutil.copy(HERE / "npm_client.js", self.folder)

    def command(self, url, count, in_flight):
        return ["node", str(self.folder / "npm_client.js"), url, str(count), str(in_flight)]


def all_clients(build, folder, with_npm):
    """Those that can be run; says of the others why not. The bare loop is the first."""
    makers = (
        ("bare loop", lambda name: BareLoop(build, name, "epoll", "read")),
        ("bare loop, poll", lambda name: BareLoop(build, name, "poll", "read")),
        ("bare loop, whole body", lambda name: BareLoop(build, name, "epoll", "fields")),
        ("smsctl bulk", lambda name: Bulk(build, name, folder)),
        ("smsctl bulk resume", lambda name: BulkResume(build, name, folder)),
        ("python3-twilio", PythonTwilio),
        ("npm twilio", lambda name: NpmTwilio(name, with_npm, folder)),
    )
    clients = []
    for name, make in makers:
        try:
            clients.append(make(name))
        except Unavailable as reason:
            print(f"skipped {name}: {reason}")
    return clients


def plain_environment(changes):
    """Ours without what would send requests elsewhere or at another workspace's cost."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("SMSCTL_", "TWILIO_")) and not name.lower().endswith("_proxy")}
    return kept | changes
