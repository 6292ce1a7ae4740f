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
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "Scripts"))

from parts import Stack  # noqa: E402


class Judged(Stack):
    """The service with a seeded brand, a key, and limits that nobody reaches."""

    def __init__(self, options):
        super().__init__(
            options.binaries,
            keep=options.keep,
            POSTWRIGHT_AUTH=options.auth,
            # Webhooks lead to a port where nobody listens.
            POSTWRIGHT_WEBHOOK_HOSTS="127.0.0.1",
            POSTWRIGHT_WEBHOOK_PRIVATE_ADDRESSES="on",
            # The limiter's headers are on every answer.
            POSTWRIGHT_RATE_LIMIT_PER_MINUTE="1000000",
            POSTWRIGHT_RATE_LIMIT_BURST="1000000",
        )
        self.seeds = options.root / "Seeds/halden-roasters"

    def prepare(self):
        self.command("seed", self.seeds)
        self.key = self.command("keys", "create", "--workspace", "default", "--scopes", "admin,write,generate").split()[-1]
        self.url = self.service().start().wait_for_answer("/readyz").url

    def call(self, method, path, body=None, headers=None):
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.key}"} | (headers or {})
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)


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
    with Judged(options) as stack:
        if not options.serve:
            sys.exit(0 if judge(stack, options) else 1)
        print(json.dumps({"url": stack.url, "key": stack.key, "folder": str(stack.folder)}), flush=True)
        while all(part.is_running() for part in stack.parts):
            time.sleep(0.5)


if __name__ == "__main__":
    main()
