"""A picture on its way: injected at the provider, received by `listen`, downloaded from where it is kept."""

import base64
import pathlib
import stat
import unittest

from smsctl_process import Home, wait_until

PNG = b"\x89PNG\r\n\x1a\n"


class Media(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.ours = self.sim.numbers[0]
        self.folder = home.path / "pictures"

    def listen(self, *args):
        process, ready = self.enterContext(self.home.background("listen", "--addr", "127.0.0.1:0", *args))
        self.home.run("number", "set", self.ours, f"webhook={ready['url']}", "-y", check=0)
        return process

    def text(self, *media):
        self.home.run("trigger", "inbound.mms", "--via", "sim", "--set", f"To={self.ours}",
                      *(arg for i, url in enumerate(media) for arg in ("--set", f"MediaUrl{i}={url}")), check=0)

    def received(self):
        return self.home.records("message", "list", "--direction", "in")

    def settled(self):
        """The newest message, once it is known what became of each of its media."""
        messages = self.received()
        done = messages and all(item["path"] or item["error"] for item in messages[0]["media"])
        return messages[0] if done else None

    def test_message_show_downloads_what_arrived(self):
        self.listen()
        self.text("https://example.com/cat.png")
        message = wait_until(self.received)[0]
        self.assertEqual([(m["content_type"], m["path"], m["error"]) for m in message["media"]], [("image/png", None, None)])
        record = self.home.records("message", "show", message["id"], "--media", str(self.folder))[0]
        self.assertEqual(record["content_type"], "image/png")
        self.assertTrue(pathlib.Path(record["path"]).read_bytes().startswith(PNG))
        self.assertEqual(self.received()[0]["media"][0]["path"], None)  # a copy of somebody's own

    def test_media_dir_downloads_as_it_arrives(self):
        self.home.run("workspace", "set", "test", f"media-dir={self.folder}", check=0)
        self.listen()
        self.text("https://example.com/cat.png", "data:text/vcard;base64," + base64.b64encode(b"BEGIN:VCARD").decode())
        message = wait_until(self.settled)
        first, second = (pathlib.Path(m["path"]) for m in message["media"])
        self.assertEqual(first, self.folder / f"{message['id']}-1.png")
        self.assertTrue(first.read_bytes().startswith(PNG))
        self.assertEqual(second.read_bytes(), b"BEGIN:VCARD")
        self.assertEqual(stat.S_IMODE(first.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.folder.stat().st_mode), 0o700)
        reasons = [e["reason"] for e in self.home.records("tail", "--kind", "event", "--last", "100")
                   if e["kind"] == "change"]
        self.assertIn(f"medium 1 is in {first}", reasons)

    def test_what_cannot_be_had_is_said_and_stands_in_the_record(self):
        self.home.run("workspace", "set", "test", f"media-dir={self.folder}", "media-max=1K", check=0)
        large = "data:image/png;base64," + base64.b64encode(PNG + bytes(3000)).decode()
        process = self.listen("-q")
        self.text(large, "https://example.com/cat.png")
        message = wait_until(self.settled)
        self.assertIsNone(message["media"][0]["path"])
        self.assertIn("1024", message["media"][0]["error"])
        self.assertTrue(pathlib.Path(message["media"][1]["path"]).exists())
        process.terminate()
        _, err = process.communicate()
        self.assertIn(message["id"], err)
        self.assertEqual(process.returncode, 0)

    def test_once_waits_for_its_picture(self):
        self.home.run("workspace", "set", "test", f"media-dir={self.folder}", check=0)
        process = self.listen("--once", "--timeout", "60s")
        self.text("https://example.com/cat.png")
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertTrue(pathlib.Path(self.settled()["media"][0]["path"]).exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
