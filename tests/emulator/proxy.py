"""A loopback proxy that passes every call on, except what somebody else has an answer to.

The emulator grants everything to everybody; the world does not: `start` denies calls as IAM would.
"""

import http.client
import json
import threading
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP_BY_HOP = ("content-length", "connection", "transfer-encoding", "server")


class Call:
    """One request: what it asks, who signed it, and what the emulator says to it."""

    def __init__(self, handler, upstream_port):
        self.method, self.path, self.headers = handler.command, handler.path, handler.headers
        self.body = handler.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.upstream_port = upstream_port
        # AWS4-HMAC-SHA256 Credential=<id>/<day>/<Region>/<service>/aws4_request, …
        scope = self.headers.get("Authorization", "").partition("Credential=")[2].split(",")[0].split("/")
        self.access_key, _, self.region, self.service = (scope + [""] * 4)[:4]
        self.action, self.parameters = self.headers.get("X-Amz-Target", "").rsplit(".", 1)[-1], {}
        if self.action and "json" in self.headers.get("Content-Type", ""):
            self.parameters = json.loads(self.body or b"{}")
        elif "x-www-form-urlencoded" in self.headers.get("Content-Type", ""):
            self.parameters = dict(urllib.parse.parse_qsl(self.body.decode()))
            self.action = self.parameters.get("Action", "")

    def forward(self, access_key=None):
        """Status, headers and body of the emulator's answer; `access_key` asks in the name of another."""
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("connection", "host", "expect")}
        if access_key:
            signed, other = f"Credential={self.access_key}/", f"Credential={access_key}/"
            headers = {k: v.replace(signed, other) for k, v in headers.items()}
        upstream = http.client.HTTPConnection("127.0.0.1", self.upstream_port, timeout=60)
        upstream.request(self.method, self.path, self.body, headers | {"Host": self.headers["Host"]})
        reply = upstream.getresponse()
        text = reply.read()
        upstream.close()
        return reply.status, [(k, v) for k, v in reply.getheaders() if k.lower() not in HOP_BY_HOP], text


def serve(upstream_port, answer):
    """Serves on a free port, which it returns; `answer(call)` gives status, headers and body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            status, headers, body = answer(Call(self, upstream_port))
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        # S3, MSK and RAM are no services of POST alone.
        do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_POST

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def start(upstream_port, denies):
    """Serves on a free port; `denies(action, parameters, service)` decides. Returns the port and the list of denied calls."""
    denied = []

    def answer(call):
        if not denies(call.action, call.parameters, call.service):
            return call.forward()
        denied.append((call.action, call.parameters))
        text = json.dumps({
            "__type": "AccessDeniedException",
            "Message": f"User: arn:aws:iam::000000000000:root is not authorized to perform: {call.action}",
        }).encode()
        return 400, [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", str(uuid.uuid4()))], text

    return serve(upstream_port, answer), denied
