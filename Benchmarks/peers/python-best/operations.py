"""Slow work as asyncio tasks: their state is in memory while they run, and in MongoDB at each stage and at the end."""

import asyncio
import logging
import uuid

import orjson

from planning import now

TERMINAL = {"succeeded", "failed", "cancelled", "partial"}
KEEP_ALIVE, POLL = 15, 1


class Operations:
    def __init__(self, database):
        self.collection = database.operations
        self.running = {}
        self.tasks = {}
        self.watchers = {}

    async def begin(self, brand_id, kind, result_type, result_id, work, on_end=None):
        """Stores the operation and starts `work(report)`; `report(done, total, stage)` tells of its progress."""
        operation = {
            "id": uuid.uuid4().hex, "brandId": brand_id, "kind": kind, "state": "queued", "version": 1, "stage": "queued",
            "progress": {"done": 0, "total": 0}, "createdAt": now(), "updatedAt": now(),
            "result": {"type": result_type, "id": result_id},
        }  # fmt: skip
        await self.save(operation)
        id = operation["id"]
        self.running[id] = operation
        self.tasks[id] = task = asyncio.create_task(self.run(operation, work, on_end))
        return operation | {}, task

    async def save(self, operation):
        fields = {key: value for key, value in operation.items() if key != "id"}
        await self.collection.replace_one({"_id": operation["id"]}, fields, upsert=True)

    def change(self, operation, **fields):
        operation.update(fields, version=operation["version"] + 1, updatedAt=now())
        for watcher in self.watchers.get(operation["id"], ()):
            watcher.set()

    async def run(self, operation, work, on_end):
        async def report(done, total, stage=None):
            self.change(operation, progress={"done": done, "total": total}, stage=stage or operation["stage"])
            if stage:
                await self.save(operation)

        state, error = "succeeded", {}
        self.change(operation, state="running")
        try:
            await work(report)
        except asyncio.CancelledError:
            state = "cancelled"
        except Exception as exception:
            logging.exception("operation %s failed", operation["id"])
            state, error = "failed", {"error": {"code": type(exception).__name__, "detail": "the work failed"}}
        if on_end:
            await on_end(operation["result"]["id"], state)
        await self.save(operation | error | {"state": state, "stage": "done", "version": operation["version"] + 1})
        self.change(operation, state=state, stage="done", **error)
        del self.running[operation["id"]], self.tasks[operation["id"]]
        return state

    def cancel(self, id):
        if task := self.tasks.get(id):
            task.cancel()

    async def wait(self, task, seconds):
        done, _ = await asyncio.wait({task}, timeout=seconds)
        return task.result() if done else "running"

    async def events(self, operation, find):
        """Server-sent events until the end; an operation of another process is looked up each second."""
        version, watcher = 0, asyncio.Event()
        watchers = self.watchers.setdefault(operation["id"], set())
        watchers.add(watcher)
        try:
            while True:
                if operation["version"] > version:
                    version = operation["version"]
                    yield b"event: operation\nid: %d\ndata: %b\n\n" % (version, orjson.dumps(operation))
                if operation["state"] in TERMINAL:
                    return
                is_own = operation["id"] in self.running
                try:
                    await asyncio.wait_for(watcher.wait(), KEEP_ALIVE if is_own else POLL)
                    watcher.clear()
                except TimeoutError:
                    yield b": waiting\n\n"
                if not is_own:
                    operation = await find("operations", operation["id"])
        finally:
            watchers.discard(watcher)
            if not watchers:
                self.watchers.pop(operation["id"], None)

    async def stop(self):
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
