"""Two workspaces in one database: no command bound to the one shows or changes anything of the
other, whatever reference it is given.
"""

import sqlite3
import unittest

from smsctl_process import Home

OWN, FOREIGN, FOREIGN_STOPPED = "+14155552671", "+4915123456789", "+4915123456780"
SECRET_TEXT = "only for the other workspace"


class Isolation(unittest.TestCase):
    def setUp(self):
        home = self.home = self.enterContext(Home())
        self.sims = {}
        for name, seed in (("own", "11"), ("other", "12")):
            _, ready = self.enterContext(home.background("sim", "--addr", "127.0.0.1:0", "--seed", seed))
            self.sims[name] = ready
            home.run("workspace", "add", name, "--provider", "twilio", "--account-sid", ready["account_sid"],
                     "--secret-stdin", stdin=ready["auth_token"], env={"SMSCTL_API_BASE": ready["url"]}, check=0)
            home.run("workspace", "set", name, f"api-base={ready['url']}", check=0)
            home.run("-w", name, "sync", "numbers", check=0)
            home.run("workspace", "set", name, f"from={ready['numbers'][0]}", check=0)
        home.run("-w", "own", "send", OWN, "-m", "mine", check=0)
        self.foreign = home.records("-w", "other", "send", FOREIGN, "-m", SECRET_TEXT, "--key", "k1")[0]
        self.opt_out = home.records("-w", "other", "optout", "add", FOREIGN_STOPPED, "--reason", SECRET_TEXT)[0]
        self.waiting = home.records("-w", "other", "send", FOREIGN, "-m", SECRET_TEXT, "--at", "1h")[0]
        home.run("-w", "other", "bulk", "-", "-m", SECRET_TEXT, "--at", "1h", "--name", "theirs", "-y", "-q",
                 stdin=f"to\n{FOREIGN}\n", check=0)
        self.batch = home.records("-w", "other", "bulk", "show", "theirs")[0]["id"]
        home.make_due()
        self.template = home.records("-w", "other", "template", "add", "theirs", "-m", SECRET_TEXT)[0]
        self.reply = home.records("-w", "other", "reply", "add", "theirs", "--template", "theirs")[0]
        self.event = home.records("-w", "other", "tail", "--kind", "event")[0]
        self.number = next(n for n in home.records("-w", "other", "number", "list")
                           if n["provider_id"] not in {m["provider_id"] for m in home.records("-w", "own", "number", "list")})

    def rows_of_other(self):
        with sqlite3.connect(self.home.database) as database:
            row = database.execute("SELECT id FROM workspaces WHERE name = 'other'").fetchone()[0]
            tables = [t for (t,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
                      if any(c[1] == "workspace_id" for c in database.execute(f"PRAGMA table_info({t})"))]
            self.assertGreaterEqual(len(tables), 8)
            return {t: database.execute(f"SELECT * FROM {t} WHERE workspace_id = ? ORDER BY 1, 2", (row,)).fetchall()
                    for t in tables}

    def commands(self):
        message, conversation = self.foreign["id"], self.foreign["conversation"]
        for ref in (message, self.foreign["provider_id"], message[:-1]):
            yield ("message", "show", ref)
            yield ("message", "mark", ref, "--processed")
            yield ("message", "mark", ref, "--read")
            yield ("reconcile", ref)
            yield ("send", "--reply", ref, "-m", "x")
        for ref in (self.waiting["id"], self.waiting["id"][:-1], self.batch, self.batch[:-1], "theirs"):
            yield ("cancel", ref)
            yield ("cancel", ref, "-n")
        yield ("message", "show", self.event["id"])
        yield ("message", "show", self.event["id"], "--verify")
        yield ("message", "show", message, "--media", str(self.home.path))
        yield ("trigger", self.event["id"], "--curl")
        yield ("trigger", "flow.delivered", "--set", f"To={FOREIGN}", "--curl")
        yield ("message", "mark", conversation, "--read")
        yield ("send", conversation, "-m", "x")
        yield ("tail", conversation)
        yield ("tail", FOREIGN)
        for ref in (self.number["id"], self.number["provider_id"]):
            yield ("number", "show", ref)
            yield ("number", "set", ref, "friendly-name=taken", "--yes")
            yield ("number", "set", ref, "webhook=https://example.com/", "--yes")
        for ref in (self.opt_out["id"], self.opt_out["id"][:-1], FOREIGN_STOPPED):
            yield ("optout", "rm", ref, "--reason", "x")
        yield ("optout", "check", FOREIGN_STOPPED)
        yield ("optout", "list")
        yield ("optout", "list", "--with", FOREIGN_STOPPED)
        yield ("optout", "add", FOREIGN_STOPPED)
        for ref in (self.template["id"], self.template["id"][:-1], "theirs"):
            yield ("template", "show", ref)
            yield ("template", "render", ref)
            yield ("template", "set", ref, "-m", "taken")
            yield ("template", "set", ref, "--name", "ours")
            yield ("template", "rm", ref)
            yield ("send", OWN, "--template", ref)
        yield ("template", "list")
        yield ("template", "add", "theirs", "-m", "the same name, own workspace")
        yield ("template", "add", "theirs", "-m", "x", "--if-exists", "update")
        yield ("template", "rm", "theirs")
        for ref in (self.reply["id"], self.reply["id"][:-1], "theirs"):
            yield ("reply", "show", ref)
            yield ("reply", "rm", ref)
        yield ("reply", "list")
        yield ("reply", "add", "theirs", "--template", self.template["id"])
        yield ("reply", "add", "theirs", "-m", "the same word, own workspace")
        yield ("reply", "rm", "theirs")
        yield ("listen", "--reply-template", self.template["id"], "-n")
        yield ("send", "--due", "-n")
        yield ("send", "--due")
        yield ("message", "list")
        yield ("message", "list", "--with", FOREIGN)
        yield ("inbox",)
        yield ("tail", "--last", "1000", "--kind", "all")
        yield ("tail", "--after", "0", "--kind", "all")
        yield ("number", "list", "--all")
        yield ("sync", "numbers")
        yield ("reconcile", "--older-than", "0s")
        yield ("send", OWN, "-m", "same key, own workspace", "--key", "k1")

    def test_no_command_reaches_into_the_other_workspace(self):
        before = self.rows_of_other()
        self.assertTrue(before["messages"] and before["outbox"] and before["events"] and before["numbers"] and before["opt_outs"]
                        and before["templates"] and before["reply_rules"] and before["reply_keywords"])
        for args in self.commands():
            with self.subTest(args=args):
                done = self.home.run("-w", "own", *args)
                self.assertIn(done.returncode, (0, 2, 3), done.stderr)
                self.assertNotIn(SECRET_TEXT, done.stdout + done.stderr)
                self.assertNotIn(self.foreign["provider_id"], done.stdout)
                self.assertNotIn(self.opt_out["id"], done.stdout)
                self.assertNotIn(self.template["id"], done.stdout)
                self.assertNotIn(self.reply["id"], done.stdout)
                self.assertEqual(self.rows_of_other(), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
