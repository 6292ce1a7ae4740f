"""Runs the tests that were built, group after group. A group that does not end is stopped, and its running tests are named.

    test.py [--minutes 15]
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Tests that measure times: one after the other.
SERIAL = "^(APITests|GraphQLTests|GraphQLHTTPTests|KnowledgeTests|ModelClientsTests|MongoTests|TransferTests)"
# Those that keep all processors busy: each group runs by itself, the rest together.
ALONE = [
    "DurabilityTests",
    "GraphQLServiceTests",
    "HostileFileTests",
    "FaultIdentificationTests",
    "ConsoleTests|RawHTTPTests",
]
ENVIRONMENT = os.environ | {"NO_COLOR": "1"}
STARTED = re.compile(r"◇ Test (?!case|run )(.+) started\.$")
ENDED = re.compile(r"[✔✘➜] Test (?!case|run )(.+?) (?:with \d+ test cases? )?(?:passed|failed|skipped)\b")


def kill(session):
    """Ends a process and those that it started: each of these has a group of its own, but not a session."""
    for file in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                os.kill(int(file.parent.name), signal.SIGKILL)
        except OSError:
            pass  # It has ended.


def run(program, selection, minutes):
    """Runs one group; true when it passed."""
    # Not through `swift test`, which keeps the last lines back: they are the ones that tell of a hang.
    command = [program, "--testing-library", "swift-testing", *selection]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True, env=ENVIRONMENT)
    hangs = threading.Event()

    def stop():
        hangs.set()
        kill(process.pid)

    timer = threading.Timer(minutes * 60, stop)
    timer.start()
    running = {}
    try:
        for line in process.stdout:
            print(line, end="", flush=True)
            if begun := STARTED.search(line):
                running[begun[1]] = True
            elif ended := ENDED.search(line):
                running.pop(ended[1], None)
        code = process.wait()
    finally:
        timer.cancel()
        # What a program that crashed has left running too.
        kill(process.pid)
    if hangs.is_set():
        print(f"error: after {minutes:g} minutes these tests had not ended: {', '.join(running) or 'none'}", flush=True)
    return code == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15, help="after which a group is stopped")
    options = parser.parse_args()
    folder = subprocess.run(["swift", "build", "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    program = pathlib.Path(folder) / "postwrightPackageTests.xctest"
    groups = [["--no-parallel", "--filter", SERIAL], *(["--filter", group] for group in ALONE)]
    groups.append([part for group in (SERIAL, *ALONE) for part in ("--skip", group)])
    sys.exit(0 if all(run(program, group, options.minutes) for group in groups) else 1)


if __name__ == "__main__":
    main()
