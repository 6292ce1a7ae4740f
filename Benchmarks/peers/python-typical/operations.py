"""Slow work as asyncio tasks, whose state is kept in MongoDB for clients to look at."""

import asyncio
import logging
import uuid

from planning import now

TERMINAL = {"succeeded", "failed", "cancelled", "partial"}


class Operations:
    def __init__(self, database):
        self.collection = database.operations
        self.tasks = {}

    async def begin(self, brand_id, kind, result_type, result_id, work, on_end=None):
        """Stores the operation and starts `work(report)`; `report(stage, done, total)` tells of its progress."""
        operation = {
            "id": uuid.uuid4().hex, "brandId": brand_id, "kind": kind, "state": "queued", "version": 1, "stage": "queued",
            "progress": {"done": 0, "total": 0}, "createdAt": now(), "updatedAt": now(),
            "result": {"type": result_type, "id": result_id},
        }  # fmt: skip
        await self.collection.insert_one({"_id": operation["id"]} | {key: operation[key] for key in operation if key != "id"})
        task = asyncio.create_task(self.run(operation, work, on_end))
        self.tasks[operation["id"]] = task
        task.add_done_callback(lambda _: self.tasks.pop(operation["id"], None))
        return operation

    async def update(self, id, **fields):
        await self.collection.update_one({"_id": id}, {"$set": fields | {"updatedAt": now()}, "$inc": {"version": 1}})

    async def run(self, operation, work, on_end):
        id, state, error = operation["id"], "succeeded", None

        async def report(stage, done, total):
            # Posts end in any order, and so may these writes.
            changes = {"stage": stage, "progress.total": total, "updatedAt": now()}
            await self.collection.update_one({"_id": id}, {"$set": changes, "$max": {"progress.done": done}, "$inc": {"version": 1}})

        try:
            await self.update(id, state="running")
            await work(report)
        except asyncio.CancelledError:
            state = "cancelled"
        except Exception as exception:
            logging.exception("operation %s failed", id)
            state, error = "failed", {"code": type(exception).__name__, "detail": "the work failed"}
        if on_end:
            await on_end(operation["result"]["id"], state)
        await self.update(id, state=state, stage="done", **({"error": error} if error else {}))
        return state

    def cancel(self, id):
        if task := self.tasks.get(id):
            task.cancel()

    async def wait(self, id, seconds):
        if task := self.tasks.get(id):
            await asyncio.wait({task}, timeout=seconds)
        return (await self.collection.find_one({"_id": id}))["state"]

    async def stop(self):
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
