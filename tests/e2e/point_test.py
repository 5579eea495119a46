"""`listen --point` as a process: the number's webhook follows the listener, and goes back however that ends."""

import json
import signal
import socket
import subprocess
import tempfile
import pathlib
import unittest
import urllib.parse
import urllib.request

from point_world import OURS, THEIRS, PointWorld
from smsctl_process import BINARY, PATIENCE, sign, wait_for_json, wait_until


class Point(PointWorld):
    def change(self, url):
        """What somebody does at the provider's console."""
        listed = json.loads(self.ask("IncomingPhoneNumbers.json"))["incoming_phone_numbers"]
        sid = next(each["sid"] for each in listed if each["phone_number"] == self.number)
        self.ask(f"IncomingPhoneNumbers/{sid}.json", {"SmsUrl": url})

    def pointed(self, *args):
        return self.home.background("listen", "--addr", "127.0.0.1:0", "--public-url", OURS, "--point", self.number,
                                    "-y", *args)

    def post(self, ready, url):
        fields = {"MessageSid": f"SM{1:032x}", "AccountSid": self.sim.account_sid, "From": "+14155552671",
                  "To": self.number, "Body": "Hello", "NumMedia": "0", "SmsStatus": "received"}
        request = urllib.request.Request(ready["url"], urllib.parse.urlencode(fields).encode(),
                                         {"X-Twilio-Signature": sign(url, fields, self.sim.auth_token)})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status

    def kill(self):
        """A listener that died; what it pointed stays so."""
        with self.pointed() as (process, _):
            process.kill()
            process.wait(PATIENCE)
        self.assertEqual(self.webhook(), OURS)

    def test_a_signal_puts_the_former_webhook_back(self):
        for end in (signal.SIGTERM, signal.SIGINT):
            with self.pointed() as (process, _):
                self.assertEqual(self.webhook(), OURS)
                process.send_signal(end)
                self.assertEqual(process.wait(PATIENCE), 0)
            self.assertEqual(self.webhook(), THEIRS)
        self.assertEqual(self.home.records("number", "show", self.number)[0]["webhook_url"], THEIRS)

    def test_so_do_a_goal_and_a_deadline(self):
        with self.pointed("--once") as (process, ready):
            self.assertEqual(self.post(ready, OURS), 200)
            self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(self.webhook(), THEIRS)
        done = self.home.run("listen", "--addr", "127.0.0.1:0", "--public-url", OURS, "--point", self.number, "-y",
                             "--once", "--timeout", "1s")
        self.assertEqual(done.returncode, 8)
        self.assertEqual(self.webhook(), THEIRS)

    def test_the_provider_reaches_it_through_an_inherited_socket(self):
        with socket.create_server(("127.0.0.1", 0)) as listener, tempfile.TemporaryDirectory() as folder:
            ready_file = pathlib.Path(folder) / "ready.json"
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            process = subprocess.Popen(
                [BINARY, "listen", "--addr", f"fd:{listener.fileno()}", "--public-url", url, "--point", self.number, "-y",
                 "--once", "--print", "{{body}}", "--ready-file", str(ready_file)], env=self.home.env, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[listener.fileno()])
            self.assertEqual(wait_for_json(ready_file, process)["url"], url)
            self.sim.inbound(From="+14155552671", To=self.number, Body="through and through")
            out, err = process.communicate(timeout=PATIENCE)
            self.assertEqual((process.returncode, out), (0, "through and through\n"), err)
        self.assertEqual(self.webhook(), THEIRS)

    def test_a_kill_is_repaired_by_hand(self):
        self.kill()
        with self.home.background("listen", "--addr", "127.0.0.1:0") as (process, _):
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=PATIENCE)[1]
        self.assertIn(f"smsctl number set {self.number} --undo", said)
        self.assertEqual(self.home.run("number", "set", self.number, "--undo").returncode, 2)
        self.home.run("number", "set", self.number, "--undo", "-y", check=0)
        self.assertEqual(self.webhook(), THEIRS)

    def test_a_kill_is_repaired_by_the_next(self):
        self.kill()
        self.kill()
        with self.pointed():
            self.assertEqual(self.webhook(), OURS)
        self.assertEqual(self.webhook(), THEIRS)

    def test_a_new_webhook_is_set_after_a_kill_and_undone_to_the_former(self):
        self.kill()
        self.home.run("number", "set", self.number, "webhook=https://next.example/", "-y", check=0)
        self.assertEqual(self.webhook(), "https://next.example/")
        self.home.run("number", "set", self.number, "--undo", "-y", check=0)
        self.assertEqual(self.webhook(), THEIRS)

    def test_what_somebody_changed_meanwhile_stays(self):
        with self.pointed() as (process, _):
            self.change("https://new.example/")
            process.send_signal(signal.SIGTERM)
            self.assertIn("https://new.example/ meanwhile", process.communicate(timeout=PATIENCE)[1])
        self.assertEqual(self.webhook(), "https://new.example/")
        self.kill()
        self.change("https://newer.example/")
        done = self.home.run("number", "set", self.number, "--undo", "-y", check=0)
        self.assertIn("https://newer.example/ meanwhile", done.stderr)
        self.assertEqual(self.webhook(), "https://newer.example/")

    def test_one_listener_at_a_time(self):
        with self.pointed() as (process, _):
            for command in (["listen", "--addr", "127.0.0.1:0", "--public-url", "https://other.example/", "--point",
                             self.number, "-y"],
                            ["number", "set", self.number, "webhook=https://other.example/", "-y"]):
                done = self.home.run(*command, check=2)
                self.assertEqual(json.loads(done.stderr)["code"], "usage.pointed")
                self.assertIn(f"process {process.pid} ", done.stderr)
            self.assertEqual(self.webhook(), OURS)
        self.assertEqual(self.webhook(), THEIRS)

    def test_it_asks_first(self):
        command = ["listen", "--addr", "127.0.0.1:0", "--public-url", OURS, "--point", self.number]
        done = self.home.run(*command, check=2)
        self.assertEqual(json.loads(done.stderr)["code"], "usage.confirmation")
        code, screen = self.home.type(*command, keys="n\n")
        self.assertEqual(code, 2)
        self.assertIn(f"{THEIRS} -> {OURS}", screen)
        self.home.run(*command, "-n", check=0)
        self.assertEqual(self.webhook(), THEIRS)

    def test_a_provider_that_is_gone_at_the_end_is_said(self):
        with self.pointed() as (process, _):
            wait_until(lambda: self.webhook() == OURS)
            self.sim.fault(kind="error_503_before", scope="read", count="100")
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=PATIENCE)[1]
            self.assertEqual(process.returncode, 6, said)
        self.assertIn(f"smsctl number set {self.number} --undo points it at {THEIRS} again", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
