"""The processes that conformance and benchmarks need: a fresh database, the model simulator, and the four services."""

import http.client
import json
import os
import pathlib
import sys
import time

PEERS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(PEERS.parent.parent / "Scripts"))

from parts import ROOT, Part, Stack, free_port  # noqa: E402

NAMES = ["postwright", "python-typical", "python-best", "go"]
COMMANDS = {
    "python-typical": [ROOT / ".venv-bench-typical/bin/python", PEERS / "python-typical/main.py"],
    "python-best": [ROOT / ".venv-bench-best/bin/python", PEERS / "python-best/main.py"],
    "go": [ROOT / ".build/peers/go"],
}
# These slow a current numpy.
DROPPED = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"}


class Peers(Stack):
    """A database with nothing in it, a simulator without latency, and the services."""

    def __init__(self, binaries):
        super().__init__(binaries)
        self.settings["MONGODB_URI"] += self.WITHOUT_RETRIES
        self.uri = self.settings["MONGODB_URI"]

    def service(self, name, suffix=""):
        """A service that is not started yet, with a database of its own; equal suffixes share it."""
        port, database = free_port(), f"bench-{name}{suffix}"
        environment = {key: value for key, value in os.environ.items() if key not in DROPPED}
        if name == "postwright":
            environment |= self.settings | {"POSTWRIGHT_DATABASE": database, "POSTWRIGHT_PORT": str(port), "POSTWRIGHT_LOG_LEVEL": "error"}
            command = [self.binaries / "postwright", "serve"]
        else:
            environment |= {
                "MONGODB_URI": self.uri, "PEER_DATABASE": database, "PEER_PORT": str(port), "MODEL_BASE_URL": f"{self.models.url}/v1",
                "PEER_CONTRACT": str(PEERS / "contract.json"), "PYTHONPATH": str(PEERS),
            }  # fmt: skip
            command = COMMANDS[name]
        return self.add(Part(name, command, self.folder, port, environment))

    # The simulator's controls

    def simulate(self, path, method, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.models.port, timeout=30)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, {"content-type": "application/json"})
            answer = connection.getresponse().read()
        finally:
            connection.close()
        return json.loads(answer) if answer else None

    def set_faults(self, faults):
        self.simulate("/_sim/faults", "PUT", {"faults": faults})

    def set_latency(self, milliseconds):
        delay = {"match": {}, "times": -1, "action": {"type": "delay", "ms": milliseconds}}
        self.set_faults([delay] if milliseconds else [])

    def forget_calls(self):
        self.simulate("/_sim/requests", "DELETE")

    def calls(self):
        return self.simulate("/_sim/requests?limit=5000", "GET")


class Client:
    """One kept connection to a service, with JSON in and out."""

    def __init__(self, service):
        self.connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=300)

    def call(self, method, path, body=None, headers=None):
        """The status and the JSON of the answer."""
        data = json.dumps(body) if body is not None else None
        headers = {"content-type": "application/json"} | (headers or {})
        try:
            response, answer = self._exchange(method, path, data, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            # The service has closed the connection because it was idle.
            self.connection.close()
            response, answer = self._exchange(method, path, data, headers)
        return response.status, json.loads(answer) if answer.strip() else None

    def _exchange(self, method, path, data, headers):
        self.connection.request(method, path, data, headers)
        response = self.connection.getresponse()
        return response, response.read()

    def expect(self, status, method, path, body=None, headers=None):
        found, answer = self.call(method, path, body, headers)
        if found != status:
            raise AssertionError(f"{method} {path} answered {found}, not {status}: {json.dumps(answer)[:500]}")
        return answer

    def outcome(self, operation, seconds=120):
        """The operation at its end, known at most 3 % too late: who asks more often has an effect on what it measures."""
        start = time.monotonic()
        while True:
            status, state = self.call("GET", f"/v1/operations/{operation}")
            elapsed = time.monotonic() - start
            # 503: the database is too busy at the moment.
            is_over = status != 503 and state.get("state") not in ("queued", "running")
            if is_over or elapsed > seconds:
                return state
            time.sleep(max(0.005, elapsed * 0.03))
