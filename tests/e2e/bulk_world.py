"""Lists sent with --via batch, and what the far end and the database know of them."""

import collections
import json
import sqlite3
import urllib.request

from smsctl_process import PATIENCE, Home

TEXT = "We open on Monday"


def numbers(count, first=2000):
    return [f"+1415555{number:04}" for number in range(first, first + count)]


class BulkWorld:
    """A home with a running sim, and lists in it."""

    def __init__(self, test):
        self.home = test.enterContext(Home())
        self.sim = test.enterContext(self.home.simulated())

    def list_of(self, name, recipients):
        path = self.home.path / f"{name}.csv"
        path.write_text("\n".join(["to", *recipients]) + "\n")
        return str(path)

    def bulk(self, name, recipients, *args, check=None, env=None, text=TEXT):
        return self.home.run("bulk", self.list_of(name, recipients), "-m", text, "--name", name,
                             "--via", "batch", "-y", *args, check=check, env=env)

    def batch(self, name):
        return json.loads(self.home.run("bulk", "show", name, check=0).stdout)

    def statuses(self, name):
        """How many messages of the batch have which status."""
        return {status: n for status, n in self.batch(name)["counts"].items() if n}

    def messages(self, batch_id):
        return {m["to"]: m for m in self.home.records("message", "list") if m["batch"] == batch_id}

    def there(self):
        """How many messages the far end has for each recipient."""
        return collections.Counter(m["to"] for m in self.sim.state()["messages"]
                                   if m["direction"].startswith("outbound"))

    def posts(self):
        """Requests that were armed, oldest first, as their columns."""
        with sqlite3.connect(self.home.database) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute("SELECT * FROM bulk_requests ORDER BY id")]

    def post_again(self, recipients, tag, sender):
        """What a proxy does that repeats a request."""
        body = {"from": {"address": sender, "channel": "SMS"},
                "to": [{"address": to, "channel": "PHONE", "variables": {"body": TEXT}} for to in recipients],
                "content": {"text": "{{ body | default: '' }}"}, "tags": {"smsctl_batch": tag}}
        request = urllib.request.Request(
            self.sim.url + "/v1/Messages", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": self.authorization()})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status

    def authorization(self):
        import base64
        pair = f"{self.sim.account_sid}:{self.sim.auth_token}".encode()
        return "Basic " + base64.b64encode(pair).decode()
