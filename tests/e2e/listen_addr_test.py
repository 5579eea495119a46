"""`listen` behind a Unix socket, a socket that was handed to it, and TLS."""

import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import unittest
import urllib.parse

from smsctl_process import BINARY, PATIENCE, Home, sign, wait_for_json


class ListenAddr(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def curl(self, url, *args, signed=None, number=1):
        """The status that a text posted with curl is answered with."""
        fields = {"MessageSid": f"SM{number:032x}", "AccountSid": self.sim.account_sid, "From": "+14155552671",
                  "To": self.sim.numbers[0], "Body": "Hello", "NumMedia": "0", "SmsStatus": "received"}
        done = subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", str(PATIENCE), *args, "-H",
             "X-Twilio-Signature: " + sign(signed or url, fields, self.sim.auth_token), "-d",
             urllib.parse.urlencode(fields), url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return done.stdout

    def listen(self, addr, *args):
        return self.home.background("listen", "--addr", addr, *args)

    def refused(self, *args, code=2):
        done = self.home.run("listen", *args, check=code)
        return json.loads(done.stderr)["message"]

    def inherited(self, listener, *args, env=None):
        """A listen that gets `listener` as fd:3, as systemd would pass it; gives (process, ready)."""
        ready_file = self.folder / "ready.json"
        script = 'n=$1; shift; exec 3<&"$n"; LISTEN_PID=$$ exec "$@"'
        process = subprocess.Popen(
            ["bash", "-c", script, "bash", str(listener.fileno()), BINARY, "listen", "--addr", "fd:3", "--ready-file",
             str(ready_file), *args], env={**self.home.env, "LISTEN_FDS": "1", **(env or {})}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[listener.fileno()])
        return process, ready_file

    def test_a_unix_socket_is_ours_alone_and_goes_away(self):
        path = self.folder / "sms.sock"
        with self.listen(f"unix:{path}") as (process, ready):
            self.assertEqual(ready["addr"], f"unix:{path}")
            self.assertEqual(ready["url"], "http+unix://" + urllib.parse.quote(str(path), safe="") + "/")
            mode = os.lstat(path).st_mode
            self.assertTrue(stat.S_ISSOCK(mode))
            self.assertEqual(stat.S_IMODE(mode), 0o600)
            self.assertEqual(self.curl("http://localhost/", "--unix-socket", str(path)), "200")
            # Whoever may connect is a local proxy: its word counts for what the provider signed.
            self.assertEqual(self.curl("http://localhost/", "--unix-socket", str(path), "-H", "X-Forwarded-Proto: https",
                                       "-H", "X-Forwarded-Host: sms.example", signed="https://sms.example/", number=2), "200")
            self.assertIn("somebody listens there", self.refused("--addr", f"unix:{path}"))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0)
        self.assertFalse(path.exists())
        self.assertEqual(len(self.home.records("tail", "--kind", "message")), 2)

    def test_the_socket_of_a_dead_listener_is_replaced_and_a_file_is_not(self):
        path = self.folder / "sms.sock"
        with self.listen(f"unix:{path}") as (process, _):
            process.kill()
            process.wait(PATIENCE)
        self.assertTrue(path.exists())
        with self.listen(f"unix:{path}"):
            self.assertEqual(self.curl("http://localhost/", "--unix-socket", str(path)), "200")
        path.write_text("precious")
        self.assertIn("no socket", self.refused("--addr", f"unix:{path}"))
        self.assertEqual(path.read_text(), "precious")
        self.assertIn("107 bytes", self.refused("--addr", "unix:/tmp/" + "x" * 200))
        self.assertIn("No such file", self.refused("--addr", f"unix:{self.folder}/none/sms.sock"))

    def test_a_socket_that_another_listener_made_meanwhile_stays(self):
        path = self.folder / "sms.sock"
        with self.listen(f"unix:{path}") as (first, _):
            path.unlink()
            with self.listen(f"unix:{path}"):
                first.send_signal(signal.SIGTERM)
                self.assertEqual(first.wait(PATIENCE), 0)
                self.assertEqual(self.curl("http://localhost/", "--unix-socket", str(path)), "200")

    def test_systemd_hands_over_the_socket_and_keeps_it(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            for number in (1, 2):  # what comes between the two waits in the socket
                process, ready_file = self.inherited(listener)
                try:
                    self.assertEqual(wait_for_json(ready_file, process)["url"], url)
                    self.assertEqual(self.curl(url, number=number), "200")
                finally:
                    process.send_signal(signal.SIGTERM)
                    process.communicate(timeout=PATIENCE)
                self.assertEqual(process.returncode, 0)
                ready_file.unlink()
        with socket.socket(socket.AF_UNIX) as listener:
            path = str(self.folder / "theirs.sock")
            listener.bind(path)
            listener.listen()
            process, ready_file = self.inherited(listener)
            try:
                self.assertEqual(wait_for_json(ready_file, process)["addr"], f"unix:{path}")
                self.assertEqual(self.curl("http://localhost/", "--unix-socket", path, number=3), "200")
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=PATIENCE)
            self.assertTrue(os.path.exists(path), "the socket is whose it was")

    def test_what_is_no_listening_socket_is_refused(self):
        self.assertIn("no socket that listens", self.refused("--addr", "fd:1"))
        self.assertIn("no socket that listens", self.refused("--addr", "fd:77"))
        self.assertIn("no socket that listens", self.refused("--addr", "fd:x"))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process, _ = self.inherited(listener, env={"LISTEN_FDS": "0"})
            self.assertIn("systemd passed 0 sockets", process.communicate(timeout=PATIENCE)[1])
            self.assertEqual(process.returncode, 2)

    def certificate(self, name, *args):
        """A key and a self-signed certificate for localhost."""
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1", *args], check=True, stderr=subprocess.DEVNULL)
        return str(cert), str(key)

    def test_tls(self):
        cert, key = self.certificate("ours")
        with self.listen("127.0.0.1:0", "--tls-cert", cert, "--tls-key", key) as (_, ready):
            url = ready["url"]
            self.assertTrue(url.startswith("https://127.0.0.1:"), url)
            self.assertEqual(self.curl(url, "--cacert", cert), "200")
            self.assertEqual(self.curl(url, "--cacert", cert, "-o", "/dev/null", url, number=2), "200" * 2)
            self.assertEqual(self.curl(url, number=3), "000", "a certificate nobody vouches for")
            self.assertEqual(self.curl(url.replace("https", "http"), number=3), "000")
            self.assertEqual(self.curl(url, "--cacert", cert, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0",
                                       number=3), "000", "TLS 1.1")
            self.assertEqual(self.curl(url, "--cacert", cert, "--tls-max", "1.2", number=3), "200")
        event = self.home.records("tail", "--kind", "event")[-1]["id"]
        self.home.run("message", "show", event, "--verify", check=0)

    def test_certificates_that_are_no_use(self):
        cert, key = self.certificate("ours")
        _, other = self.certificate("other")
        for certificate, private, what in ((cert, other, "is not the key of"),
                                           (cert, cert, "no usable key"),
                                           (key, key, "no certificate"),
                                           (self.expired(key), key, "expired at"),
                                           (str(self.folder / "none.pem"), key, "No such file"),
                                           (str(self.folder), key, "cannot be read"),
                                           (cert, str(self.folder / "none.key"), "No such file")):
            with self.subTest(what):
                self.assertIn(what, self.refused("--addr", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", private,
                                                 code=4))
        self.refused("--tls-cert", cert)

    def expired(self, key):
        """A certificate of a year long gone, which takes `openssl ca` to make."""
        config = self.folder / "ca.cnf"
        database = self.folder / "index.txt"
        database.write_text("")
        config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={database}\nnew_certs_dir={self.folder}\n"
                          "default_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n")
        request, cert = self.folder / "late.csr", self.folder / "expired.pem"
        subprocess.run(["openssl", "req", "-new", "-key", key, "-subj", "/CN=localhost", "-out", request], check=True,
                       stderr=subprocess.DEVNULL)
        subprocess.run(["openssl", "ca", "-batch", "-selfsign", "-config", config, "-keyfile", key, "-in", request, "-out",
                        cert, "-startdate", "20200101000000Z", "-enddate", "20210101000000Z", "-notext"], check=True,
                       stderr=subprocess.DEVNULL)
        return str(cert)


if __name__ == "__main__":
    for program in ("curl", "openssl"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is needed")
    unittest.main(verbosity=2)
