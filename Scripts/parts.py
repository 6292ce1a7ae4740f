"""The parts that scripts start on this machine, each on a free loopback port: the database, the models, the service."""

import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv/bin"
RELEASE = ROOT / ".build/release"
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PartStopped(RuntimeError):
    """A part ended, or does not answer."""


class Part:
    """A process that listens on a port and can be started again after its end."""

    def __init__(self, name, command, folder, port=None, environment=None):
        self.name, self.port = name, port or free_port()
        self.command = [str(part) for part in command] + ([] if environment is not None else ["--port", str(self.port)])
        self.environment = environment
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, extra=None):
        """Starts the process; `extra` is added to its environment."""
        environment = (dict(os.environ) if self.environment is None else self.environment) | (extra or {})
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env=environment, start_new_session=True)
        return self

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def wait(self, attempt=None, seconds=40, pause=0.02):
        """Returns when the port takes connections, or when `attempt` raises nothing."""
        attempt = attempt or (lambda: socket.create_connection(("127.0.0.1", self.port), 1).close())
        deadline = time.monotonic() + seconds
        while True:
            if not self.is_running():
                raise PartStopped(f"{self.name} stopped:\n{self.tail()}")
            try:
                attempt()
                return self
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() > deadline:
                    raise PartStopped(f"{self.name} does not answer ({error}):\n{self.tail()}") from None
                time.sleep(pause)

    def wait_for_answer(self, path, seconds=60, pause=0.005):
        """Returns when `GET path` answers 200."""
        return self.wait(lambda: self._expect_ok(path), seconds, pause)

    def _expect_ok(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status != 200:
                raise OSError(f"{path} does not answer 200 yet")
        finally:
            connection.close()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self, seconds=20):
        """Lets the process end by itself, for so long."""
        if self.is_running():
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()

    # What it costs

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

    def processor_seconds(self):
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


def database(folder, storage=None):
    storage = storage or pathlib.Path(folder) / "database"
    return Part("database", [VENV / "secantusd-py", "--storage-path", storage, "--sync-on-commit"], folder)


def models(folder, binaries=RELEASE, latency=0, jitter=0):
    return Part("model", [pathlib.Path(binaries) / "modelsim", "--latency-ms", latency, "--jitter-ms", jitter], folder)


def settings(database, models):
    """What the service needs to know of the two."""
    return {
        "MONGODB_URI": f"mongodb://127.0.0.1:{database.port}",
        "EMBEDDINGS_BASE_URL": f"{models.url}/v1", "EMBEDDINGS_MODEL": "simulated-embedder",
        "LLM_BASE_URL": f"{models.url}/v1", "LLM_MODEL": "simulated-writer",
    }  # fmt: skip


class Stack:
    """A fresh database, models, and any number of the service's processes; leaving the context stops all and deletes the folder."""

    # SecantusDB looks through all writes of the last half hour with each write that could be retried, and is slower with each:
    # who measures more than a minute does without, and without failovers nothing is lost by it.
    WITHOUT_RETRIES = "/?retryWrites=false"

    def __init__(self, binaries=RELEASE, latency=0, jitter=0, keep=False, **given):
        self.binaries, self.keep = pathlib.Path(binaries).resolve(), keep
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postwright-"))
        self.database = database(self.folder)
        self.models = models(self.folder, self.binaries, latency, jitter)
        self.parts = [self.database, self.models]
        # The caller's own settings are for other services.
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.settings = inherited | settings(self.database, self.models) | {"POSTWRIGHT_LOG_LEVEL": "warning"} | given

    def __enter__(self):
        # Who is told to stop still stops what it has started.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            for part in self.parts:
                part.start().wait()
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self):
        """What a kind of stack does when database and models listen."""

    def service(self, **given):
        """A process of the service that is not started yet."""
        port = free_port()
        environment = self.settings | given | {"POSTWRIGHT_PORT": str(port)}
        return self.add(Part(f"service-{port}", [self.binaries / "postwright", "serve"], self.folder, port, environment))

    def add(self, part):
        self.parts.append(part)
        return part

    def command(self, *arguments):
        """What a command of the service prints."""
        command = [str(part) for part in (self.binaries / "postwright", *arguments)]
        done = subprocess.run(command, env=self.settings, capture_output=True, text=True)
        if done.returncode:
            raise PartStopped(f"postwright {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def __exit__(self, *_):
        for part in reversed(self.parts):
            part.stop()
        if self.keep:
            print(f"logs are in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
