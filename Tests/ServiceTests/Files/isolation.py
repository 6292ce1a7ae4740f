"""Random calls of one workspace with the ids of another, over every REST route and every field of GraphQL.

Arguments: base URL, key of workspace one, key of workspace two, number of calls, seed. Both workspaces are filled first; every text in
them has the workspace's canary. Prints as JSON how many calls were made, and each answer that has a foreign canary, or that did
something to what is another's.
"""

import asyncio
import json
import random
import sys

import aiohttp

BASE, KEYS, COUNT = sys.argv[1], sys.argv[2:4], int(sys.argv[4])
RNG = random.Random(int(sys.argv[5]))
CANARIES = ["CANARYONEq7", "CANARYTWOz9"]
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082")


class Client:
    def __init__(self, session, key):
        self.session, self.headers = session, {"authorization": "Bearer " + key}

    async def call(self, method, path, body=None, headers=None, data=None):
        async with self.session.request(method, BASE + path, json=body, data=data, headers=self.headers | (headers or {})) as response:
            return response.status, await response.text(errors="replace")

    async def json(self, *arguments, **more):
        status, text = await self.call(*arguments, **more)
        assert status < 300, (arguments, status, text)
        return json.loads(text)


async def fill(client, canary):
    """Makes one of everything, under ids that the other workspace does not have."""
    brand = "brand-" + canary.lower()
    hook = await client.json("POST", "/v1/webhooks", {"url": f"http://127.0.0.1:9/{canary}"})
    await client.json("PUT", f"/v1/brands/{brand}", {
        "name": f"Brand {canary}", "identity": {"voice": f"voice {canary}", "languages": ["en"]}, "metadata": {"secret": canary}})
    document = "document-" + canary
    text = f"# Sheet {canary}\n\nThe product {canary} costs 49 euro and weighs 900 grams.\n\n## Care\n\nRinse the {canary} once a week."
    await client.json("PUT", f"/v1/brands/{brand}/documents/{document}", {"content": text, "metadata": {"secret": canary}},
                      headers={"prefer": "wait=30"})
    post = await client.json("POST", f"/v1/brands/{brand}/posts", {"platform": "x", "brief": f"the price of {canary}"},
                             headers={"prefer": "wait=30"})
    plan = await client.json("POST", f"/v1/brands/{brand}/plans", {"posts": 2, "goals": [canary]}, headers={"prefer": "wait=30"})
    media = await client.json("POST", f"/v1/brands/{brand}/media", data=PNG, headers={"content-type": "image/png"})
    operations = await client.json("GET", "/v1/operations")
    keys = await client.json("GET", "/v1/keys")
    deliveries = []
    while not deliveries:
        deliveries = (await client.json("GET", f"/v1/webhooks/{hook['id']}/deliveries"))["items"]
        await asyncio.sleep(0.1)
    chunks = await client.json("GET", f"/v1/brands/{brand}/documents/{document}/chunks")
    return {
        "brandId": [brand], "documentId": [document], "planId": [plan["id"]], "mediaId": [media["id"]], "keyId": [keys["items"][0]["id"]],
        "postId": [post["id"]] + [p["id"] for p in plan["posts"]], "operationId": [o["id"] for o in operations["items"]],
        "webhookId": [hook["id"]], "deliveryId": [d["id"] for d in deliveries],
        "chunk": [c["id"] for c in chunks["items"]],
    }


def routes(openapi):
    for path, methods in openapi["paths"].items():
        for method in methods:
            if "{" in path:
                yield method.upper(), path


BODIES = {
    "search": {"query": "price costs euro care", "limit": 50, "mode": "text"}, "documents": {"content": "mine"}, "plans": {"posts": 1},
    "posts": {"platform": "x", "brief": "price"}, "regenerate": {"instruction": "shorter"}, "rotate": {}, "cancel": None, "resume": None,
}
FIELDS = [
    'brand(id: "{brandId}") {{ name identity {{ voice }} metadata documents {{ nodes {{ title }} }} document(id: "{documentId}") {{ title metadata chunks(first: 5) {{ nodes {{ text }} }} }} }}',
    'search(brandId: "{brandId}", input: {{query: "price euro", mode: TEXT}}) {{ text metadata documentTitle }}',
    'plan(id: "{planId}") {{ goals posts {{ text }} brand {{ name }} operation {{ id }} }}',
    'post(id: "{postId}") {{ text brief citations {{ quote documentTitle }} brand {{ name }} }}',
    'operation(id: "{operationId}") {{ id result {{ ... on Plan {{ goals }} ... on Post {{ text }} ... on Document {{ title }} }} brand {{ name }} }}',
    'media(id: "{mediaId}") {{ id }}',
    "brands {{ nodes {{ name }} }}",
    "operations {{ nodes {{ id brand {{ name }} }} }}",
]
MUTATIONS = [
    'deleteBrand(id: "{brandId}")', 'deleteDocument(brandId: "{brandId}", id: "{documentId}")',
    'addDocument(brandId: "{brandId}", input: {{content: "mine"}}) {{ id }}',
    'createPlan(brandId: "{brandId}", input: {{posts: 1}}) {{ id }}', 'createPost(brandId: "{brandId}", input: {{platform: "x", brief: "p"}}) {{ id }}',
    'editPost(id: "{postId}", input: {{text: "mine"}}) {{ text }}', 'regeneratePost(id: "{postId}", instruction: "x") {{ id }}',
    'cancelOperation(id: "{operationId}") {{ id }}', 'resumeOperation(id: "{operationId}") {{ id }}',
]


async def main():
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        clients = [Client(session, key) for key in KEYS]
        owned = [await fill(client, canary) for client, canary in zip(clients, CANARIES)]
        openapi = await clients[0].json("GET", "/openapi.json")
        table = list(routes(openapi))
        faults, made = [], 0
        pick = RNG.choice

        def foreign(me):
            # Mostly the other's ids, now and then one of one's own between them.
            return {name: pick(owned[me if RNG.random() < 0.15 and name not in ("brandId", "keyId", "webhookId") else 1 - me][name]) for name in owned[me]}

        async def one():
            nonlocal made
            me = RNG.randrange(2)
            client, ids, other = clients[me], foreign(me), CANARIES[1 - me]
            kind = RNG.random()
            if kind < 0.6:
                method, path = pick(table)
                names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
                # Under one's own brand a document's id is one's own to make: only what is another's is tried.
                target = path.format(**ids)
                if method == "PUT" and path == "/v1/brands/{brandId}":
                    return
                last = path.split("/")[-1]
                body = None if method in ("GET", "DELETE") else BODIES.get(last, {"content": "mine", "text": "mine"})
                headers = {"accept": "text/event-stream"} if last == "events" else {}
                if method == "POST" and last == "media":
                    status, text = await client.call(method, target, data=PNG, headers={"content-type": "image/png"})
                else:
                    status, text = await client.call(method, target, body, headers=headers)
                what = f"{method} {target}"
                is_foreign = any(ids[name] in owned[1 - me][name] for name in names if name in ids)
                if is_foreign and status < 400:
                    faults.append([what, status, text[:200]])
            else:
                root = "mutation" if kind > 0.85 else "query"
                fields = [pick(MUTATIONS if root == "mutation" else FIELDS) for _ in range(RNG.randint(1, 3))]
                query = root + " { " + " ".join(f"f{n}: " + field.format(**ids) for n, field in enumerate(fields)) + " }"
                status, text = await client.call("POST", "/graphql", {"query": query})
                what = query
                if root == "mutation":
                    for n, field in enumerate(fields):
                        names = [name for name in ids if "{" + name + "}" in field]
                        value = (json.loads(text).get("data") or {}).get(f"f{n}")
                        if value is not None and any(ids[name] in owned[1 - me][name] for name in names):
                            faults.append([what, status, text[:200]])
            if other in text and other not in what:
                # What a client asked for by name may be repeated in an error; nothing else may show.
                faults.append([what, status, text[:300]])
            made += 1

        async def worker(queue):
            while not queue.empty():
                queue.get_nowait()
                await one()

        queue = asyncio.Queue()
        for _ in range(COUNT):
            queue.put_nowait(None)
        await asyncio.gather(*(worker(queue) for _ in range(12)))
        # Everything is still there, and still its owner's.
        whole = []
        for client, canary, own in zip(clients, CANARIES, owned):
            status, text = await client.call("GET", f"/v1/brands/{own['brandId'][0]}/documents/{own['documentId'][0]}/chunks")
            whole.append(status == 200 and canary in text)
            for post in own["postId"]:
                status, text = await client.call("GET", f"/v1/posts/{post}")
                whole.append(status == 200)
        async with session.get(BASE + "/metrics") as response:
            metrics = await response.text()
        print(json.dumps({"made": made, "faults": faults[:20], "count": len(faults), "whole": all(whole),
                          "metrics": any(canary in metrics for canary in CANARIES)}))


asyncio.run(main())
