"""An application of the user's, for `listen --forward-to`: takes webhooks and answers as told."""

import http.server
import threading


class Application:
    """On a port the system picked, until the block ends.

    `answer` gets how often it was told of this event, from 1, and gives (status, body), or waits in it."""

    def __init__(self, answer=lambda times: (200, "<Response/>")):
        self.told = []  # (X-Smsctl-Event, headers, body), in order of arrival
        self._lock = threading.Lock()
        application = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                event = self.headers["X-Smsctl-Event"]
                with application._lock:
                    application.told.append((event, self.headers, body))
                    times = [told for told, _, _ in application.told].count(event)
                status, text = answer(times)
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # whoever asked is dead, as a test wants it

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/sms"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def events(self):
        with self._lock:
            return [event for event, _, _ in self.told]
