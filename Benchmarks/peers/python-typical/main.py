"""The peer as most teams write it: FastAPI on uvicorn, the openai SDK, langchain-mongodb, rank-bm25.

One process: chunks and operations are in its memory, as with most such services. Operations are asyncio tasks; they do
not survive the process, which Postwright's do. There is no vector search server, so vectors are loaded from MongoDB and
scored with numpy; BM25 is rank-bm25, which is built anew whenever a document changes. Each search asks the database
whether the brand has changed, and each event stream asks it once a second for the operation.
"""

import asyncio
import json
import os
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Response
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel, Field
from pymongo import AsyncMongoClient, MongoClient

from knowledge import Knowledge
from operations import TERMINAL, Operations
from plans import PlanWriter

URI, DATABASE, MODELS = os.environ["MONGODB_URI"], os.environ["PEER_DATABASE"], os.environ["MODEL_BASE_URL"]
DURABLE = {"w": "majority", "journal": True}


class Brand(BaseModel):
    name: str
    identity: dict = {}
    goals: list[str] = []


class Document(BaseModel):
    title: str = ""
    kind: str = "other"
    format: str = "markdown"
    content: str


class Search(BaseModel):
    query: str
    limit: int = Field(8, ge=1, le=50)
    mode: str = "hybrid"


class Period(BaseModel):
    days: int = Field(7, ge=1, le=31)


class Channel(BaseModel):
    platform: str
    contentTypes: list[str] = ["post"]


class Plan(BaseModel):
    posts: int = Field(ge=1)
    period: Period = Period()
    channels: list[Channel]


@asynccontextmanager
async def lifespan(app: FastAPI):
    client, blocking = AsyncMongoClient(URI, **DURABLE), MongoClient(URI, **DURABLE)
    app.state.database = database = client[DATABASE]
    await database.chunks.create_index([("brandId", 1), ("documentId", 1), ("version", 1)])
    await database.documents.create_index("brandId")
    await database.posts.create_index("planId")
    app.state.knowledge = Knowledge(database, blocking[DATABASE].chunks, MODELS)
    app.state.operations = Operations(database)
    model = AsyncOpenAI(base_url=MODELS, api_key="none")
    app.state.plans = PlanWriter(database, app.state.knowledge, model)
    yield
    await app.state.operations.stop()
    await client.close()
    blocking.close()


app = FastAPI(lifespan=lifespan)


async def find(collection: str, id: str) -> dict:
    found = await app.state.database[collection].find_one({"_id": id})
    if not found:
        raise HTTPException(404)
    found["id"] = found.pop("_id")
    return found


@app.get("/healthz")
async def health():
    return {"status": "ok"}


@app.put("/v1/brands/{brand_id}")
async def put_brand(brand_id: str, brand: Brand, response: Response):
    result = await app.state.database.brands.update_one(
        {"_id": brand_id}, {"$set": brand.model_dump(), "$setOnInsert": {"revision": 0}}, upsert=True
    )
    response.status_code = 200 if result.matched_count else 201
    return {"id": brand_id, **brand.model_dump()}


@app.put("/v1/brands/{brand_id}/documents/{document_id}", status_code=202)
async def put_document(brand_id: str, document_id: str, document: Document, response: Response, prefer: str = Header("")):
    brand, operations, knowledge = await find("brands", brand_id), app.state.operations, app.state.knowledge
    stored = await knowledge.accept(brand_id, document_id, document.model_dump())
    operation = await operations.begin(
        brand_id, "ingestDocument", "document", document_id, lambda report: knowledge.ingest(brand, stored, document.content)
    )
    if prefer.startswith("wait=") and await operations.wait(operation["id"], float(prefer[5:])) == "succeeded":
        response.status_code = 201
        return await knowledge.document(brand_id, document_id)
    return {"document": stored, "operation": operation}


@app.post("/v1/brands/{brand_id}/search")
async def search(brand_id: str, request: Search):
    brand = await find("brands", brand_id)
    return {"passages": (await app.state.knowledge.search(brand, [request.query], request.limit, request.mode))[0]}


@app.post("/v1/brands/{brand_id}/plans", status_code=202)
async def post_plan(brand_id: str, request: Plan):
    brand, plans = await find("brands", brand_id), app.state.plans
    plan = await plans.accept(brand, request.model_dump())
    operation = await app.state.operations.begin(
        brand_id, "generatePlan", "plan", plan["id"], lambda report: plans.run(brand, plan, report), on_end=plans.end
    )
    return {"plan": plan, "operation": operation}


@app.get("/v1/plans/{plan_id}")
async def get_plan(plan_id: str):
    return await app.state.plans.plan(await find("plans", plan_id))


@app.get("/v1/operations/{operation_id}")
async def get_operation(operation_id: str):
    return await find("operations", operation_id)


@app.post("/v1/operations/{operation_id}/cancel", status_code=202)
async def cancel(operation_id: str):
    app.state.operations.cancel(operation_id)
    return await find("operations", operation_id)


@app.get("/v1/operations/{operation_id}/events")
async def events(operation_id: str):
    await find("operations", operation_id)

    async def stream():
        version = 0
        while True:
            operation = await find("operations", operation_id)
            if operation["version"] > version:
                version = operation["version"]
                yield f"event: operation\nid: {version}\ndata: {json.dumps(operation)}\n\n"
                if operation["state"] in TERMINAL:
                    return
            await asyncio.sleep(1)

    return StreamingResponse(stream(), media_type="text/event-stream")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PEER_PORT"]), log_level="warning")
