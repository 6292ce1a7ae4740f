"""Documents in, passages out: langchain's splitters and its MongoDB store, numpy and rank-bm25 for the search."""

import asyncio
import re
from collections import defaultdict

import numpy as np
from fastapi.concurrency import run_in_threadpool
from langchain_core.documents import Document
from langchain_mongodb import MongoDBAtlasVectorSearch
from langchain_openai import OpenAIEmbeddings
from langchain_text_splitters import MarkdownHeaderTextSplitter, RecursiveCharacterTextSplitter
from pymongo import ReturnDocument
from rank_bm25 import BM25Okapi

from planning import CONTRACT, now


def tokenize(text):
    return re.findall(r"\w+", text.lower())


class BrandIndex:
    """All chunks of a brand in memory."""

    def __init__(self):
        self.lock = asyncio.Lock()
        self.revision = -1
        self.versions = {}
        self.documents = {}
        self.chunks = []

    def build(self):
        self.chunks = [chunk for chunks in self.documents.values() for chunk in chunks]
        if self.chunks:
            self.vectors = np.stack([chunk["vector"] for chunk in self.chunks])
            self.bm25 = BM25Okapi([tokenize(chunk["text"]) for chunk in self.chunks])

    def top(self, query, vector, limit, mode):
        if not self.chunks:
            return []
        vectors = np.clip(self.vectors @ vector, 0, None) if mode != "text" else None
        words = self.bm25.get_scores(tokenize(query)) if mode != "vector" else None
        if words is not None and (best := words.max()) > 0:
            words = words / best
        scores = {"vector": vectors, "text": words}.get(mode)
        scores = (vectors + words) / 2 if scores is None else scores
        return [self.passage(index, float(scores[index])) for index in np.argsort(-scores)[:limit]]

    def passage(self, index, score):
        chunk = self.chunks[index]
        return {key: chunk[key] for key in ("chunkId", "documentId", "documentTitle", "headingPath", "text")} | {"score": score}


class Knowledge:
    def __init__(self, database, chunks, models):
        self.database = database
        self.embeddings = OpenAIEmbeddings(
            model="sim", base_url=models, api_key="none", check_embedding_ctx_length=False, chunk_size=CONTRACT["embeddingBatch"]
        )
        self.store = MongoDBAtlasVectorSearch(chunks, self.embeddings, auto_create_index=False)
        self.headers = MarkdownHeaderTextSplitter([("#", "1"), ("##", "2"), ("###", "3")])
        self.splitter = RecursiveCharacterTextSplitter(chunk_size=CONTRACT["chunk"]["characters"], chunk_overlap=0)
        self.indexes = defaultdict(BrandIndex)

    # Documents

    async def accept(self, brand_id, id, fields):
        stored = await self.database.documents.find_one_and_update(
            {"_id": f"{brand_id}/{id}"},
            {
                "$set": fields | {"brandId": brand_id, "state": "queued", "updatedAt": now()},
                "$setOnInsert": {"createdAt": now(), "chunks": 0, "activeVersion": 0},
                "$inc": {"version": 1},
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return self.shown(stored)

    async def document(self, brand_id, id):
        return self.shown(await self.database.documents.find_one({"_id": f"{brand_id}/{id}"}))

    @staticmethod
    def shown(stored):
        return {"id": stored["_id"].split("/")[1]} | {k: v for k, v in stored.items() if k not in ("_id", "content", "activeVersion")}

    async def ingest(self, brand, document, content):
        pieces = self.splitter.split_documents(self.headers.split_text(content))
        prefix = f"{document['id']}.{document['version']}."
        chunks = []
        for number, piece in enumerate(pieces):
            path = list(piece.metadata.values())
            header = " > ".join(dict.fromkeys([brand["name"], document["title"], *path]))
            fields = {
                "brandId": brand["id"], "documentId": document["id"], "documentTitle": document["title"], "version": document["version"],
                "chunkId": f"{prefix}{number}", "headingPath": path, "shown": piece.page_content,
            }  # fmt: skip
            chunks.append(Document(page_content=f"{header}\n{piece.page_content}", metadata=fields))
        if chunks:
            await self.store.aadd_documents(chunks, ids=[f"{brand['id']}/{chunk.metadata['chunkId']}" for chunk in chunks])
        await self.activate(brand["id"], document, len(chunks))

    async def activate(self, brand_id, document, count):
        of_document = {"brandId": brand_id, "documentId": document["id"]}
        await self.database.documents.update_one(
            {"_id": f"{brand_id}/{document['id']}"},
            {"$set": {"state": "ready", "chunks": count, "activeVersion": document["version"], "updatedAt": now()}},
        )
        await self.database.chunks.delete_many(of_document | {"version": {"$ne": document["version"]}})
        await self.database.brands.update_one({"_id": brand_id}, {"$inc": {"revision": 1}})

    # Search

    async def index(self, brand):
        """The brand's index, with what any process has written until now."""
        index = self.indexes[brand["id"]]
        async with index.lock:
            if index.revision != brand["revision"]:
                await self.refresh(index, brand)
        return index

    async def refresh(self, index, brand):
        listed = self.database.documents.find({"brandId": brand["id"], "activeVersion": {"$gt": 0}}, {"activeVersion": 1})
        active = {record["_id"]: record["activeVersion"] async for record in listed}
        changed = [id for id, version in active.items() if index.versions.get(id) != version]
        loaded = defaultdict(list)
        for start in range(0, len(changed), 100):
            ids = [id.split("/")[1] for id in changed[start : start + 100]]
            async for chunk in self.database.chunks.find({"brandId": brand["id"], "documentId": {"$in": ids}}):
                if chunk["version"] == active[f"{brand['id']}/{chunk['documentId']}"]:
                    chunk["text"], chunk["vector"] = chunk.pop("shown"), np.array(chunk.pop("embedding"), np.float32)
                    loaded[f"{brand['id']}/{chunk['documentId']}"].append(chunk)
        index.documents = {id: loaded[id] if id in loaded else index.documents.get(id, []) for id in active}
        await run_in_threadpool(index.build)
        index.versions, index.revision = active, brand["revision"]

    async def search(self, brand, queries, limit, mode="hybrid"):
        index = await self.index(brand)
        # One request for all queries, as the API takes up to 2,048 texts.
        vectors = await self.embeddings.aembed_documents(queries, chunk_size=2048) if mode != "text" else [[]] * len(queries)
        return await run_in_threadpool(
            lambda: [index.top(query, np.array(vector, np.float32), limit, mode) for query, vector in zip(queries, vectors, strict=True)]
        )
