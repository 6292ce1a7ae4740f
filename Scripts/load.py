"""Mixed work at a steady rate, and what it does to the service: latencies, errors, memory, descriptors, threads.

    load.py [--rate 100] [--minutes 10]     # a release build, with its database and models on the same machine
    load.py --restarts 20                   # two processes, one of them told to stop again and again, and no request lost
    load.py --neighbours                    # what a noisy workspace does to a quiet one

Needs `make build`. Exits with 1 when a target is missed.
"""

import argparse
import asyncio
import collections
import json
import random
import statistics
import subprocess
import sys
import time
import urllib.request

import aiohttp

from parts import ROOT, Stack

QUESTIONS = ["What does the coffee cost?", "How is it shipped?", "guarantee", "organic certificate", "opening hours", "Which beans are in it?"]


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


class Load(Stack):
    """Embeddings that take 20 ms and answers of the language model that take half a second, and processes of the service."""

    def __init__(self, **given):
        super().__init__(latency=20, jitter=10, **given)
        self.settings["MONGODB_URI"] += self.WITHOUT_RETRIES

    def prepare(self):
        slow = {"match": {"path": "/v1/chat/completions"}, "times": -1, "action": {"type": "delay", "ms": 500}}
        body = json.dumps({"faults": [slow]}).encode()
        request = urllib.request.Request(f"{self.models.url}/_sim/faults", body, {"content-type": "application/json"}, method="PUT")
        urllib.request.urlopen(request).close()

    def serve(self):
        return self.service().start().wait_for_answer("/readyz")


def milliseconds(times):
    p50, p95, p99 = (quantile(times, part) * 1e3 for part in (0.5, 0.95, 0.99))
    return f"p50 {p50:.1f} ms, p95 {p95:.1f}, p99 {p99:.1f}"


# Operations that were accepted lately: their clients ask for them.
accepted = collections.deque(maxlen=50)


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
    if draw < 0.89 and accepted:
        return "operation", "GET", f"/v1/operations/{random.choice(accepted)}", None
    if draw < 0.90:
        return "operations", "GET", "/v1/operations?limit=20", None
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
            content = await response.read()
            took = time.perf_counter() - begun
        if response.status == 202:
            accepted.append(json.loads(content)["operation"]["id"])
        return kind, took, response.status
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
    with Load() as stack:
        base = stack.serve().url
        stack.command("seed", ROOT / "Seeds/halden-roasters")
        results, points = [], []
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)) as session:
            # What is loaded and grown once is no slope.
            for _ in range(2_000):
                await send(session, base, requests("halden-roasters"))
            begun, sent, pending = time.perf_counter(), 0, set()
            costs = stack.database.processor_seconds(), stack.models.processor_seconds()
            while (now := time.perf_counter() - begun) < minutes * 60:
                while sent < now * rate:
                    task = asyncio.create_task(send(session, base, requests("halden-roasters")))
                    pending.add(task)
                    task.add_done_callback(lambda done: (pending.discard(done), results.append(done.result())))
                    sent += 1
                if not points or sent - points[-1][0] >= rate * 5:
                    points.append((sent, await process_figures(session, base)))
                await asyncio.sleep(0.005)
            await asyncio.gather(*pending)
        costs = [part.processor_seconds() - cost for part, cost in zip((stack.database, stack.models), costs)]
    times = [seconds for _, seconds, _ in results]
    errors = [result for result in results if not (isinstance(result[2], int) and result[2] < 400)]
    print(f"{len(results)} requests in {minutes} min: {milliseconds(times)}, {len(errors)} errors")
    for kind in sorted({kind for kind, _, _ in results}):
        own = [seconds for name, seconds, _ in results if name == kind]
        print(f"  {kind:16} {len(own):6}  {milliseconds(own)}")
    for error in errors[:5]:
        print("  ", error)
    growth = slope([(count, figures["process_resident_memory_bytes"]) for count, figures in points]) * 10_000 / 1e6
    first, last = points[0][1], points[-1][1]
    ranges = {name: (min(figures[name] for _, figures in points), max(figures[name] for _, figures in points)) for name in ("process_open_fds", "process_threads")}
    print(f"memory {first['process_resident_memory_bytes'] / 1e6:.1f} to {last['process_resident_memory_bytes'] / 1e6:.1f} MB, {growth:+.2f} MB for 10,000 requests")
    print(f"descriptors {ranges['process_open_fds']}, threads {ranges['process_threads']}")
    used = last["process_cpu_seconds_total"] - first["process_cpu_seconds_total"]
    print(f"processor time: the service {used:.0f} s, its database {costs[0]:.0f} s, the models {costs[1]:.0f} s")
    return not errors and quantile(times, .95) < 0.1 and growth < 1


async def restarts(count):
    """One of two processes stops while both are asked; who cannot connect goes to the other, as a balancer does."""
    failures, answered, is_over = [], 0, False
    short = ("search", "search by words", "read", "operations", "graphql")

    async def client(session, services):
        nonlocal answered
        while not is_over:
            request = requests("tidewell")
            if request[0] not in short:
                continue
            for service in random.sample(services, len(services)):
                result = await send(session, service.url, request)
                if not (isinstance(result[2], str) and "ConnectorError" in result[2]):
                    break
            answered += 1
            if not (isinstance(result[2], int) and result[2] < 400):
                failures.append(result)

    with Load() as stack:
        services = [stack.serve(), stack.serve()]
        stack.command("seed", ROOT / "Seeds/tidewell")
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:
            clients = [asyncio.create_task(client(session, services)) for _ in range(16)]
            for number in range(count):
                await asyncio.sleep(0.7)
                service = services[number % 2]
                await asyncio.to_thread(service.stop)
                if service.process.returncode:
                    failures.append(("exit", 0, service.process.returncode))
                await asyncio.to_thread(lambda: service.start().wait_for_answer("/readyz"))
            is_over = True
            await asyncio.gather(*clients)
    print(f"{count} SIGTERMs under load: {answered} short requests, {len(failures)} failed")
    for failure in failures[:5]:
        print("  ", failure)
    return not failures


async def noise(base, authorization):
    """Forty clients that search as fast as they are answered, until the process is killed."""

    async def one(session):
        while True:
            request = ("search", "POST", "/v1/brands/tidewell/search", {"query": f"boat {random.randrange(10_000)}"})
            await send(session, base, request, {"authorization": authorization})

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(one(session) for _ in range(40)))


async def neighbours():
    """A quiet workspace's searches alone, and beside one that asks for dozens at once and plans without end."""

    async def quiet(session, base, key, seconds):
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            request = ("search", "POST", "/v1/brands/tidewell/search", {"query": f"price {random.randrange(10_000)}"})
            _, took, status = await send(session, base, request, key)
            assert status == 200, status
            times.append(took)
            await asyncio.sleep(0.02)
        return times

    rounds = []
    with Load(POSTWRIGHT_AUTH="keys", POSTWRIGHT_WORKSPACE_CONCURRENCY="4") as stack:
        base = stack.serve().url
        keys = {}
        for workspace in ("quiet", "noisy"):
            made = stack.command("keys", "create", "--workspace", workspace, "--scopes", "write,generate")
            keys[workspace] = {"authorization": "Bearer " + made.split()[-1]}
            stack.command("seed", ROOT / "Seeds/tidewell", "--workspace", workspace)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            for _ in range(3):
                alone = await quiet(session, base, keys["quiet"], 10)
                for _ in range(10):
                    await send(session, base, ("plan", "POST", "/v1/brands/tidewell/plans", {"posts": 30}), keys["noisy"])
                # Their clients are somebody else's machine: a process of their own, so that the quiet one's times are its own.
                others = subprocess.Popen([sys.executable, __file__, "--noise", base, keys["noisy"]["authorization"]])
                try:
                    beside = await quiet(session, base, keys["quiet"], 10)
                finally:
                    others.kill()
                rounds.append((quantile(alone, .95), quantile(beside, .95)))
                await asyncio.sleep(3)
    for alone, beside in rounds:
        print(f"quiet workspace, p95 alone {alone * 1e3:.1f} ms, beside a noisy one {beside * 1e3:.1f} ms ({beside / alone - 1:+.0%})")
    return statistics.median(beside / alone for alone, beside in rounds) < 1.2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--restarts", type=int)
    parser.add_argument("--neighbours", action="store_true")
    parser.add_argument("--noise", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.noise:
        work = noise(*options.noise)
    elif options.restarts:
        work = restarts(options.restarts)
    elif options.neighbours:
        work = neighbours()
    else:
        work = steady(options.rate, options.minutes)
    sys.exit(0 if asyncio.run(work) else 1)


main()
