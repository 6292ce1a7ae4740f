"""Kills the service and the database over and over while clients work, and counts what was lost: nothing may be.

Two processes of the service share one database. Clients send documents, posts and plans under idempotency keys and
keep a ledger of every key that was accepted; a request whose answer was lost is sent again with its key. Meanwhile
the processes die, half of the time at a named place in the code (POSTWRIGHT_CRASH_AT), half of the time at random,
and so does the database. At the end the ledger is compared with the database. Exit code 0: every promise held.
"""

import argparse
import asyncio
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import aiohttp
import pymongo

from local import VENV, free_port

PLACES = [
    "accepted", "claimed", "step.started", "step.answered", "step.finished", "post.saved", "plan.saved", "document.activated",
    "operation.ended",
]  # fmt: skip
TERMINAL = {"succeeded", "failed", "cancelled", "partial"}
BRAND = {"name": "Acme", "identity": {"voice": "plain", "values": ["clarity"]}, "goals": ["sell kettles"]}
SHEET = """# Kettle {n}

## Price

The kettle {n} costs {price} euro and comes in black and white.

## Weight

It weighs {weight} grams without water and holds 1.7 litres.
"""


class Part:
    """A process that is started again after its death."""

    def __init__(self, name, command, port, environment=None, folder=None):
        self.name, self.command, self.port, self.environment = name, [str(part) for part in command], port, environment
        self.log = open(folder / f"{name}.log", "ab")
        self.process = None

    async def start(self, extra=None):
        environment = (self.environment or dict(os.environ)) | (extra or {})
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, env=environment, start_new_session=True)
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return True
            except OSError:
                await asyncio.sleep(0.02)
        return False

    def end(self):
        """Lets the process stop by itself."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()


class Crash:
    def __init__(self, arguments):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postwright-crash-"))
        self.binaries = pathlib.Path(arguments.binaries).resolve()
        database, model, first, second = (free_port() for _ in range(4))
        self.uri = f"mongodb://127.0.0.1:{database}"
        settings = {
            "MONGODB_URI": self.uri,
            "EMBEDDINGS_BASE_URL": f"http://127.0.0.1:{model}/v1",
            "EMBEDDINGS_MODEL": "sim",
            "LLM_BASE_URL": f"http://127.0.0.1:{model}/v1",
            "LLM_MODEL": "sim",
            "POSTWRIGHT_LOG_LEVEL": "warning",
            "PATH": os.environ["PATH"],
        }
        secantus = [VENV / "secantusd-py", "--port", database, "--storage-path", self.folder / "database", "--sync-on-commit"]
        self.database = Part("database", secantus, database, folder=self.folder)
        simulator = [self.binaries / "modelsim", "--port", model, "--latency-ms", "30", "--jitter-ms", "40"]
        self.model = Part("model", simulator, model, folder=self.folder)
        serve = [self.binaries / "postwright", "serve"]
        self.services = [
            Part(f"service-{port}", serve, port, settings | {"POSTWRIGHT_PORT": str(port)}, self.folder) for port in (first, second)
        ]
        self.ledger = {}
        self.different = []
        self.deaths = {"at a place": 0, "at random": 0, "database": 0}
        self.isOver = False

    # The clients

    def work(self, number):
        kind = "plan" if number % 40 == 0 else "post" if number % 4 == 0 else "document"
        if kind == "document":
            sheet = SHEET.format(n=number, price=20 + number % 80, weight=600 + number % 500)
            return "documents", {"content": sheet, "kind": "productSheet"}
        if kind == "post":
            return "posts", {"platform": "instagram", "contentType": "post", "brief": f"the weight of kettle {number}"}
        channels = [{"platform": "instagram"}, {"platform": "linkedin"}]
        return "plans", {"period": {"start": "2027-01-04", "days": 7}, "timeZone": "UTC", "posts": 5, "channels": channels}

    async def send(self, session, number):
        """Sends a piece of work until it is accepted, then now and then once more."""
        path, body = self.work(number)
        key = f"crash-{self.arguments.seed}-{number}"
        for turn in range(2 if number % 10 == 0 else 1):
            while True:
                service = self.random.choice(self.services)
                url = f"http://127.0.0.1:{service.port}/v1/brands/acme/{path}"
                try:
                    async with session.post(url, json=body, headers={"Idempotency-Key": key}) as response:
                        answer = await response.json()
                        if response.status == 202:
                            break
                        if response.status not in (409, 503):
                            sys.exit(f"{path} answered {response.status}: {answer}")
                except (aiohttp.ClientError, OSError, asyncio.TimeoutError):
                    pass
                await asyncio.sleep(0.05)
            operation = answer["operation"]["id"]
            if self.ledger.setdefault(key, operation) != operation:
                self.different.append(key)

    async def clients(self, session):
        numbers = iter(range(1, self.arguments.operations + 1))

        async def client():
            for number in numbers:
                await self.send(session, number)

        await asyncio.gather(*(client() for _ in range(8)))

    # The deaths

    async def kill_services(self):
        for turn in range(self.arguments.kills):
            service = self.services[turn % 2]
            only_places = self.arguments.only_places
            if only_places or turn % 4 < 2:
                # Started anew with a place to die at; if it does not come by there soon, it dies here.
                await asyncio.to_thread(service.end) if only_places else service.kill()
                place = f"{PLACES[(turn if only_places else turn // 4) % len(PLACES)]}:{self.random.randint(1, 6)}"
                await service.start({"POSTWRIGHT_CRASH_AT": place})
                deadline = time.monotonic() + 4
                while service.process.poll() is None and time.monotonic() < deadline:
                    await asyncio.sleep(0.02)
                self.deaths["at a place" if service.process.poll() is not None else "at random"] += 1
            else:
                await asyncio.sleep(self.random.uniform(0.2, 1.5))
                self.deaths["at random"] += 1
            await asyncio.to_thread(service.end) if only_places else service.kill()
            await service.start()

    async def kill_database(self):
        for _ in range(self.arguments.database_kills):
            await asyncio.sleep(self.random.uniform(1, 4))
            self.database.kill()
            self.deaths["database"] += 1
            await self.database.start()

    # The count

    def states(self, database):
        return {found["_id"]: found["state"] for found in database.operations.find({}, {"state": 1})}

    async def run(self):
        started = time.monotonic()
        for part in [self.database, self.model]:
            await part.start()
        for service in self.services:
            if not await service.start():
                sys.exit(f"the service does not start; see {self.folder}")
        timeout = aiohttp.ClientTimeout(total=15)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            for _ in range(100):
                try:
                    async with session.put(f"http://127.0.0.1:{self.services[0].port}/v1/brands/acme", json=BRAND) as answer:
                        if answer.status < 300:
                            break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
            await asyncio.gather(self.clients(session), self.kill_services(), self.kill_database())
        print(f"all accepted and all deaths died after {time.monotonic() - started:.0f} s; waiting for the ends", flush=True)
        quiet = time.monotonic()
        database = pymongo.MongoClient(self.uri)["postwright"]
        while time.monotonic() < quiet + 60:
            if all(state in TERMINAL for state in self.states(database).values()):
                break
            await asyncio.sleep(0.5)
        return self.judge(database, time.monotonic() - quiet)

    def judge(self, database, settled):
        states = self.states(database)
        accepted = set(self.ledger.values())
        unfinished = [id for id, state in states.items() if state not in TERMINAL]
        posts = list(database.posts.find({}, {"planID": 1, "slotID": 1}))
        slots = [(post.get("planID") or "", post["slotID"]) for post in posts]
        by_state = {state: list(states.values()).count(state) for state in sorted(set(states.values()))}
        again = [step["_id"] for step in database.steps.find({"finishedIn.1": {"$exists": True}})]
        failures = list(database.operations.find({"state": {"$in": ["failed", "partial"]}}, {"error": 1, "items": 1}).limit(5))
        faults = {
            "accepted operations lost": len(accepted - set(states)),
            "operations without a key of the ledger": len(set(states) - accepted),
            "keys that named two operations": len(self.different),
            "operations not terminal within 60 s": len(unfinished),
            "duplicate posts": len(slots) - len(set(slots)),
            "finished steps run again": len(again),
            "operations that did not succeed": len(failures),
        }
        print(f"seed {self.arguments.seed}: {len(accepted)} operations accepted ({by_state}), {len(posts)} posts")
        print(f"deaths: {self.deaths}; all ended {settled:.1f} s after the last one")
        for name, count in faults.items():
            print(f"{count:>6}  {name}")
        for failure in failures:
            print(f"        {failure}")
        return not any(faults.values())

    def stop(self):
        for part in self.services + [self.model, self.database]:
            part.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--operations", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=60, help="of the service")
    parser.add_argument("--database-kills", type=int, default=20)
    parser.add_argument("--only-places", action="store_true", help="die at named places only, never within a transaction")
    parser.add_argument("--binaries", default=".build/release")
    crash = Crash(parser.parse_args())
    print(f"seed {crash.arguments.seed}, logs in {crash.folder}", flush=True)
    try:
        succeeded = asyncio.run(crash.run())
    finally:
        crash.stop()
    if not succeeded:
        sys.exit(f"a promise was broken; the logs are in {crash.folder}")
    shutil.rmtree(crash.folder)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
