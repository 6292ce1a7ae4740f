"""The peer in Python at its best: Starlette on uvloop and httptools, aiohttp as the client, orjson, numpy.

One process, so that an index is in memory once, and cancel and events need no messages between processes. Index work runs
in one thread beside the event loop, and searches that wait for it are scored together in one matrix product. What other
processes write comes through a change stream. Operations are asyncio tasks; they do not survive the process, which
Postwright's do, and their progress between stages is told to watchers without being stored.
"""

import os
from contextlib import asynccontextmanager

# One thread scores and the other processor serves: more threads of numpy's would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import aiohttp
import orjson
import uvicorn
from pymongo import AsyncMongoClient
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from knowledge import Knowledge
from operations import Operations
from plans import PlanWriter


class Service:
    def __init__(self, database, session, models):
        self.database = database
        self.knowledge = Knowledge(database, session, models)
        self.operations = Operations(database)
        self.plans = PlanWriter(database, self.knowledge, session, models)


service: Service


@asynccontextmanager
async def lifespan(app):
    global service
    client = AsyncMongoClient(os.environ["MONGODB_URI"], w="majority", journal=True)
    database = client[os.environ["PEER_DATABASE"]]
    await database.chunks.create_index([("brandId", 1), ("documentId", 1), ("version", 1)])
    await database.documents.create_index("brandId")
    await database.posts.create_index("planId")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), json_serialize=lambda v: orjson.dumps(v).decode()) as session:
        service = Service(database, session, os.environ["MODEL_BASE_URL"])
        async with service.knowledge.following():
            yield
        await service.operations.stop()
    await client.close()


def answer(value, status=200):
    return Response(orjson.dumps(value), status, media_type="application/json")


async def read(request, **members):
    """The members of the body, each of the type that is given or of that of its default."""
    try:
        body = orjson.loads(await request.body())
        values = {}
        for name, default in members.items():
            is_type = isinstance(default, type)
            value = body[name] if is_type else body.get(name, default)
            if not isinstance(value, default if is_type else type(default)):
                raise TypeError(name)
            values[name] = value
        return values
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise HTTPException(422, f"not valid: {error}") from None


async def find(collection, id):
    found = await service.database[collection].find_one({"_id": id})
    if found is None:
        raise HTTPException(404)
    return {"id": found.pop("_id")} | found


async def operation_of(request):
    id = request.path_params["operation"]
    return service.operations.running.get(id) or await find("operations", id)


async def health(request):
    return answer({"status": "ok"})


async def put_brand(request):
    id, fields = request.path_params["brand"], await read(request, name=str, identity={}, goals=[])
    result = await service.database.brands.update_one({"_id": id}, {"$set": fields}, upsert=True)
    service.knowledge.forget_brand(id)
    return answer({"id": id} | fields, 200 if result.matched_count else 201)


async def put_document(request):
    brand = await service.knowledge.brand(request.path_params["brand"])
    fields = await read(request, title="", kind="other", format="markdown", content=str)
    stored = await service.knowledge.accept(brand, request.path_params["document"], fields)
    operation, task = await service.operations.begin(
        brand["id"], "ingestDocument", "document", stored["id"], lambda report: service.knowledge.ingest(brand, stored, fields["content"])
    )
    preference = request.headers.get("prefer", "")
    if preference.startswith("wait=") and await service.operations.wait(task, float(preference[5:])) == "succeeded":
        return answer(await service.knowledge.document(brand["id"], stored["id"]), 201)
    return answer({"document": stored, "operation": operation}, 202)


async def search(request):
    brand = await service.knowledge.brand(request.path_params["brand"])
    asked = await read(request, query=str, limit=8, mode="hybrid")
    return answer({"passages": (await service.knowledge.search(brand, [asked["query"]], asked["limit"], asked["mode"]))[0]})


async def post_plan(request):
    brand = await service.knowledge.brand(request.path_params["brand"])
    plan = await service.plans.accept(brand, await read(request, posts=int, period={"days": 7}, channels=list))
    operation, _ = await service.operations.begin(
        brand["id"], "generatePlan", "plan", plan["id"], lambda report: service.plans.run(brand, plan, report), service.plans.end
    )
    return answer({"plan": plan, "operation": operation}, 202)


async def get_plan(request):
    plan = await find("plans", request.path_params["plan"])
    return answer(plan | {"posts": await service.plans.posts(plan["id"])})


async def get_operation(request):
    return answer(await operation_of(request))


async def cancel(request):
    operation = await operation_of(request)
    service.operations.cancel(operation["id"])
    return answer(operation, 202)


async def events(request):
    operation = await operation_of(request)
    return StreamingResponse(service.operations.events(operation, find), media_type="text/event-stream")


async def refuse(request, error):
    return answer({"status": error.status_code, "detail": error.detail}, error.status_code)


app = Starlette(
    exception_handlers={HTTPException: refuse},
    routes=[
        Route("/healthz", health),
        Route("/v1/brands/{brand}", put_brand, methods=["PUT"]),
        Route("/v1/brands/{brand}/documents/{document}", put_document, methods=["PUT"]),
        Route("/v1/brands/{brand}/search", search, methods=["POST"]),
        Route("/v1/brands/{brand}/plans", post_plan, methods=["POST"]),
        Route("/v1/plans/{plan}", get_plan),
        Route("/v1/operations/{operation}", get_operation),
        Route("/v1/operations/{operation}/cancel", cancel, methods=["POST"]),
        Route("/v1/operations/{operation}/events", events),
    ],
    lifespan=lifespan,
)

if __name__ == "__main__":
    port = int(os.environ["PEER_PORT"])
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", http="httptools", access_log=False, log_level="warning", backlog=4096)
