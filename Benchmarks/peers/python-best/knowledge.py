"""Documents in, passages out: vectors in one numpy matrix, words in an inverted index, both kept up to date in place."""

import asyncio
import contextlib
import math
import re
from array import array
from base64 import b64decode
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import orjson
from bson.binary import Binary
from pymongo import InsertOne, ReturnDocument
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from planning import CONTRACT, now

TARGET = CONTRACT["chunk"]["characters"]
VECTOR, FLOAT32 = 9, b"\x27\x00"  # BSON's vectors: the subtype, and the element type with its padding.
SATURATION, LENGTH_WEIGHT = 1.2, 0.75
WORD, HEADING, SENTENCE = re.compile(r"\w+"), re.compile(r"(#{1,6})\s+(.*)"), re.compile(r"(?<=[.!?])\s+")


def tokenize(text):
    return WORD.findall(text.lower())


def cut(content):
    """Pieces of about the target's length, each with the headings that it stands under."""
    path, blocks, pieces = {}, [], []

    def flush():
        if blocks:
            pieces.append((list(path.values()), "\n\n".join(blocks)))
            blocks.clear()

    for block in re.split(r"\n\s*\n", content):
        if heading := HEADING.match(block := block.strip()):
            flush()
            level, (title, _, block) = len(heading[1]), heading[2].partition("\n")
            path = {key: value for key, value in path.items() if key < level} | {level: title.strip()}
        for part in parts(block.strip()):
            if sum(map(len, blocks)) + len(part) > TARGET:
                flush()
            blocks.append(part)
    flush()
    return pieces


def parts(block):
    """The block, or where it is too long its sentences, joined to the target's length."""
    if len(block) <= TARGET * 1.4:
        return [block] if block else []
    joined = [""]
    for sentence in SENTENCE.split(block):
        if joined[-1] and len(joined[-1]) + len(sentence) > TARGET:
            joined.append("")
        joined[-1] += (" " if joined[-1] else "") + sentence
    return joined


class BrandIndex:
    """All chunks of a brand. Rows are appended; those of replaced documents are dead until half of all are."""

    def __init__(self):
        self.versions = {}
        self.clear()

    def clear(self):
        self.rows_of, self.chunks, self.lengths, self.has_dead = {}, [], array("I"), False
        self.vectors = self.alive = self.norms = None
        self.postings = defaultdict(lambda: (array("I"), array("H")))

    def replace(self, document, version, chunks, vectors):
        """Puts a document's chunks in the place of its former ones; False when it has this version or a newer one."""
        if self.versions.get(document, 0) >= version:
            return False
        self.versions[document] = version
        self.norms = None
        for row in self.rows_of.pop(document, ()):
            self.alive[row] = 0
            self.chunks[row] = None
            self.has_dead = True
        first = len(self.chunks)
        self.reserve(first + len(chunks), vectors.shape[1] if len(chunks) else 0)
        self.vectors[first : first + len(chunks)] = vectors
        self.alive[first : first + len(chunks)] = 1
        self.rows_of[document] = range(first, first + len(chunks))
        for row, chunk in enumerate(chunks, first):
            words = tokenize(chunk["text"])
            self.chunks.append(chunk)
            self.lengths.append(len(words))
            for word, count in Counter(words).items():
                rows, counts = self.postings[word]
                rows.append(row)
                counts.append(count)
        if len(self.chunks) > 64 and sum(map(len, self.rows_of.values())) * 2 < len(self.chunks):
            self.compact()
        return True

    def reserve(self, count, dimensions):
        held = 0 if self.vectors is None else len(self.vectors)
        if count <= held and self.vectors is not None:
            return
        capacity = max(1024, count, held * 3 // 2)
        vectors, alive = np.zeros((capacity, dimensions or 1), np.float32), np.zeros(capacity, np.float32)
        if held:
            vectors[:held], alive[:held] = self.vectors, self.alive
        self.vectors, self.alive = vectors, alive

    def compact(self):
        held = [
            (id, self.versions.pop(id), [self.chunks[row] for row in rows], self.vectors[rows.start : rows.stop])
            for id, rows in self.rows_of.items()
        ]
        self.clear()
        for document in held:
            self.replace(*document)

    def top(self, queries):
        """The passages of each query (text, vector, limit, mode): all vectors in one product."""
        count = len(self.chunks)
        if not count or not self.rows_of:
            return [[] for _ in queries]
        meant = [index for index, query in enumerate(queries) if query[3] != "text"]
        cosines = {}
        if meant:
            product = self.product(np.stack([queries[index][1] for index in meant]), count)
            cosines = dict(zip(meant, np.maximum(product, 0, out=product), strict=True))
        return [self.ranked(cosines.get(index), *query) for index, query in enumerate(queries)]

    def product(self, vectors, count):
        """The cosines of each query, the fast way: by one vector, or in the order that is faster for several."""
        rows = self.vectors[:count]
        return (rows @ vectors[0])[None] if len(vectors) == 1 else np.ascontiguousarray((rows @ vectors.T).T)

    def ranked(self, cosines, text, _, limit, mode):
        words = self.words(text) if mode != "vector" else None
        scores = words if cosines is None else cosines if words is None else (cosines + words) * np.float32(0.5)
        if self.has_dead:
            scores = scores * self.alive[: len(scores)]
        limit = min(limit, len(scores))
        best = np.argpartition(scores, len(scores) - limit)[-limit:]
        best = best[np.argsort(-scores[best])]
        return [self.chunks[row] | {"score": float(scores[row])} for row in best if self.chunks[row]]

    def words(self, text):
        """BM25, as a part of the best that any chunk has."""
        if self.norms is None:
            lengths = np.array(self.lengths, np.float32)
            self.norms = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT / max(1, lengths.mean()) * lengths)
        count, scores = len(self.norms), np.zeros(len(self.norms), np.float32)
        for word in set(tokenize(text)) & self.postings.keys():
            rows, counts = (np.frombuffer(part, part.typecode) for part in self.postings[word])
            weight = np.float32(math.log(1 + (count - len(rows) + 0.5) / (len(rows) + 0.5)) * (SATURATION + 1))
            counts = counts.astype(np.float32)
            scores[rows] += weight * counts / (counts + self.norms[rows])
        best = scores.max()
        return scores / best if best > 0 else scores


class Brand:
    """What is in memory of a brand: its index, and the searches that wait to be scored together."""

    def __init__(self):
        self.lock = asyncio.Lock()
        self.index = None
        self.waiting = []
        self.is_scoring = False


class Knowledge:
    def __init__(self, database, session, models):
        self.database, self.session, self.url = database, session, models + "/embeddings"
        self.thread = ThreadPoolExecutor(1, "index")
        self.brands = defaultdict(Brand)
        self.known = {}

    def in_thread(self, work, *arguments):
        return asyncio.get_running_loop().run_in_executor(self.thread, work, *arguments)

    async def brand(self, id):
        if id not in self.known:
            found = await self.database.brands.find_one({"_id": id})
            if found is None:
                raise HTTPException(404)
            self.known[id] = {"id": id, "name": found["name"], "identity": found["identity"], "goals": found["goals"]}
        return self.known[id]

    def forget_brand(self, id):
        self.known.pop(id, None)

    async def embed(self, texts):
        body = {"model": "sim", "input": texts, "encoding_format": "base64"}
        async with self.session.post(self.url, json=body) as response:
            response.raise_for_status()
            data = orjson.loads(await response.read())["data"]
        return np.stack([np.frombuffer(b64decode(item["embedding"]), "<f4") for item in data])

    # Documents

    async def accept(self, brand, id, fields):
        stored = await self.database.documents.find_one_and_update(
            {"_id": f"{brand['id']}/{id}"},
            {
                "$set": fields | {"brandId": brand["id"], "state": "queued", "updatedAt": now()},
                "$setOnInsert": {"createdAt": now(), "chunks": 0, "activeVersion": 0},
                "$inc": {"version": 1},
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
            projection={"content": 0},
        )
        return self.shown(stored)

    async def document(self, brand_id, id):
        return self.shown(await self.database.documents.find_one({"_id": f"{brand_id}/{id}"}, {"content": 0}))

    @staticmethod
    def shown(stored):
        stored.pop("activeVersion")
        return {"id": stored.pop("_id").split("/")[1]} | stored

    async def ingest(self, brand, document, content):
        id, version = document["id"], document["version"]
        chunks = [
            {"chunkId": f"{id}.{version}.{n}", "documentId": id, "documentTitle": document["title"], "headingPath": path, "text": text}
            for n, (path, text) in enumerate(cut(content))
        ]
        headed = [
            " > ".join(dict.fromkeys([brand["name"], document["title"], *c["headingPath"]])) + "\n" + c["text"] for c in chunks
        ]
        size = CONTRACT["embeddingBatch"]
        batches = [range(start, min(start + size, len(chunks))) for start in range(0, len(chunks), size)]
        gate = asyncio.Semaphore(2)

        async def store(batch):
            async with gate:
                vectors = await self.embed(headed[batch.start : batch.stop])
            extra = {"brandId": brand["id"], "version": version}
            writes = [
                InsertOne(
                    {"_id": f"{brand['id']}/{chunks[n]['chunkId']}", "embedding": Binary(FLOAT32 + vector.tobytes(), VECTOR)}
                    | extra | chunks[n]
                )
                for n, vector in zip(batch, vectors, strict=True)
            ]  # fmt: skip
            await self.database.chunks.bulk_write(writes, ordered=False)
            return vectors

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(store(batch)) for batch in batches]
        vectors = np.concatenate([task.result() for task in tasks]) if tasks else np.zeros((0, 1), np.float32)
        await self.activate(brand["id"], document, chunks, vectors)

    async def activate(self, brand_id, document, chunks, vectors):
        ready = {"state": "ready", "chunks": len(chunks), "activeVersion": document["version"], "updatedAt": now()}
        await self.database.documents.update_one({"_id": f"{brand_id}/{document['id']}"}, {"$set": ready})
        if document["version"] > 1:
            old = {"brandId": brand_id, "documentId": document["id"], "version": {"$lt": document["version"]}}
            await self.database.chunks.delete_many(old)
        if (brand := self.brands[brand_id]).index:
            await self.in_thread(brand.index.replace, document["id"], document["version"], chunks, vectors)

    # The index

    async def load(self, brand_id, index, ids=None):
        """Reads the active chunks of the given documents, or of all."""
        chosen = {"brandId": brand_id, "activeVersion": {"$gt": 0}} | ({"_id": {"$in": ids}} if ids else {})
        listed = self.database.documents.find(chosen, {"activeVersion": 1})
        active = {record["_id"].split("/")[1]: record["activeVersion"] async for record in listed}
        active = {id: version for id, version in active.items() if index.versions.get(id, 0) < version}
        names = list(active)
        for start in range(0, len(names), 50):
            found = defaultdict(lambda: ([], []))
            wanted = {"brandId": brand_id, "documentId": {"$in": names[start : start + 50]}}
            async for record in self.database.chunks.find(wanted, batch_size=5000):
                if record["version"] == active[record["documentId"]]:
                    chunks, vectors = found[record["documentId"]]
                    vectors.append(np.frombuffer(record["embedding"], "<f4", offset=2))
                    chunks.append({k: record[k] for k in ("chunkId", "documentId", "documentTitle", "headingPath", "text")})
            for document, (chunks, vectors) in found.items():
                await self.in_thread(index.replace, document, active[document], chunks, np.stack(vectors))

    async def index(self, brand_id):
        brand = self.brands[brand_id]
        if brand.index is None:
            async with brand.lock:
                if brand.index is None:
                    index = BrandIndex()
                    await self.load(brand_id, index)
                    brand.index = index
        return brand

    @contextlib.asynccontextmanager
    async def following(self):
        """Keeps the indexes equal to the database, whichever process writes."""
        began = asyncio.Event()
        task = asyncio.create_task(self.follow(began))
        await began.wait()
        try:
            yield
        finally:
            task.cancel()
            self.thread.shutdown()

    async def follow(self, began):
        while True:
            with contextlib.suppress(PyMongoError):
                async with await self.database.documents.watch([], max_await_time_ms=1000) as stream:
                    began.set()
                    async for change in stream:
                        if change.get("updateDescription", {}).get("updatedFields", {}).get("state") == "ready":
                            await self.apply(change["documentKey"]["_id"])
            # What was written meanwhile is not known: all is read again when it is searched.
            self.brands.clear()
            self.known.clear()
            await asyncio.sleep(1)

    async def apply(self, key):
        brand_id, id = key.split("/")
        if brand_id not in self.brands:
            return
        brand = self.brands[brand_id]
        async with brand.lock:
            if brand.index:
                await self.load(brand_id, brand.index, [key])

    # Search

    async def search(self, brand, queries, limit, mode="hybrid"):
        # One request for all queries, as the API takes up to 2,048 texts.
        vectors = await self.embed(queries) if mode != "text" else [None] * len(queries)
        held = await self.index(brand["id"])
        future = asyncio.get_running_loop().create_future()
        held.waiting.append(([(query, vector, limit, mode) for query, vector in zip(queries, vectors, strict=True)], future))
        if not held.is_scoring:
            held.is_scoring = True
            asyncio.create_task(self.score(held))
        return await future

    async def score(self, held):
        """Scores all that wait, until nothing does."""
        try:
            while held.waiting:
                waiting, held.waiting = held.waiting[:16], held.waiting[16:]
                try:
                    found = iter(await self.in_thread(held.index.top, [query for queries, _ in waiting for query in queries]))
                except Exception as error:
                    for _, future in waiting:
                        future.cancelled() or future.set_exception(error)
                    continue
                for queries, future in waiting:
                    answers = [next(found) for _ in queries]
                    future.cancelled() or future.set_result(answers)
        finally:
            held.is_scoring = False
