"""What is measured: each workload has a turn of a service in each round, and gives figures of it."""

import asyncio
import time

import aiohttp

import corpus
from figures import percentile, times
from stack import Client

WRITER = "You write one social media post"
STAGES = 5
# Postwright's plans have up to 100 posts: more are asked for as several plans of equal size at once, of all services.
PLAN_LIMIT = 100
MEGA = 1e6


class OutOfPatience(Exception):
    """A service has not come to the end of what a workload prepares; the workload goes on without it."""


class Cost:
    """What a service, and the database for it, spend in a block."""

    def __init__(self, stack, service):
        self.stack, self.service = stack, service

    def __enter__(self):
        self.service.reset_peak()
        self.start = time.perf_counter()
        self.before = self.service.processor_seconds(), self.stack.database.processor_seconds()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self.start
        self.cpu = self.service.processor_seconds() - self.before[0]
        self.database_cpu = self.stack.database.processor_seconds() - self.before[1]
        self.peak = self.service.peak_memory()


class Workload:
    unit = "ms"

    def prepare(self, bench, name, service):
        pass


class Search(Workload):
    """One client after the other for the times, sixteen at once for what a second of processor time is good for."""

    CLIENTS = 16
    # Seconds, where the queries take longer than that.
    LONGEST = 15
    # Seconds in which a service has to hold the chunks.
    PATIENCE = 300

    def __init__(self, size, queries, seconds):
        self.size, self.queries, self.seconds = size, queries, seconds
        self.brand, self.next = f"chunks-{size}", 0
        self.title = f"search among {size:,} chunks"

    def prepare(self, bench, name, service):
        Client(service).call("PUT", f"/v1/brands/{self.brand}", corpus.BRAND)
        count = self.size // corpus.SECTIONS
        with Cost(bench.stack, service) as cost:
            asyncio.run(self.fill(service, count))
        self.warm_up(service)
        print(f"  {name} holds {self.size:,} chunks after {cost.seconds:.1f} s, {cost.cpu:.1f} s of processor time", flush=True)

    async def fill(self, service, count):
        try:
            async with asyncio.timeout(self.PATIENCE):
                await upload(service, self.brand, range(count), clients=4)
        except TimeoutError:
            raise OutOfPatience(f"not loaded after {self.PATIENCE} s") from None

    def warm_up(self, service):
        """The first search loads the brand; while the database is too busy for that, clients come again."""
        for _ in range(10):
            status, answer = Client(service).call("POST", f"/v1/brands/{self.brand}/search", {"query": "warm up"})
            if status != 503:
                break
            time.sleep(1)
        assert status == 200, f"{service.name}: {status} {answer}"

    def body(self):
        self.next += 7
        return {"query": corpus.question(self.next % self.size), "limit": 8}

    def run(self, bench, name, service):
        client, path, found = Client(service), f"/v1/brands/{self.brand}/search", []
        deadline = time.monotonic() + self.LONGEST
        while len(found) < self.queries and (len(found) < 20 or time.monotonic() < deadline):
            body = self.body()
            start = time.perf_counter()
            client.expect(200, "POST", path, body)
            found.append((time.perf_counter() - start) * 1000)
        with Cost(bench.stack, service) as cost:
            count = asyncio.run(self.load(service, path))
        return times(found) | {
            "perSecond": count / cost.seconds, "perCpuSecond": count / max(cost.cpu, 0.01), "memoryMB": service.memory() / MEGA,
            "peakMB": cost.peak / MEGA,
        }  # fmt: skip

    async def load(self, service, path):
        """How many searches are answered."""
        answered, deadline = 0, time.monotonic() + self.seconds

        async def one(session):
            nonlocal answered
            while time.monotonic() < deadline:
                async with session.post(f"http://127.0.0.1:{service.port}{path}", json=self.body()) as response:
                    await response.read()
                    response.raise_for_status()
                answered += 1

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(*(one(session) for _ in range(self.CLIENTS)))
        return answered


async def upload(service, brand, numbers, clients, name="d", sections=corpus.SECTIONS):
    """Uploads documents and waits for each; gives the milliseconds that each took."""
    left, took = iter(numbers), []

    async def one(session):
        for number in left:
            url = f"http://127.0.0.1:{service.port}/v1/brands/{brand}/documents/{name}{number}"
            start = time.perf_counter()
            while True:
                async with session.put(url, json=corpus.document(number, sections), headers={"prefer": "wait=60"}) as response:
                    answer = await response.json()
                # The database was too slow to take it in time: clients come again.
                if response.status != 503:
                    break
                await asyncio.sleep(float(response.headers.get("retry-after", 1)))
            assert response.status < 300, f"{service.name}: {response.status} {answer}"
            if response.status != 201:
                # A busy service: it took the document, and goes on with it.
                state = await asyncio.to_thread(Client(service).outcome, answer["operation"]["id"], 300)
                assert state["state"] == "succeeded", f"{service.name}: {state}"
            took.append((time.perf_counter() - start) * 1000)

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600)) as session:
        await asyncio.gather(*(one(session) for _ in range(clients)))
    return took


class Ingest(Workload):
    def __init__(self, documents):
        self.documents, self.first = documents, 5_000
        self.title = f"ingest of {documents} documents of {corpus.SECTIONS} chunks, 4 at once"

    def run(self, bench, name, service):
        brand = f"ingest-{self.first}"
        Client(service).call("PUT", f"/v1/brands/{brand}", corpus.BRAND)
        # New content in each turn: no service has its vectors already.
        numbers = range(self.first, self.first + self.documents)
        self.first += self.documents
        with Cost(bench.stack, service) as cost:
            took = asyncio.run(upload(service, brand, numbers, clients=4))
        chunks = self.documents * corpus.SECTIONS
        return times(took) | {
            "perSecond": chunks / cost.seconds, "cpuPer1000": cost.cpu / chunks * 1000,
            "databaseCpuPer1000": cost.database_cpu / chunks * 1000, "peakMB": cost.peak / MEGA,
        }  # fmt: skip


class Plans(Workload):
    unit = "ms above the ideal"

    def __init__(self, posts, latency, count):
        self.posts, self.latency, self.count = posts, latency, count
        self.title = f"plan of {posts} posts, {latency:,} ms a model call"

    def run(self, bench, name, service):
        bench.stack.set_latency(self.latency)
        client, ideal, overheads = Client(service), STAGES * self.latency / 1000, []
        with Cost(bench.stack, service) as cost:
            for _ in range(self.count):
                start = time.perf_counter()
                operations = accept_plans(client, self.posts)
                # Nobody asks before the end can have come, so that asking costs the service nothing.
                time.sleep(max(0, ideal - (time.perf_counter() - start)))
                for operation in operations:
                    state = client.outcome(operation)
                    assert state["state"] == "succeeded", f"{name}: {state}"
                overheads.append((time.perf_counter() - start - ideal) * 1000)
        posts = self.posts * self.count
        return times(overheads) | {
            "cpuPer1000": cost.cpu / posts * 1000, "databaseCpuPer1000": cost.database_cpu / posts * 1000, "peakMB": cost.peak / MEGA,
        }  # fmt: skip


def accept_plans(client, posts):
    parts = -(-posts // PLAN_LIMIT)
    body = {"posts": posts // parts, "period": {"days": 7}, "channels": corpus.CHANNELS}
    return [client.expect(202, "POST", "/v1/brands/small/plans", body)["operation"]["id"] for _ in range(parts)]


class Freshness(Workload):
    """From the answer that a document is ready to the first search in another process that finds it."""

    title = "freshness: written here, found by another process"

    def __init__(self, count):
        self.count, self.number = count, 0

    def run(self, bench, name, service):
        reader = bench.stack.service(name).start().wait_for_answer("/healthz")
        client, other, found = Client(service), Client(reader), []
        client.call("PUT", "/v1/brands/news", corpus.BRAND)
        has_passage(other, "warm up")
        for _ in range(self.count):
            self.number += 1
            word = f"zq{self.number:05d}"
            document = {"title": "News", "content": f"# News\n\nThe teapot {word} is new.", "kind": "other"}
            client.expect(201, "PUT", "/v1/brands/news/documents/news", document, {"prefer": "wait=30"})
            start = time.perf_counter()
            while not has_passage(other, word):
                assert time.perf_counter() - start < 30, f"{name}: {word} is not found"
            found.append((time.perf_counter() - start) * 1000)
        reader.stop()
        return times(found)


def has_passage(client, word):
    passages = client.expect(200, "POST", "/v1/brands/news/search", {"query": word, "limit": 3})["passages"]
    return any(word in passage["text"] for passage in passages)


def begin_hanging_plan(stack, client):
    """A plan of which all posts' calls wait for the model."""
    stack.set_faults([{"match": {"contains": WRITER}, "times": -1, "action": {"type": "hang"}}])
    operation = accept_plans(client, 20)[0]
    try:
        wait_for_calls(stack, 20)
    except AssertionError as error:
        raise AssertionError(f"{error}: {client.expect(200, 'GET', f'/v1/operations/{operation}')}") from None
    return operation


def wait_for_calls(stack, count, seconds=60):
    deadline = time.monotonic() + seconds
    while (found := stack.simulate("/_sim/requests?limit=0", "GET")["inFlight"]) != count:
        assert time.monotonic() < deadline, f"{found} calls are in flight, not {count}"
        time.sleep(0.001)


class Cancel(Workload):
    """From the client's wish to the moment when the last of 20 calls to the model is closed."""

    title = "cancel of a plan with 20 calls in flight"

    def __init__(self, count):
        self.count = count

    def run(self, bench, name, service):
        client, took = Client(service), []
        for _ in range(self.count):
            operation = begin_hanging_plan(bench.stack, client)
            start = time.perf_counter()
            client.call("POST", f"/v1/operations/{operation}/cancel")
            wait_for_calls(bench.stack, 0)
            took.append((time.perf_counter() - start) * 1000)
            client.outcome(operation)
        return times(took)


class Streams(Workload):
    """Watchers of an operation in which nothing happens; at its end all of them must be told."""

    unit = ""

    def __init__(self, count, seconds):
        self.count, self.seconds = count, seconds
        self.title = f"{count:,} idle event streams for {seconds} s"

    def run(self, bench, name, service):
        # In a new process, which has no memory left over from other work.
        service.pause()
        fresh = bench.stack.service(name).start().wait_for_answer("/healthz")
        client = Client(fresh)
        operation = begin_hanging_plan(bench.stack, client)
        try:
            return asyncio.run(self.watch(bench, fresh, client, operation))
        finally:
            fresh.stop()

    async def watch(self, bench, service, client, operation):
        # Idle before and after, and not the first ones: neither what the start took is a stream's, nor what their opening took for
        # a moment.
        for _, writer in await self.open(service, operation, self.count // 10):
            writer.close()
        await asyncio.sleep(ColdStart.IDLE)
        before = service.memory()
        streams = await self.open(service, operation, self.count)
        drains = [asyncio.create_task(drain(reader)) for reader, _ in streams]
        with Cost(bench.stack, service) as cost:
            await asyncio.sleep(self.seconds)
        held = service.memory()
        start = time.perf_counter()
        client.call("POST", f"/v1/operations/{operation}/cancel")
        ends = [(end - start) * 1000 for end in await asyncio.gather(*drains)]
        for _, writer in streams:
            writer.close()
        return {
            "kBEach": max(0, held - before) / self.count / 1000, "cpuPercent": cost.cpu / cost.seconds * 100,
            "databaseCpuPercent": cost.database_cpu / cost.seconds * 100, "toldP50": percentile(ends, 0.5),
            "toldP99": percentile(ends, 0.99),
        }  # fmt: skip

    async def open(self, service, operation, count):
        """Streams that have told the first state."""
        streams = [await open_stream(service, operation) for _ in range(count)]
        await asyncio.gather(*(reader.readuntil(b"data: ") for reader, _ in streams))
        return streams


async def open_stream(service, operation):
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(f"GET /v1/operations/{operation}/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode())
    return reader, writer


async def drain(reader):
    """When the stream told of the end."""
    tail = b""
    async with asyncio.timeout(60):
        while b'"cancelled"' not in tail:
            data = await reader.read(65536)
            if not data:
                raise RuntimeError("a stream ended without the last state")
            tail = (tail + data)[-65536:]
    return time.perf_counter()


class ColdStart(Workload):
    """From exec to the first 200 of /healthz, with a database that is prepared already; the memory is that of the last, some seconds later."""

    # Seconds without a request after which a service counts as idle.
    IDLE = 8

    title = f"cold start, and memory when idle for {IDLE} s"

    def __init__(self, count):
        self.count = count

    def run(self, bench, name, service):
        took = []
        for number in range(self.count):
            fresh = bench.stack.service(name)
            start = time.perf_counter()
            fresh.start().wait_for_answer("/healthz", pause=0.002)
            took.append((time.perf_counter() - start) * 1000)
            if number == self.count - 1:
                time.sleep(self.IDLE)
                memory = fresh.memory() / MEGA
            fresh.stop()
        return {"p50": percentile(took, 0.5), "memoryMB": memory}


def workloads(options):
    quick = options.quick
    sizes, queries, seconds = ([1_000], 60, 2) if quick else ([1_000, 10_000, 100_000], 300, 5)
    sizes = options.sizes or sizes
    plans = [(20, 0, 20), (20, 100, 10), (20, 1000, 3), (140, 0, 5), (140, 100, 3), (140, 1000, 2)]
    if quick:
        plans = [(20, 0, 3), (20, 100, 2), (140, 0, 1)]
    found = [("start", ColdStart(1 if quick else 3)), ("ingest", Ingest(4 if quick else 10))]
    found += [("plan", Plans(*plan)) for plan in plans]
    found += [("freshness", Freshness(5 if quick else 20)), ("cancel", Cancel(2 if quick else 10))]
    found += [("streams", Streams(1_000, 4 if quick else 15))]
    found += [("search", Search(size, queries, seconds)) for size in sizes]
    return found
