"""A proxy on loopback between a client and the simulator that holds what passes to the document."""

import http.client
import http.server
import threading
from urllib.parse import urlsplit


class Witness:
    """Passes everything on as it is and keeps what was wrong with it in `complaints`."""

    def __init__(self, base, document, judges_requests=True):
        self.there = urlsplit(base)
        self.document = document
        self.judges_requests = judges_requests
        self.complaints = []
        self.seen = set()  # "post /2010-04-01/…": operations that were asked for
        witness = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                upstream = http.client.HTTPConnection(witness.there.hostname, witness.there.port,
                                                      timeout=30)
                try:
                    upstream.request(self.command, self.path, body, dict(self.headers))
                    answer = upstream.getresponse()
                    content = answer.read()
                finally:
                    upstream.close()
                witness.judge(self.command, self.path, self.headers, body, answer, content)
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                        self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def judge(self, method, target, headers, body, answer, content):
        found = self.document.find(method, target)
        if found:
            self.seen.add(f"{method.lower()} {found[0]}")
        try:
            if self.judges_requests and target.startswith("/2010-04-01/"):
                self.document.check_request(method, target, headers, body)
            if found:
                self.document.check_answer(method, target, answer.status, answer.headers, content)
        except Exception as problem:  # told to the test, which fails; the client goes on
            self.complaints.append(f"{method} {target} {body[:300]!r}: {problem}")

    def end(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
