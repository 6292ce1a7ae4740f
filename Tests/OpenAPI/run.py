"""Holds the service against its OpenAPI document with schemathesis.

Starts a database, modelsim and the service on free loopback ports, seeds a brand, makes a key, and runs every phase with every
check. Prints the cases of each phase and check; exits with 1 when anything fails.

    run.py --binaries .build/release --at-least 5000
    run.py --binaries .build/release --quick             # about a minute, for CI
    run.py --binaries .build/release --auth off          # without keys
    run.py --binaries .build/release --serve             # only starts the parts, and waits
"""

import argparse
import collections
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
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stack:
    """The processes and the key; leaving the context stops them, the service first."""

    def __init__(self, options):
        self.options = options
        self.processes = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postwright-openapi-"))

    def __enter__(self):
        try:
            self._start_all()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start_all(self):
        database, model, port = free_port(), free_port(), free_port()
        binaries = self.options.binaries.resolve()
        python = self.options.root / ".venv/bin"
        self._start("database", [python / "secantusd-py", "--port", database, "--storage-path", self.folder / "database"])
        self._start("model", [binaries / "modelsim", "--port", model, "--latency-ms", "0"])
        for part in (database, model):
            self._wait(lambda: socket.create_connection(("127.0.0.1", part), 1).close())
        self.url = f"http://127.0.0.1:{port}"
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
            "MONGODB_URI": f"mongodb://127.0.0.1:{database}",
            "EMBEDDINGS_BASE_URL": f"http://127.0.0.1:{model}/v1",
            "EMBEDDINGS_MODEL": "simulated-embedder",
            "LLM_BASE_URL": f"http://127.0.0.1:{model}/v1",
            "LLM_MODEL": "simulated-writer",
            "POSTWRIGHT_PORT": str(port),
            "POSTWRIGHT_AUTH": self.options.auth,
            # Webhooks lead to a port where nobody listens.
            "POSTWRIGHT_WEBHOOK_HOSTS": "127.0.0.1",
            "POSTWRIGHT_WEBHOOK_PRIVATE_ADDRESSES": "on",
            # Never reached; the limiter's headers are on every answer.
            "POSTWRIGHT_RATE_LIMIT_PER_MINUTE": "1000000",
            "POSTWRIGHT_RATE_LIMIT_BURST": "1000000",
        }

        def command(*arguments):
            done = subprocess.run([binaries / "postwright", *arguments], env=environment, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"postwright {arguments[0]} failed:\n{done.stdout}{done.stderr}")
            return done.stdout

        command("seed", str(self.options.root / "Seeds/halden-roasters"))
        self.key = command("keys", "create", "--workspace", "default", "--scopes", "admin,write,generate").split()[-1]
        self._start("service", [binaries / "postwright", "serve"], environment)
        self._wait(lambda: urllib.request.urlopen(self.url + "/readyz", timeout=5).close())

    def _start(self, name, command, environment=None):
        log = open(self.folder / f"{name}.log", "wb")
        arguments = [str(part) for part in command]
        process = subprocess.Popen(arguments, stdout=log, stderr=log, env=environment, start_new_session=True)
        self.processes.append((name, process))

    def _wait(self, attempt):
        deadline = time.monotonic() + 30
        while True:
            for name, process in self.processes:
                if process.poll() is not None:
                    sys.exit(f"{name} stopped:\n" + (self.folder / f"{name}.log").read_text()[-2000:])
            try:
                return attempt()
            except OSError as error:
                if time.monotonic() > deadline:
                    sys.exit(f"a part does not answer: {error}")
                time.sleep(0.05)

    def call(self, method, path, body=None, headers=None):
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.key}"} | (headers or {})
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def __exit__(self, *_):
        for _, process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
        if self.options.keep:
            print(f"logs are in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def judge(stack, options):
    """Runs schemathesis; true when nothing failed and enough was tried."""
    report = stack.folder / "report.ndjson"
    # The coverage phase is as long as the document: it is left out of the short run.
    phases = ["examples", "fuzzing", "stateful"] if options.quick else ["examples", "coverage", "fuzzing", "stateful"]
    document = options.document
    if options.auth == "off":
        # Every request is let in: that is what `off` means, and what the document says of it in words.
        content = json.loads(document.read_text())
        for part in [content, *(operation for path in content["paths"].values() for operation in path.values())]:
            part.pop("security", None)
        document = stack.folder / "openapi.json"
        document.write_text(json.dumps(content))
    arguments = [
        *(options.schemathesis, "--config-file", HERE / "schemathesis.toml", "run", document, "--url", stack.url),
        *("--phases", ",".join(phases), "--max-examples", 6 if options.quick else options.examples, "--seed", options.seed),
        *("--report", "ndjson", "--report-ndjson-path", report, "--no-color"),
    ]
    environment = os.environ | {"POSTWRIGHT_KEY": stack.key}
    done = subprocess.run([str(part) for part in arguments], env=environment, cwd=HERE)
    cases, checks = tally(report)
    for phase, count in cases.items():
        print(f"{phase:10} {count:6} cases")
    for check in sorted({name for name, _ in checks}):
        print(f"{check:32} {checks[check, 'success']:6} held {checks[check, 'failure']:4} failed")
    total = sum(cases.values())
    print(f"{total} cases, seed {options.seed}")
    return done.returncode == 0 and total >= options.at_least


def tally(report):
    cases, checks = collections.Counter(), collections.Counter()
    for line in report.read_text().splitlines():
        scenario = json.loads(line).get("ScenarioFinished")
        if scenario is None:
            continue
        cases[scenario["phase"]] += len(scenario["recorder"].get("cases", {}))
        for made in scenario["recorder"].get("checks", {}).values():
            checks.update((check["name"], check["status"]) for check in made)
    return cases, checks


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help="folder of postwright and modelsim")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path.cwd(), help="the repository, for .venv, Seeds and the document")
    parser.add_argument("--document", type=pathlib.Path, help="else the repository's")
    parser.add_argument("--schemathesis", default=pathlib.Path(sys.executable).parent / "schemathesis", help="the program")
    parser.add_argument("--auth", choices=["keys", "off"], default="keys")
    parser.add_argument("--examples", type=int, default=60, help="cases of each operation and phase, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-least", type=int, default=0, help="fail when fewer cases were run")
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--keep", action="store_true", help="keep the logs and the report")
    parser.add_argument("--serve", action="store_true", help="only start the parts, and wait")
    options = parser.parse_args()
    options.document = (options.document or options.root / "Sources/API/OpenAPI/openapi.json").resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Stack(options) as stack:
        if not options.serve:
            sys.exit(0 if judge(stack, options) else 1)
        print(json.dumps({"url": stack.url, "key": stack.key, "folder": str(stack.folder)}), flush=True)
        while all(process.poll() is None for _, process in stack.processes):
            time.sleep(0.5)


if __name__ == "__main__":
    main()
