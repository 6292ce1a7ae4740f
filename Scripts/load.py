"""Mixed work at a steady rate, and what it does to the service: latencies, errors, memory, descriptors, threads.

    load.py [--rate 100] [--minutes 10]     # a release build, with its database and models on the same machine
    load.py --restarts 20                   # two processes, one of them told to stop again and again, and no request lost
    load.py --neighbours                    # what a noisy workspace does to a quiet one

Needs `make build`. Exits with 1 when a target is missed.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import aiohttp

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARIES = ROOT / ".build/release"
QUESTIONS = ["What does the coffee cost?", "How is it shipped?", "guarantee", "organic certificate", "opening hours", "Which beans are in it?"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


class Stack:
    """Database, models, and any number of the service's processes."""

    def __init__(self, latency=20, **settings):
        self.folder = tempfile.TemporaryDirectory(prefix="postwright-load-")
        self.database, self.model = free_port(), free_port()
        self.parts = [
            self._start([ROOT / ".venv/bin/secantusd-py", "--port", self.database, "--storage-path", self.folder.name, "--sync-on-commit"]),
            self._start([BINARIES / "modelsim", "--port", self.model, "--latency-ms", latency, "--jitter-ms", latency // 2]),
        ]
        model = f"http://127.0.0.1:{self.model}/v1"
        self.environment = dict(os.environ) | {
            "MONGODB_URI": f"mongodb://127.0.0.1:{self.database}", "EMBEDDINGS_BASE_URL": model, "EMBEDDINGS_MODEL": "sim",
            "LLM_BASE_URL": model, "LLM_MODEL": "sim", "POSTWRIGHT_LOG_LEVEL": "warning",
        } | settings
        for port in (self.database, self.model):
            self._wait(port)

    def _start(self, command, environment=None):
        return subprocess.Popen([str(part) for part in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _wait(self, port):
        for _ in range(600):
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.05)
        sys.exit(f"nothing listens on port {port}")

    def serve(self, port=None):
        port = port or free_port()
        process = self._start([BINARIES / "postwright", "serve"], self.environment | {"POSTWRIGHT_PORT": str(port)})
        self.parts.append(process)
        self._wait(port)
        return process, port

    def command(self, *arguments):
        done = subprocess.run([BINARIES / "postwright", *arguments], env=self.environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        return done.stdout

    def close(self):
        for part in reversed(self.parts):
            part.kill()
        self.folder.cleanup()


def requests(brand):
    """One request of the mix: what it is, and how it is sent."""
    draw = random.random()
    path = f"/v1/brands/{brand}"
    if draw < 0.55:
        return "search", "POST", f"{path}/search", {"query": random.choice(QUESTIONS) + f" {random.randrange(10_000)}"}
    if draw < 0.70:
        return "search by words", "POST", f"{path}/search", {"query": random.choice(QUESTIONS), "mode": "text"}
    if draw < 0.80:
        return "read", "GET", f"{path}/documents?limit=20", None
    if draw < 0.90:
        return "read", "GET", "/v1/operations?limit=20", None
    if draw < 0.95:
        return "graphql", "POST", "/graphql", {"query": f'{{ brand(id: "{brand}") {{ name documents(first: 5) {{ edges {{ node {{ title }} }} }} }} }}'}
    if draw < 0.98:
        number = random.randrange(40)
        body = {"title": f"Note {number}", "content": f"# Note {number}\n\nWritten at {time.time()}: the price is {random.randrange(100)} euro."}
        return "upload", "PUT", f"{path}/documents/note-{number}", body
    if draw < 0.998:
        return "post", "POST", f"{path}/posts", {"platform": "linkedin", "brief": random.choice(QUESTIONS)}
    return "plan", "POST", f"{path}/plans", {"posts": 6, "period": {"days": 3}}


async def send(session, base, request, headers=None):
    kind, method, path, body = request
    begun = time.perf_counter()
    try:
        async with session.request(method, base + path, json=body, headers=headers) as response:
            await response.read()
            return kind, time.perf_counter() - begun, response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return kind, time.perf_counter() - begun, repr(error)


async def process_figures(session, base):
    async with session.get(f"{base}/metrics") as response:
        lines = dict(line.rsplit(" ", 1) for line in (await response.text()).splitlines() if not line.startswith("#"))
    return {name: float(lines[name]) for name in ("process_resident_memory_bytes", "process_open_fds", "process_threads", "process_cpu_seconds_total")}


def slope(points):
    """By least squares."""
    xs, ys = zip(*points)
    x, y = statistics.mean(xs), statistics.mean(ys)
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a in xs)


async def steady(rate, minutes):
    stack = Stack()
    try:
        _, port = stack.serve()
        base = f"http://127.0.0.1:{port}"
        stack.command("seed", ROOT / "Seeds/halden-roasters")
        results, points = [], []
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:
            # What is loaded and grown once is no slope.
            for _ in range(2_000):
                await send(session, base, requests("halden-roasters"))
            begun, sent, pending = time.perf_counter(), 0, set()
            while (now := time.perf_counter() - begun) < minutes * 60:
                while sent < now * rate:
                    task = asyncio.create_task(send(session, base, requests("halden-roasters")))
                    pending.add(task)
                    task.add_done_callback(lambda done: (pending.discard(done), results.append(done.result())))
                    sent += 1
                if sent % (rate * 5) < rate // 10:
                    points.append((sent, await process_figures(session, base)))
                await asyncio.sleep(0.005)
            await asyncio.gather(*pending)
    finally:
        stack.close()
    times = [seconds for _, seconds, _ in results]
    errors = [result for result in results if not (isinstance(result[2], int) and result[2] < 400)]
    print(f"{len(results)} requests in {minutes} min: p50 {quantile(times, .5) * 1e3:.1f} ms, p95 {quantile(times, .95) * 1e3:.1f}, p99 {quantile(times, .99) * 1e3:.1f}, {len(errors)} errors")
    for kind in sorted({kind for kind, _, _ in results}):
        own = [seconds for name, seconds, _ in results if name == kind]
        print(f"  {kind:16} {len(own):6}  p50 {quantile(own, .5) * 1e3:6.1f} ms  p95 {quantile(own, .95) * 1e3:6.1f}  p99 {quantile(own, .99) * 1e3:6.1f}")
    for error in errors[:5]:
        print("  ", error)
    growth = slope([(count, figures["process_resident_memory_bytes"]) for count, figures in points]) * 10_000 / 1e6
    first, last = points[0][1], points[-1][1]
    ranges = {name: (min(figures[name] for _, figures in points), max(figures[name] for _, figures in points)) for name in ("process_open_fds", "process_threads")}
    print(f"memory {first['process_resident_memory_bytes'] / 1e6:.1f} to {last['process_resident_memory_bytes'] / 1e6:.1f} MB, {growth:+.2f} MB for 10,000 requests")
    print(f"descriptors {ranges['process_open_fds']}, threads {ranges['process_threads']}, processor {last['process_cpu_seconds_total'] - first['process_cpu_seconds_total']:.0f} s")
    return not errors and quantile(times, .95) < 0.1 and growth < 1


async def restarts(count):
    """One of two processes stops while both are asked; who cannot connect goes to the other, as a balancer does."""
    stack = Stack()
    processes = [stack.serve(), stack.serve()]
    failures, answered, is_over = [], 0, False
    stack.command("seed", ROOT / "Seeds/tidewell")

    async def client(session):
        nonlocal answered
        while not is_over:
            request = requests("tidewell")
            if request[0] not in ("search", "search by words", "read", "graphql"):
                continue
            order = [port for _, port in processes]
            random.shuffle(order)
            for port in order:
                result = await send(session, f"http://127.0.0.1:{port}", request)
                if not (isinstance(result[2], str) and "ConnectorError" in result[2]):
                    break
            answered += 1
            if not (isinstance(result[2], int) and result[2] < 400):
                failures.append(result)

    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:
            clients = [asyncio.create_task(client(session)) for _ in range(16)]
            for number in range(count):
                await asyncio.sleep(0.7)
                process, port = processes[number % 2]
                process.send_signal(signal.SIGTERM)
                code = await asyncio.to_thread(process.wait, 20)
                if code:
                    failures.append(("exit", 0, code))
                processes[number % 2] = await asyncio.to_thread(stack.serve, port)
            is_over = True
            await asyncio.gather(*clients)
    finally:
        stack.close()
    print(f"{count} SIGTERMs under load: {answered} short requests, {len(failures)} failed")
    for failure in failures[:5]:
        print("  ", failure)
    return not failures


async def neighbours():
    """A quiet workspace's searches alone, and beside one that asks for hundreds at once and plans without end."""
    stack = Stack(POSTWRIGHT_AUTH="keys")
    try:
        _, port = stack.serve()
        base = f"http://127.0.0.1:{port}"
        keys = {}
        for workspace in ("quiet", "noisy"):
            keys[workspace] = {"authorization": "Bearer " + stack.command("keys", "create", "--workspace", workspace, "--scopes", "write,generate").split()[-1]}
            stack.command("seed", ROOT / "Seeds/tidewell", "--workspace", workspace)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            async def quiet(seconds):
                times, end = [], time.perf_counter() + seconds
                while time.perf_counter() < end:
                    request = ("search", "POST", "/v1/brands/tidewell/search", {"query": f"price {random.randrange(10_000)}"})
                    _, took, status = await send(session, base, request, keys["quiet"])
                    assert status == 200, status
                    times.append(took)
                    await asyncio.sleep(0.02)
                return times

            async def noise(request):
                while True:
                    await send(session, base, request(), keys["noisy"])

            rounds = []
            for _ in range(3):
                alone = await quiet(10)
                plan = ("plan", "POST", "/v1/brands/tidewell/plans", {"posts": 30})
                for _ in range(10):
                    await send(session, base, plan, keys["noisy"])
                search = lambda: ("search", "POST", "/v1/brands/tidewell/search", {"query": f"boat {random.randrange(10_000)}"})
                others = [asyncio.create_task(noise(search)) for _ in range(40)]
                beside = await quiet(10)
                for other in others:
                    other.cancel()
                rounds.append((quantile(alone, .95), quantile(beside, .95)))
                await asyncio.sleep(3)
    finally:
        stack.close()
    for alone, beside in rounds:
        print(f"quiet workspace, p95 alone {alone * 1e3:.1f} ms, beside a noisy one {beside * 1e3:.1f} ms ({beside / alone - 1:+.0%})")
    return statistics.median(beside / alone for alone, beside in rounds) < 1.2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--restarts", type=int)
    parser.add_argument("--neighbours", action="store_true")
    options = parser.parse_args()
    if options.restarts:
        work = restarts(options.restarts)
    elif options.neighbours:
        work = neighbours()
    else:
        work = steady(options.rate, options.minutes)
    sys.exit(0 if asyncio.run(work) else 1)


main()
