"""Takes what the service posts: webhooks, checked by the reference library, and spans, read by OpenTelemetry's own schema.

    receiver.py PORT     # prints one JSON line for each request; a file of answers is scripted with PUT /script
"""

import base64
import http.server
import json
import sys

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from standardwebhooks import Webhook

received, script, secrets = [], [], []


def spans(body):
    """The names, ids and attributes of the spans; fails when they are not OTLP."""
    tree = json.loads(body)
    found = []
    for resource in tree["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                found.append({key: span.get(key) for key in ("name", "traceId", "spanId", "parentSpanId", "kind", "attributes")})
                # The JSON mapping of OTLP has ids in hexadecimal, protobuf's own has base64.
                for key in ("traceId", "spanId", "parentSpanId"):
                    if key in span:
                        span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
    json_format.ParseDict(tree, ExportTraceServiceRequest())
    return found


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        order = json.loads(self.rfile.read(int(self.headers["content-length"])))
        script[:] = order.get("statuses", [])
        secrets[:] = order.get("secrets", secrets)
        self.answer(200, b"{}")

    def do_GET(self):
        self.answer(200, json.dumps({"items": received}).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        entry = {"path": self.path, "headers": {name.lower(): value for name, value in self.headers.items()}}
        if self.path == "/v1/traces":
            entry["spans"] = spans(body)
            received.append(entry)
            return self.answer(200, b"{}")
        entry["verified"] = False
        for secret in secrets:
            try:
                entry["body"] = Webhook(secret).verify(body, dict(self.headers))
                entry["verified"] = True
            except Exception as error:
                entry["error"] = repr(error)
        status = script.pop(0) if script else 204
        entry["status"] = status
        received.append(entry)
        self.answer(status, b"")

    def answer(self, status, body):
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


print("listening", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
