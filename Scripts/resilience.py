"""Measures what a failing model costs: how fast the first failure stops the rest, how many operations survive calls
that fail now and then, and how often an API that is down is asked. Exit code 0: every target was met."""

import argparse
import asyncio
import pathlib
import sys
import time

import aiohttp

from crash import BRAND, SHEET, TERMINAL
from parts import Stack

WRITER = "You write one social media post"


class Resilience:
    def __init__(self, arguments, stack):
        self.arguments, self.stack = arguments, stack
        self.service = stack.service(POSTWRIGHT_LOG_LEVEL="critical").start().wait_for_answer("/readyz")
        self.simulator = f"{stack.models.url}/_sim"
        self.url = f"{self.service.url}/v1"
        self.missed = []

    async def call(self, method, url, body=None):
        async with self.session.request(method, url, json=body) as answer:
            return await answer.json(content_type=None) if answer.status != 204 else None

    async def simulate(self, faults):
        await self.call("DELETE", self.simulator + "/requests")
        await self.call("PUT", self.simulator + "/faults", {"faults": faults})

    async def requests(self, path="/v1/chat/completions"):
        log = await self.call("GET", self.simulator + "/requests?limit=5000")
        return [item for item in log["items"] if item["path"] == path]

    async def outcome(self, operation, patience=120):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            state = await self.call("GET", f"{self.url}/operations/{operation}")
            if state["state"] in TERMINAL:
                return state
            await asyncio.sleep(0.01)
        return state

    async def accept(self, path, body):
        return (await self.call("POST", f"{self.url}/brands/acme/{path}", body))["operation"]["id"]

    def check(self, holds, what):
        print(("   met  " if holds else "MISSED  ") + what, flush=True)
        if not holds:
            self.missed.append(what)

    # The first failure stops the rest

    async def fail_fast(self):
        process = pathlib.Path(f"/proc/{self.service.process.pid}")
        gaps, late, wrong, descriptors = [], 0, 0, []
        for run in range(self.arguments.runs):
            await self.simulate([
                {"match": {"contains": WRITER}, "skip": 19, "times": 1, "action": {"type": "status", "status": 400}},
                {"match": {"contains": WRITER}, "times": 19, "action": {"type": "hang"}},
            ])  # fmt: skip
            state = await self.outcome(await self.accept("plans", {"posts": 20}))
            failed = [item for item in state["items"] if item["state"] == "failed"]
            wrong += state["state"] != "failed" or len(failed) != 1 or not failed[0]["id"].startswith("slot-")
            posts = [item for item in await self.requests() if WRITER in str(item["body"])]
            refused = [item["finishedAt"] for item in posts if item["outcome"] == "fault:status"]
            closed = [item["finishedAt"] for item in posts if item["outcome"] == "clientGone"]
            wrong += len(refused) != 1 or len(closed) != 19
            late += len(posts) != 20 or any(item["startedAt"] > refused[0] for item in posts)
            gaps += [time - refused[0] for time in closed]
            if run in (self.arguments.runs // 10, self.arguments.runs - 1):
                threads = len(list((process / "task").iterdir()))
                memory = int((process / "statm").read_text().split()[1]) * 4 / 1024
                descriptors.append((len(list((process / "fd").iterdir())), threads, round(memory, 1)))
        gaps.sort()
        p50, p99 = gaps[len(gaps) // 2], gaps[int(len(gaps) * 0.99)]
        self.check(p99 < 100, f"the other 19 connections closed after the failure: p50 {p50} ms, p99 {p99} ms, longest {gaps[-1]} ms")
        self.check(not late and not wrong, f"{self.arguments.runs} runs: {late} with a call after the failure, {wrong} with a wrong end")
        (files, threads, _), (files_end, threads_end, _) = descriptors[0], descriptors[-1]
        self.check(
            files_end <= files and threads_end <= threads,
            f"descriptors, threads and MB after a tenth of the runs {descriptors[0]}, at the end {descriptors[-1]}",
        )

    # A tenth of the calls fails

    async def transient(self):
        await self.simulate([{"match": {}, "probability": 0.1, "action": {"type": "status", "status": 503}}])
        count = self.arguments.operations
        numbers = iter(range(count))
        states = []

        async def client():
            for number in numbers:
                if number % 3 == 0:
                    body = {"platform": "instagram", "contentType": "post", "brief": f"the weight of kettle {number}"}
                    operation = await self.accept("posts", body)
                else:
                    body = {"content": SHEET.format(n=number, price=number % 90, weight=number), "kind": "productSheet"}
                    operation = await self.accept("documents", body)
                states.append((await self.outcome(operation))["state"])

        start = time.monotonic()
        await asyncio.gather(*(client() for _ in range(16)))
        share = states.count("succeeded") / count
        self.check(share >= 0.999, f"{share:.2%} of {count} operations succeed while 10 % of the calls fail ({time.monotonic() - start:.0f} s)")
        await self.simulate([])

    # Everything fails

    async def outage(self):
        await self.simulate([{"match": {"path": "/v1/chat/completions"}, "times": -1, "action": {"type": "status", "status": 503}}])
        offered = 100
        start = time.monotonic()
        operations = []
        for number in range(offered):
            operations.append(await self.accept("posts", {"platform": "instagram", "brief": f"kettle {number}"}))
            await asyncio.sleep(0.1)
        states = [(await self.outcome(operation, 300))["state"] for operation in operations]
        seen, length = len(await self.requests()), time.monotonic() - start
        probes = int(length / 30) + 1
        self.check(
            seen <= offered * 1.1 + probes,
            f"in an outage of {length:.0f} s an API that was offered {offered} calls saw {seen}, {probes} of them may be probes",
        )
        self.check(set(states) == {"failed"}, f"its operations ended as {set(states)}")
        await self.simulate([])
        again = await self.accept("posts", {"platform": "instagram", "brief": "kettle"})
        start = time.monotonic()
        state = (await self.outcome(again))["state"]
        self.check(state == "succeeded", f"after it an operation ended as {state} within {time.monotonic() - start:.0f} s")

    async def run(self):
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as self.session:
            await self.call("PUT", self.url + "/brands/acme", BRAND)
            await self.outcome(await self.accept("documents", {"content": SHEET.format(n=1, price=49, weight=900)}))
            await self.fail_fast()
            await self.transient()
            await self.outage()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="plans of 20 posts of which one fails")
    parser.add_argument("--operations", type=int, default=2000, help="while a tenth of the calls fails")
    parser.add_argument("--binaries", default=".build/release")
    options = parser.parse_args()
    with Stack(options.binaries, latency=20) as stack:
        measurement = Resilience(options, stack)
        asyncio.run(measurement.run())
        if measurement.missed:
            stack.keep = True
            sys.exit(f"{len(measurement.missed)} targets were missed")


if __name__ == "__main__":
    main()
