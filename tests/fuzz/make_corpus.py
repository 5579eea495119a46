#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/TARGET/ from the published vectors and a few beginnings of our own, so
that a fuzzer starts from what is nearly right. Run it where vectors change: tests/fuzz/make_corpus.py"""

import json
import pathlib
import shutil

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
LONGEST = 4096  # a fuzzer learns nothing from more

SCENARIOS = (
    'fault kind=lost count=3\n# a comment\nafter=2s fault kind=error status=429\n',
    'outcome to=+15005550001 status=undelivered code=30003 after=500ms\n',
    'inbound from=+14155552671 body="say \\"yes\\"\\nor \\\\ no" after=1m\n',
    'fault kind="open\n', 'fault kind\n', '=\n', 'verb a=1 a=2 after=-1s\n',
)

MESSAGE = {
    "sid": "SM" + "0a" * 16, "account_sid": "AC" + "51" * 16, "body": "Hi 😀", "direction": "outbound-api",
    "from": "+15005550006", "to": "+14155552671", "status": "undelivered", "error_code": 30003,
    "error_message": None, "num_media": "1", "num_segments": "2", "price": "-0.0079", "price_unit": "USD",
    "date_created": "Tue, 03 Mar 2026 10:15:30 +0000", "date_sent": None, "date_updated": "2026-03-03T10:15:30Z",
    "messaging_service_sid": None, "uri": "/2010-04-01/Accounts/AC/Messages/SM.json"}
ANSWERS = (
    MESSAGE,
    {"messages": [MESSAGE, MESSAGE], "next_page_uri": "/2010-04-01/x?Page=1", "page": 0, "page_size": 50},
    {"incoming_phone_numbers": [{"sid": "PN" + "0a" * 16, "phone_number": "+15005550006", "friendly_name": "x",
                                 "capabilities": {"sms": True, "mms": False, "voice": True},
                                 "sms_url": "https://example.com", "sms_method": "post",
                                 "date_created": "Tue, 03 Mar 2026 10:15:30 +0000"}], "next_page_uri": None},
    {"sid": "AC" + "51" * 16, "friendly_name": "x", "status": "active", "type": "Full"},
    {"balance": "-1.2345", "currency": "USD"},
    {"media_list": [{"uri": "/m.json", "content_type": "image/png"}]},
    {"code": 21211, "message": "no number", "status": 400, "more_info": "https://example.com"},
    {"errors": [{"code": 30034, "message": "x", "context": {"path": "$.to[3]"}}]},
    {"operationId": "comms_operation_01h9krwprkeee8fzqspvwy6nq8", "operationLocation": "https://example.com"},
    {"messages": [{"id": "comms_message_01h9krwprkeee8fzqspvwy6nq8", "from": {"address": "+15005550006"},
                   "to": {"address": "+14155552671"}, "status": "FAILED", "tags": {"a": "b"}}],
     "pagination": {"next": "token"}},
)


def write(target, seeds):
    folder = HERE / "corpus" / target
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, seed in seeds:
        (folder / name).write_bytes(seed[:LONGEST])


def webhooks():
    for path in sorted((VECTORS / "webhooks").glob("*.body")):
        yield path.stem, path.read_bytes()


def requests():
    for name, body in webhooks():
        head = (f"POST /sms?a=1 HTTP/1.1\r\nHost: localhost:8787\r\nX-Forwarded-Proto: https\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        yield name, bytes([60]) + head + body
    yield "get", b"\x05GET /?MessageSid=SM" + b"0a" * 16 + b"&Body=x&From=%2B1415 HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "chunked", b"\x30POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n"
    yield "continue", b"\x10POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"
    yield "two-lengths", b"\x01POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
    yield "folded", b"\x01GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"


def urls():
    vectors = json.loads((VECTORS / "twilio-signature-vectors.json").read_text(encoding="utf-8"))["vectors"]
    seen = sorted({vector["url"] for vector in vectors})
    for number, url in enumerate(seen):
        yield f"{number:02}", f"{url}\n/sms?x=1\nlocalhost:8787\nexample.com, proxy\n../elsewhere".encode()


def lists():
    for path in sorted((VECTORS / "csv").glob("*.csv")):
        for kind in (0, 1):
            yield f"{path.stem}-{kind}", bytes([kind]) + path.read_bytes()
    yield "jsonl", b"\x03" + b'{"to":"+14155552671","name":"Ann"}\n{"to":1}\n{"to":[]}\n{"to"\n'
    yield "tsv", b"\x02to\tname\n+14155552671\ta\\tb\n"


def main():
    write("form", webhooks())
    write("request", requests())
    write("signed_url", urls())
    write("csv", lists())
    write("answers", ((f"{n:02}-{kind}", bytes([kind]) + json.dumps(each, ensure_ascii=False).encode())
                      for n, each in enumerate(ANSWERS) for kind in range(3)))
    write("scenario", ((f"{n:02}", each.encode()) for n, each in enumerate(SCENARIOS)))


if __name__ == "__main__":
    main()
