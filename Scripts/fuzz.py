"""Feeds the parsers what libFuzzer thinks of, under the address sanitizer.

    fuzz.py [--seconds 60] [TARGET…]     # every target without a name, as many at once as there are processors

Findings, corpora and the processor time of each target in all stay in .local/fuzz, so a later run goes on where this one ended.

Exits with 1 when a target crashes, hangs, or finds that something does not hold.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".local/fuzz"
TARGETS = ["json", "bson", "repair", "events", "graphql", "documents", "word", "multipart", "filters", "headers"]


def build():
    toolchain = pathlib.Path(subprocess.run(["sh", "-c", "readlink -f $(command -v swift)"], capture_output=True, text=True).stdout.strip())
    (library,) = toolchain.parent.parent.glob(f"lib/clang/*/lib/*/libclang_rt.fuzzer_no_main-{os.uname().machine}.a")
    flags = ["--scratch-path", ".build-fuzz", "--sanitize=address", "-Xswiftc", "-sanitize-coverage=edge,indirect-calls,inline-8bit-counters,pc-table"]
    flags += ["-Xswiftc", "-O", "-Xlinker", str(library), "-Xlinker", "-lstdc++"]
    environment = os.environ | {"POSTWRIGHT_FUZZ": "1"}
    print("Building the fuzzer: some minutes the first time …", flush=True)
    done = subprocess.run(["swift", "build", "--product", "fuzz", *flags], cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout[-5000:] + done.stderr[-2000:])
    return ROOT / ".build-fuzz/debug/fuzz"


def add_up(target, seconds, runs):
    """Hours of processor time and runs of the target, those of earlier runs with them."""
    file = FOLDER / f"{target}.json"
    total = json.loads(file.read_text()) if file.exists() else {"seconds": 0, "runs": 0}
    total = {"seconds": total["seconds"] + seconds, "runs": total["runs"] + runs}
    file.write_text(json.dumps(total) + "\n")
    return total["seconds"] / 3600, total["runs"]


def run(program, target, seconds):
    corpus = FOLDER / target
    corpus.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=2048", "-max_len=4096", "-print_final_stats=1", f"-artifact_prefix={corpus}-"]
    command = [program, target, *options, corpus]
    seeds = ROOT / "Tests/Fuzz/Seeds" / target
    if seeds.is_dir():
        command.append(seeds)
    environment = os.environ | {"ASAN_OPTIONS": "detect_leaks=0"}
    with open(FOLDER / f"{target}.log", "w+", errors="replace") as log:
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=log, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        log.seek(0)
        said = log.read()
    code = process.returncode = os.waitstatus_to_exitcode(status)
    executions = re.search(r"number_of_executed_units: (\d+)", said)
    coverage = re.findall(r"cov: (\d+)", said)
    hours, runs = add_up(target, usage.ru_utime + usage.ru_stime, int(executions[1]) if executions else 0)
    found = f"{coverage[-1] if coverage else '?'} edges, exit {code}"
    print(f"{target:10} {executions[1] if executions else '?':>10} runs, {found}; in all {runs:,} runs in {hours:.2f} h", flush=True)
    if code:
        print(said[-3000:])
    return code == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="one of " + ", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    program = build()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        held = list(pool.map(lambda target: run(program, target, options.seconds), options.targets or TARGETS))
    sys.exit(0 if all(held) else 1)


main()
