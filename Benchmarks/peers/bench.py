"""Postwright beside its peers over HTTP: one machine, one database, one model simulator, rounds that take turns.

Whose turn it is not is suspended. Times of plans are above the ideal: five stages one after the other (an embedding
request, pillars, distribution, an embedding request, the posts), each as long as its slowest call, which the simulator's
latency is; more posts than the 64 calls that each service makes at once take several waves, which count as time above it.
A ratio above 1 means that Postwright is better; it is taken in each round, so that its spread is known.

Not alike: Postwright stores each model call before and after, and goes on with its work after a crash; it checks posts
and may ask for one again. The peers store plans and posts, lose work with their process, and check quotes only.
Prints tables, and writes results/http.json and a chart for each of the main figures.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import resource
import subprocess
import sys
from importlib import metadata

import charts
import corpus
from figures import print_table, summarised
from stack import COMMANDS, NAMES, ROOT, Client, Peers
from workloads import MEGA, OutOfPatience, workloads


class Bench:
    def __init__(self, stack, options):
        self.stack, self.options = stack, options
        self.services = {name: stack.service(name) for name in options.services}
        for service in self.services.values():
            service.start().wait_for_answer("/healthz")
            client = Client(service)
            client.call("PUT", "/v1/brands/small", corpus.BRAND)
            for number in range(3):
                client.expect(201, "PUT", f"/v1/brands/small/documents/d{number}", corpus.document(number, 20), {"prefer": "wait=30"})
            service.pause()

    @contextlib.contextmanager
    def turn(self, name):
        """The service's turn: it runs, the others are suspended."""
        service = self.services[name]
        service.resume()
        try:
            service.wait_for_answer("/healthz")
            Client(service).expect(200, "POST", "/v1/brands/small/search", {"query": "warm up"})
            self.stack.forget_calls()
            yield service
        finally:
            self.stack.set_faults([])
            service.pause()

    def measure(self, workload):
        """All rounds of a workload: by service a list of figures, one for each round."""
        print(f"\n{workload.title}", flush=True)
        left_out = {}
        for name in self.services:
            with self.turn(name) as service:
                try:
                    workload.prepare(self, name, service)
                except OutOfPatience as reason:
                    if name == "postwright":
                        raise
                    print(f"  {name} is left out: {reason}", flush=True)
                    left_out[name] = str(reason)
                    # What it still works on would take part in its other turns.
                    service.stop()
                    service.start().wait_for_answer("/healthz")
        rounds = {name: [] for name in self.services if name not in left_out}
        names = list(rounds)
        for number in range(self.options.rounds):
            for name in names[number % len(names) :] + names[: number % len(names)]:
                with self.turn(name) as service:
                    rounds[name].append(workload.run(self, name, service))
        summary = summarised(rounds)
        print_table(summary)
        return {"title": workload.title, "unit": workload.unit, "services": summary, "leftOut": left_out}


# The report


def machine():
    name = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "processor": name[1] if name else platform.machine(), "cores": os.cpu_count(), "system": platform.platform(),
        "memoryGB": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9), "loadBefore": os.getloadavg()[0],
    }  # fmt: skip


def versions(options):
    found = {"python": platform.python_version(), "database": "SecantusDB " + metadata.version("SecantusDB")}
    found["postwright"] = said([pathlib.Path(options.binaries) / "postwright", "--version"])
    found["go"] = said(["go", "version"])
    found["go driver"] = said(["dpkg-query", "-W", "-f", "${Version}", "golang-mongodb-mongo-driver-dev"])
    for peer in ("typical", "best"):
        requirements = ROOT / f"Benchmarks/peers/python-{peer}/requirements.txt"
        found[f"python-{peer}"] = requirements.read_text().split()
    return found


def said(command):
    with contextlib.suppress(OSError):
        return subprocess.run([str(part) for part in command], capture_output=True, text=True).stdout.strip()
    return None


def sizes(options):
    """Bytes that have to be shipped on top of a bare Debian: the program, and for Python its packages and the interpreter's."""
    binaries = {"postwright": pathlib.Path(options.binaries) / "postwright", "go": COMMANDS["go"][0]}
    return {name: with_libraries(binaries[name]) if name in binaries else with_packages(COMMANDS[name][0]) for name in options.services}


def with_packages(python):
    stdlib = pathlib.Path(said([python, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"]) or "/nowhere")
    return folder_size(python.parent.parent / "lib") + folder_size(stdlib)


def with_libraries(binary):
    libraries = re.findall(r"=> (/\S+)", said(["ldd", binary]) or "")
    own = [path for path in libraries if not re.search(r"/(libc|libm|libpthread|libdl|librt|ld-linux)[.-]", path)]
    return sum(os.path.getsize(path) for path in [binary, *own])


def folder_size(folder):
    skipped = {"pip", "setuptools", "test", "__pycache__", "site-packages" if "venv" not in str(folder) else ""}
    total = 0
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in skipped]
        total += sum(os.lstat(os.path.join(path, name)).st_size for name in files)
    return total


def write_charts(results, folder):
    picked = [
        ("http-search", "A search, median", "ms", "search", "p50"),
        ("http-search-cpu", "Searches for a second of processor time", "searches", "search", "perCpuSecond"),
        ("http-plan", "A plan, median time above the ideal", "ms", "plan", "p50"),
        ("http-plan-cpu", "Processor time for 1,000 posts", "s", "plan", "cpuPer1000"),
        ("http-ingest", "Chunks ingested in a second", "chunks", "ingest", "perSecond"),
        ("http-freshness", "Freshness, median", "ms", "freshness", "p50"),
        ("http-cancel", "Cancel, median", "ms", "cancel", "p50"),
        ("http-streams", "Memory of an idle event stream", "kB", "streams", "kBEach"),
        ("http-start", "Cold start, median", "ms", "start", "p50"),
        ("http-memory", "Memory when idle", "MB", "start", "memoryMB"),
    ]
    for file, title, unit, kind, metric in picked:
        groups = [
            (result["title"], {name: figures[metric] for name, figures in result["services"].items()})
            for result in results
            if result["kind"] == kind
        ]
        if groups:
            (folder / f"{file}.svg").write_text(charts.chart(title, unit, groups))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds, for a look: some minutes")
    parser.add_argument("--rounds", type=int, help="3, or 2 with --quick")
    parser.add_argument("--binaries", default=ROOT / ".build/release", help="the folder with postwright and modelsim")
    parser.add_argument("--services", nargs="*", choices=NAMES, default=NAMES)
    parser.add_argument("--only", nargs="*", help="kinds of workloads: start, ingest, plan, freshness, cancel, streams, search")
    parser.add_argument("--sizes", nargs="*", type=int, metavar="CHUNKS", help="of the brands that are searched")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "Benchmarks/results", help="the folder for results")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 3)
    return options


def main():
    options = arguments()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    report = {"machine": machine(), "versions": versions(options), "rounds": options.rounds, "quick": options.quick}
    print(f"{report['machine']['processor']}, {report['machine']['cores']} cores, {options.rounds} rounds", flush=True)
    report["installedBytes"] = sizes(options)
    print("installed: " + ", ".join(f"{name} {size / MEGA:.0f} MB" for name, size in report["installedBytes"].items()))
    report["workloads"] = results = []
    options.output.mkdir(parents=True, exist_ok=True)
    with Peers(options.binaries) as stack:
        bench = Bench(stack, options)
        for kind, workload in workloads(options):
            if not options.only or kind in options.only:
                results.append({"kind": kind} | bench.measure(workload))
                # After each, so that a failure later loses none of them.
                (options.output / "http.json").write_text(json.dumps(report, indent=1) + "\n")
    write_charts(results, options.output)


if __name__ == "__main__":
    sys.exit(main())
