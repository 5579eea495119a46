"""Twenty lists as people really produce them (tests/vectors/csv) through `bulk -n`: whatever is sent and
whatever is refused is one of the outcomes that each of them allows.
"""

import json
import pathlib
import unittest

from smsctl_process import Home

VECTORS = pathlib.Path(__file__).parent.parent / "vectors" / "csv"


def wrong_records(done):
    """The numbers behind "record" in what a command said, in lines for people or in its error object."""
    words = []
    for line in done.stderr.splitlines():
        words += (json.loads(line)["message"] if line.startswith("{") else line).replace("(", " ").split()
    return {int(number.rstrip(":")) for word, number in zip(words, words[1:]) if word == "record"}


class CsvVectors(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.enterContext(home.simulated())

    def plan(self, vector, *more):
        self.home.run("workspace", "set", "test", f"region={vector['default_region']}", check=0)
        return self.home.run("bulk", str(VECTORS / vector["file"]), "-n", "--to-column", vector["phone_column"], "-m",
                             "x", *more)

    def agrees(self, alternative, sent, wrong, whole_file_refused):
        """Whether these numbers and these wrong records are what `alternative` asks for."""
        if alternative["outcome"] == "reject_file":
            return whole_file_refused and not sent
        must = {row["phone"] for row in alternative["rows"] if "or_error" not in row}
        may = {row["phone"] for row in alternative["rows"]}
        optional = {row["record"] for row in alternative["rows"] if "or_error" in row}
        errors = {error["record"] for error in alternative["errors"]}
        return must <= sent <= may and errors <= wrong <= errors | optional

    def test_every_list_has_an_outcome_that_is_right(self):
        files = sorted(VECTORS.glob("*.expected.json"))
        self.assertEqual(len(files), 20)
        for path in files:
            vector = json.loads(path.read_text(encoding="utf-8"))
            with self.subTest(vector["file"], what=vector["what"]):
                aside = self.home.path / "aside"
                aside.unlink(missing_ok=True)
                strict = self.plan(vector)
                lenient = self.plan(vector, "--rejects", str(aside))
                verdicts = [json.loads(line) for line in lenient.stdout.splitlines()]
                sent = {record["to"] for record in verdicts
                        if record["object"] == "verdict" and record["verdict"] == "send"}
                refused = lenient.returncode == 2
                self.assertIn(lenient.returncode, (0, 2), lenient.stderr)
                agreed = [each["name"] for each in vector["accepted"]
                          if self.agrees(each, sent, wrong_records(lenient), refused)]
                self.assertTrue(agreed, (sent, lenient.stderr))
                # Without --rejects it is all or nothing.
                is_clean = lenient.returncode == 0 and not aside.exists()
                self.assertEqual(strict.returncode, 0 if is_clean else 2, strict.stderr)
                if not is_clean:
                    self.assertEqual(strict.stdout, "")
                    self.assertEqual(wrong_records(strict), wrong_records(lenient))
        self.assertEqual(self.home.records("bulk", "list"), [])
        self.assertEqual(self.home.records("message", "list"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
