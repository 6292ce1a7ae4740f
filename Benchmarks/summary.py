"""The README's tables, from what the benchmarks left in Benchmarks/results: figures beside the peers', and the targets.

    summary.py [FOLDER]     # prints Markdown, and leaves it in FOLDER/summary.md
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = {"python-typical": "Python as most write it", "python-best": "Python at its best", "go": "Go"}
# Kind of workload, part of its title, metric, what it is called, unit.
ROWS = [
    ("search", "1,000", "p50", "a search among 1,000 chunks", "ms"),
    ("search", "10,000", "p50", "among 10,000", "ms"),
    ("search", "100,000", "p50", "among 100,000", "ms"),
    ("search", "10,000", "perCpuSecond", "searches for a second of processor time, 10,000 chunks", ""),
    ("ingest", "", "perSecond", "chunks ingested in a second", ""),
    ("ingest", "", "cpuPer1000", "processor time for 1,000 chunks", "s"),
    ("plan", "20 posts, 0 ms", "p50", "a plan of 20 posts, models without latency", "ms"),
    ("plan", "20 posts, 1,000 ms", "p50", "above the ideal, models take 1 s", "ms"),
    ("plan", "140 posts, 1,000 ms", "p50", "140 posts, above the ideal, models take 1 s", "ms"),
    ("plan", "20 posts, 0 ms", "cpuPer1000", "processor time for 1,000 posts", "s"),
    ("freshness", "", "p50", "written here, found by another process", "ms"),
    ("cancel", "", "p50", "cancel of 20 calls in flight", "ms"),
    ("streams", "", "kBEach", "memory of an idle event stream", "kB"),
    ("streams", "", "cpuPercent", "processor for 1,000 idle event streams", "%"),
    ("start", "", "p50", "start to first answer", "ms"),
    ("start", "", "memoryMB", "memory when idle for 8 s", "MB"),
]


def read(folder, name):
    file = folder / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def with_ratio(entry):
    text = number(entry["median"])
    if better := entry.get("ratio"):
        text += f" (×{number(better['median'])}; {number(better['low'])}–{number(better['high'])})"
    return text


def is_sought(title, part):
    """Whether the title has the part as a whole number: `1,000` is not in `a search among 11,000`, nor in `1,000,000`."""
    return re.search(rf"(?<![\d,]){re.escape(part)}(?!,?\d)", title) is not None


def beside_peers(http):
    yield f"{http['machine']['processor']}, {http['machine']['cores']} cores; medians of {http['rounds']} rounds, in brackets how many times better"
    yield "Postwright is (median; lowest and highest round):"
    yield ""
    yield "| | Postwright | " + " | ".join(PEERS.values()) + " |"
    yield "|---|---|" + "---|" * len(PEERS)
    for kind, part, metric, name, unit in ROWS:
        for workload in http["workloads"]:
            if workload["kind"] == kind and is_sought(workload["title"], part):
                services = workload["services"]
                cells = [with_ratio(services[peer][metric]) if peer in services else workload["leftOut"].get(peer, "") for peer in PEERS]
                own = number(services["postwright"][metric]["median"])
                yield f"| {name}{f', {unit}' if unit else ''} | {own} | " + " | ".join(cells) + " |"
                break


class Targets:
    """What performance work aims at: the value, what it must be at least, and what would be good."""

    def __init__(self):
        self.rows = []

    def at_most(self, name, value, bound, aim=None):
        self._add(name, value, bound, aim, "≤", lambda goal: value <= goal)

    def at_least(self, name, value, bound, aim=None):
        self._add(name, value, bound, aim, "≥", lambda goal: value >= goal)

    def _add(self, name, value, bound, aim, sign, reaches):
        if value is None:
            state = "not measured"
        elif aim is not None and reaches(aim):
            state = "better than the aim"
        else:
            state = "met" if reaches(bound) else "**missed**"
        goal = f"{sign} {bound:g}" + (f", aim {aim:g}" if aim is not None else "")
        self.rows.append(f"| {name} | {'–' if value is None else number(value)} | {goal} | {state} |")


def figure(report, kind, part, service, *path):
    for workload in (report or {}).get("workloads", []):
        if workload["kind"] == kind and is_sought(workload["title"], part):
            value = workload["services"].get(service)
            for key in path:
                value = value.get(key) if value else None
            return value
    return None


def targets(fanout, retrieval, http, image):
    found = Targets()
    size = next((one for one in (retrieval or {}).get("sizes", []) if (one["rows"], one["dimensions"]) == (100_000, 384)), None)
    times = {name: entry.get("ms") for name, entry in size["figures"].items()} if size else {}

    def times_of(upper, lower):
        return times[upper] / times[lower] if upper in times and lower in times else None

    found.at_most("exact search, 100k × 384: time over the float32 roof", times_of("exact", "roof"), 0.4, 0.25)
    for peer, bound, aim in (("numpy", 8, 12), ("usearch", 8, 11), ("faiss", 3, 5)):
        found.at_least(f"the same: times as fast as {peer}", times_of(peer, "exact"), bound, aim)
    found.at_least("eight queries that share a scan, each: times as fast as numpy", times_of("numpy", "shared"), 15, 35)
    own = (fanout or {}).get("postwright")
    found.at_most("140 calls to a model: time above the ideal, ms", own and own["wallMs"] - 100, 12, 5)
    found.at_most("processor time for 1,000 model calls, s", own and own["cpuSecondsPer1000"], 0.06, 0.03)
    for peer in ("python-typical", "python-best"):
        value = figure(http, "search", "10,000", peer, "perCpuSecond", "ratio", "median")
        found.at_least(f"searches for a second of processor time, 10,000 chunks: times {PEERS[peer]}", value, 5, 10)
    found.at_most("write to retrievable in another process, ms", figure(http, "freshness", "", "postwright", "p50", "median"), 50)
    found.at_most("memory for 100k × 384 chunks, MB", size and size["ready"]["residentBytes"] / 1e6, 60, 45)
    found.at_most("image as a registry keeps it, MB", image and image["compressedBytes"] / 1e6, 45, 25)
    found.at_most("image: exec to the first answer, ms", image and image["firstAnswerMs"], 100, 20)
    found.at_most("image: memory when idle, MB", image and image["idleBytes"] / 1e6, 25, 12)
    yield "| | measured | target | |"
    yield "|---|---|---|---|"
    yield from found.rows


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Benchmarks/results"
    fanout, retrieval, http, image = (read(folder, name) for name in ("fanout", "retrieval", "http", "image"))
    lines = list(beside_peers(http)) if http else []
    lines += ["", *targets(fanout, retrieval, http, image)]
    (folder / "summary.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
