"""The processes that conformance and benchmarks need: a fresh database, the model simulator, and the four services."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PEERS = pathlib.Path(__file__).resolve().parent
ROOT = PEERS.parent.parent
sys.path.insert(0, str(ROOT / "Scripts"))

from local import VENV, free_port  # noqa: E402

NAMES = ["postwright", "python-typical", "python-best", "go"]
COMMANDS = {
    "python-typical": [ROOT / ".venv-bench-typical/bin/python", PEERS / "python-typical/main.py"],
    "python-best": [ROOT / ".venv-bench-best/bin/python", PEERS / "python-best/main.py"],
    "go": [ROOT / ".build/peers/go"],
}
# These slow a current numpy.
DROPPED = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"}
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Process:
    """A child process that listens on a port, and what it costs."""

    def __init__(self, name, command, port, folder, environment=None):
        self.name, self.port = name, port
        self.command = [str(part) for part in command]
        self.environment = {key: value for key, value in os.environ.items() if key not in DROPPED} | (environment or {})
        self.log = folder / f"{name}.log"
        self.process = None

    def start(self):
        log = open(self.log, "ab")
        self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=self.environment, start_new_session=True)
        return self

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_for_port(self, seconds=30):
        self._wait(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close(), seconds, 0.02)
        return self

    def wait_for_health(self, seconds=60, pause=0.005):
        """Returns when `GET /healthz` answers 200."""
        self._wait(self._check_health, seconds, pause)
        return self

    def _check_health(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status != 200:
                raise OSError("not healthy yet")
        finally:
            connection.close()

    def _wait(self, attempt, seconds, pause):
        deadline = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} stopped:\n{self.log.read_text()[-2000:]}")
            try:
                return attempt()
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name} does not answer:\n{self.log.read_text()[-2000:]}") from None
                time.sleep(pause)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    # Costs

    def tree(self):
        """The process and all that it started."""
        parents = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu_seconds(self):
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                total += sum(int(value) for value in fields[11:15])
        return total / TICKS

    def memory(self):
        """Resident bytes."""
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                total += int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        return total

    def peak_memory(self):
        """The highest number of resident bytes since `reset_peak`."""
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                total += int(status.split("VmHWM:")[1].split()[0]) * 1024
        return total

    def reset_peak(self):
        for pid in self.tree():
            with contextlib.suppress(OSError):
                pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


class Stack:
    """A database with nothing in it and a simulator without latency; leaving the context stops all and deletes it."""

    def __init__(self, binaries):
        self.binaries = pathlib.Path(binaries).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postwright-bench-"))
        self.processes = []

    def __enter__(self):
        # Whoever is told to stop still stops what it has started.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            port = free_port()
            storage = ["--storage-path", self.folder / "database", "--sync-on-commit"]
            self.database = self.add(Process("database", [VENV / "secantusd-py", "--port", port, *storage], port, self.folder))
            self.uri = f"mongodb://127.0.0.1:{port}"
            port = free_port()
            self.model = self.add(Process("model", [self.binaries / "modelsim", "--port", port], port, self.folder))
            self.model_url = f"http://127.0.0.1:{port}/v1"
            for process in (self.database, self.model):
                process.start().wait_for_port()
        except BaseException:
            self.__exit__()
            raise
        return self

    def add(self, process):
        self.processes.append(process)
        return process

    def service(self, name, suffix=""):
        """A service that is not started yet, with a database of its own; equal suffixes share it."""
        port = free_port()
        database = f"bench-{name}{suffix}"
        if name == "postwright":
            environment = {
                "MONGODB_URI": self.uri, "POSTWRIGHT_DATABASE": database, "POSTWRIGHT_PORT": str(port),
                "EMBEDDINGS_BASE_URL": self.model_url, "EMBEDDINGS_MODEL": "sim", "LLM_BASE_URL": self.model_url, "LLM_MODEL": "sim",
                "POSTWRIGHT_LOG_LEVEL": "error",
            }  # fmt: skip
            command = [self.binaries / "postwright", "serve"]
        else:
            environment = {
                "MONGODB_URI": self.uri, "PEER_DATABASE": database, "PEER_PORT": str(port), "MODEL_BASE_URL": self.model_url,
                "PEER_CONTRACT": str(PEERS / "contract.json"), "PYTHONPATH": str(PEERS),
            }  # fmt: skip
            command = COMMANDS[name]
        return self.add(Process(name, command, port, self.folder, environment))

    # The simulator's controls

    def simulate(self, path, method, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.model.port, timeout=30)
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

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


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
