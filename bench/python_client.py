#!/usr/bin/env python3
"""Posts messages with Twilio's own Python library: URL COUNT THREADS. One client a thread, as the
library's is not made to be shared; nothing is repeated."""

import sys
import threading
from urllib.parse import urlsplit, urlunsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from clients import ACCOUNT, SENDER, TOKEN


class ElsewhereClient(TwilioHttpClient):
    """The library has no option for another base address."""

    def __init__(self, base):
        super().__init__()
        self.base = urlsplit(base)

    def request(self, method, url, *more, **options):
        there = urlsplit(url)
        here = urlunsplit((self.base.scheme, self.base.netloc, there.path, there.query, ""))
        return super().request(method, here, *more, **options)


def post(base, numbers):
    client = Client(ACCOUNT, TOKEN, http_client=ElsewhereClient(base))
    for n in numbers:
        client.messages.create(
            to=f"+1{4_152_000_000 + n:010}", from_=SENDER,
            body=f"Your parcel {n} arrives today between 9 and 11. Reply STOP to opt out.")


def main():
    base, count, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    workers = [threading.Thread(target=post, args=(base, range(first, count, threads)))
               for first in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
