"""A loopback proxy that passes every call on, except the ones that it denies as IAM would.

The emulator grants everything to everybody; the world does not.
"""

import http.client
import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def start(upstream_port, denies):
    """Serves on a free port; `denies(action, parameters, service)` decides. Returns the port and the list of denied calls."""
    denied = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            action = self.headers.get("X-Amz-Target", "").rsplit(".", 1)[-1]
            parameters = json.loads(body) if action and body else {}
            # AWS4-HMAC-SHA256 Credential=<id>/<day>/<Region>/<service>/aws4_request, …
            scope = self.headers.get("Authorization", "").partition("Credential=")[2].split(",")[0].split("/")
            if denies(action, parameters, scope[3] if len(scope) > 3 else ""):
                denied.append((action, parameters))
                text = json.dumps({
                    "__type": "AccessDeniedException",
                    "Message": f"User: arn:aws:iam::000000000000:root is not authorized to perform: {action}",
                }).encode()
                headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", str(uuid.uuid4()))]
                self.answer(400, headers, text)
                return
            upstream = http.client.HTTPConnection("127.0.0.1", upstream_port, timeout=60)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("connection", "host")}
            upstream.request(self.command, self.path, body, headers | {"Host": self.headers["Host"]})
            reply = upstream.getresponse()
            text = reply.read()
            skip = ("content-length", "connection", "transfer-encoding", "server")
            self.answer(reply.status, [(k, v) for k, v in reply.getheaders() if k.lower() not in skip], text)
            upstream.close()

        # S3 and MSK are read by GET.
        do_GET = do_HEAD = do_POST

        def answer(self, status, headers, body):
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1], denied
