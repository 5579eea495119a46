"""How long after its answer a webhook's event is printed by `tail -f` in another process."""

import base64
import hashlib
import hmac
import http.client
import json
import subprocess
import threading
import time
import urllib.parse
import uuid

from clients import ACCOUNT, SENDER, TOKEN
from listeners import Listen, post


def signed_text(url, number):
    fields = {"AccountSid": ACCOUNT, "Body": f"text {number}", "From": "+14155552671",
              "MessageSid": f"SM{uuid.uuid4().hex}", "NumMedia": "0", "SmsStatus": "received", "To": SENDER}
    text = url + "".join(name + fields[name] for name in sorted(fields))
    signature = base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return fields["MessageSid"], urllib.parse.urlencode(fields), {
        "Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}


class Tail:
    """`tail -f` and when it printed what."""

    def __init__(self, listen, running):
        self.seen = {}
        self.process = subprocess.Popen(
            [listen.bulk.binary, "tail", "-f", "--last", "0"], stdout=subprocess.PIPE,
            env=listen.environment(running.database))
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            now = time.monotonic()
            self.seen[json.loads(line)["provider_id"]] = now

    def wait_for(self, sid, limit=30.0):
        """Whether it was printed before `limit` seconds went by."""
        end = time.monotonic() + limit
        while sid not in self.seen and time.monotonic() < end:
            time.sleep(0.0005)
        return sid in self.seen

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()


def one_after_the_other(running, tail, count, pause):
    """Posts `count` texts, the first of them until the tail is there; gives when each was answered."""
    address = urllib.parse.urlsplit(running.url)
    connection = http.client.HTTPConnection(address.hostname, address.port)

    def post_one(number):
        sid, body, headers = signed_text(running.url, number)
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        answer.read()
        at = time.monotonic()
        if answer.status != 200:
            raise SystemExit(f"answered {answer.status}")
        return sid, at

    for number in range(300):
        if tail.wait_for(post_one(number)[0], 0.1):
            break
    answered = {}
    for number in range(count):
        sid, at = post_one(number)
        answered[sid] = at
        time.sleep(pause)
    connection.close()
    for sid in answered:
        if not tail.wait_for(sid):
            raise SystemExit(f"tail -f never printed {sid}")
    return answered


def report(title, answered, tail):
    delays = sorted((tail.seen[sid] - at) * 1000 for sid, at in answered.items())
    print(f"{title:42} p50 {delays[len(delays) // 2]:7.2f} ms   "
          f"p99 {delays[int(len(delays) * 0.99)]:7.2f} ms   most {delays[-1]:7.2f} ms", flush=True)


def measure_tail(build, folder, options):
    listen = Listen(build, "smsctl listen", folder, "--quiet")
    count = min(options.requests, 2000)
    for title, others in (("tail -f, nothing else received", 0),
                          (f"tail -f, {options.connections} connections post beside", 1)):
        with listen.running(folder) as running:
            tail = Tail(listen, running)
            load = threading.Thread(
                target=post, args=(build, listen, running, options.requests, options.connections))
            one_after_the_other(running, tail, 0, 0)
            if others:
                load.start()
            answered = one_after_the_other(running, tail, count, 0.005)
            if others:
                load.join()
            report(title, answered, tail)
            tail.end()
            running.end()
