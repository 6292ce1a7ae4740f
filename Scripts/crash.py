"""Kills the service and the database over and over while clients work, and counts what was lost: nothing may be.

Two processes of the service share one database. Clients send documents, posts and plans under idempotency keys and
keep a ledger of every key that was accepted; a request whose answer was lost is sent again with its key. Meanwhile
the processes die, half of the time at a named place in the code (POSTWRIGHT_CRASH_AT), half of the time at random,
and so does the database. At the end the ledger is compared with the database. Exit code 0: every promise held.
"""

import argparse
import asyncio
import random
import sys
import time

import aiohttp
import pymongo

from parts import PartStopped, Stack

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


def starts(part, extra=None):
    """Whether the process comes as far as listening."""
    try:
        part.start(extra).wait()
        return True
    except PartStopped:
        return False


class Crash:
    def __init__(self, arguments, stack):
        self.arguments, self.stack = arguments, stack
        self.random = random.Random(arguments.seed)
        self.services = [stack.service() for _ in range(2)]
        self.ledger = {}
        self.different = []
        self.deaths = {"at a place": 0, "at random": 0, "database": 0}

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
                await asyncio.to_thread(service.stop if only_places else service.kill)
                place = f"{PLACES[(turn if only_places else turn // 4) % len(PLACES)]}:{self.random.randint(1, 6)}"
                await asyncio.to_thread(starts, service, {"POSTWRIGHT_CRASH_AT": place})
                deadline = time.monotonic() + 4
                while service.process.poll() is None and time.monotonic() < deadline:
                    await asyncio.sleep(0.02)
                self.deaths["at a place" if service.process.poll() is not None else "at random"] += 1
            else:
                await asyncio.sleep(self.random.uniform(0.2, 1.5))
                self.deaths["at random"] += 1
            await asyncio.to_thread(service.stop if only_places else service.kill)
            await asyncio.to_thread(starts, service)

    async def kill_database(self):
        for _ in range(self.arguments.database_kills):
            await asyncio.sleep(self.random.uniform(1, 4))
            self.stack.database.kill()
            self.deaths["database"] += 1
            await asyncio.to_thread(starts, self.stack.database)

    # The count

    def states(self, database):
        return {found["_id"]: found["state"] for found in database.operations.find({}, {"state": 1})}

    async def run(self):
        started = time.monotonic()
        for service in self.services:
            service.start().wait()
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
        database = pymongo.MongoClient(self.stack.settings["MONGODB_URI"])["postwright"]
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--operations", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=60, help="of the service")
    parser.add_argument("--database-kills", type=int, default=20)
    parser.add_argument("--only-places", action="store_true", help="die at named places only, never within a transaction")
    parser.add_argument("--binaries", default=".build/release")
    options = parser.parse_args()
    with Stack(options.binaries, latency=30, jitter=40, keep=True) as stack:
        print(f"seed {options.seed}", flush=True)
        if not asyncio.run(Crash(options, stack).run()):
            sys.exit("a promise was broken")
        stack.keep = False


if __name__ == "__main__":
    main()
