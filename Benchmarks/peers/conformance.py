"""Checks that the peers and Postwright answer alike and do the same work. Exit code 0: all of them do.

Each service runs against a fresh database and the model simulator, whose log of requests tells what was asked of it.
"""

import argparse
import collections
import json
import sys
import time

import corpus
from stack import NAMES, PEERS, ROOT, Client, Peers

CONTRACT = json.loads((PEERS / "contract.json").read_text())
WRITER = "You write one social media post"
PASSAGE = {"chunkId": str, "documentId": str, "documentTitle": str, "text": str, "score": (int, float)}
OPERATION = {
    "id": str, "brandId": str, "kind": str, "state": str, "version": int, "stage": str, "progress": dict, "result": dict,
    "createdAt": str, "updatedAt": str,
}  # fmt: skip
DOCUMENT = {
    "id": str, "brandId": str, "title": str, "kind": str, "format": str, "state": str, "version": int, "chunks": int,
    "createdAt": str, "updatedAt": str,
}  # fmt: skip
PLAN = {"id": str, "brandId": str, "state": str, "period": dict, "channels": list, "pillars": list, "slots": list, "posts": list}
POST = {
    "id": str, "planId": str, "slotId": str, "state": str, "platform": str, "contentType": str, "scheduledAt": str, "pillar": str,
    "brief": str, "text": str, "hashtags": list, "altText": str, "callToAction": str, "citations": list,
}  # fmt: skip
CITATION = {"quote": str, "chunkId": str, "documentId": str, "documentTitle": str, "verified": bool}
SECTIONS, DOCUMENTS = 20, 3


def has_shape(value, shape):
    return isinstance(value, dict) and all(isinstance(value.get(key), kind) for key, kind in shape.items())


class Conformance:
    """One service's checks, in the order of a client's day."""

    def __init__(self, stack, name):
        self.stack, self.name = stack, name
        self.service = stack.service(name).start().wait_for_answer("/healthz")
        self.client = Client(self.service)
        self.missed = []
        self.notes = {}

    def check(self, holds, what):
        if not holds:
            self.missed.append(what)
            print(f"MISSED  {self.name}: {what}", flush=True)

    def run(self):
        checks = [self.brands, self.documents, self.replacement, self.search]
        checks += [self.plan, self.bound, self.cancel, self.failure, self.freshness]
        for check in checks:
            try:
                self.stack.set_faults([])
                self.stack.forget_calls()
                check()
            except AssertionError as error:
                self.check(False, f"{check.__name__}: {error}")
        self.stack.set_faults([])
        self.service.stop()
        print(f"{self.name:<16}{'conforms' if not self.missed else 'differs':<10}{json.dumps(self.notes)}", flush=True)

    # Brands and documents

    def brands(self):
        self.client.expect(200, "GET", "/healthz")
        self.client.expect(201, "PUT", "/v1/brands/acme", corpus.BRAND)
        brand = self.client.expect(200, "PUT", "/v1/brands/acme", corpus.BRAND)
        self.check(brand["id"] == "acme" and brand["name"] == corpus.BRAND["name"], "brands: the stored brand is shown")
        calls = [("PUT", "/v1/brands/none/documents/a", {"content": "x"}), ("POST", "/v1/brands/none/search", {"query": "x"})]
        for method, path, body in calls:
            self.check(self.client.call(method, path, body)[0] == 404, f"brands: {path} of no brand answers 404")
        status = self.client.call("POST", "/v1/brands/acme/search", {"limit": 3})[0]
        self.check(status == 422, f"brands: a search without a query answers 422, not {status}")

    def put(self, id, document, wait=True):
        headers = {"prefer": "wait=30"} if wait else {}
        return self.client.expect(201 if wait else 202, "PUT", f"/v1/brands/acme/documents/{id}", document, headers)

    def documents(self):
        counts = []
        for number in range(DOCUMENTS - 1):
            stored = self.put(f"catalogue-{number}", corpus.document(number, SECTIONS))
            self.check(has_shape(stored, DOCUMENT) and stored["state"] == "ready", "documents: the shape of a ready document")
            counts.append(stored["chunks"])
        accepted = self.put(f"catalogue-{DOCUMENTS - 1}", corpus.document(DOCUMENTS - 1, SECTIONS), wait=False)
        self.check(has_shape(accepted.get("document"), DOCUMENT), "documents: the shape of an accepted document")
        self.check(has_shape(accepted.get("operation"), OPERATION), "documents: the shape of an operation")
        outcome = self.client.outcome(accepted["operation"]["id"])
        self.check(outcome["state"] == "succeeded" and has_shape(outcome, OPERATION), "documents: the operation succeeds")
        self.check(counts == [SECTIONS] * (DOCUMENTS - 1), f"documents: one chunk for each section, not {counts}")
        sizes = [len(call["body"]["input"]) for call in self.stack.calls()["items"]]
        self.check(max(sizes) <= CONTRACT["embeddingBatch"], f"documents: batches of at most 64 texts, not {max(sizes)}")
        self.check(sum(sizes) == DOCUMENTS * SECTIONS, f"documents: each section is embedded once, not {sum(sizes)} texts")
        self.notes["chunks"] = sum(counts) + SECTIONS

    def replacement(self):
        first, second = "# Note\n\nThe old kettle zqold is blue.", "# Note\n\nThe new kettle zqnew is red."
        for version, content in enumerate([first, second], 1):
            stored = self.put("note", {"title": "Note", "content": content})
            self.check(stored["version"] == version and stored["chunks"] == 1, f"replacement: version {version} has one chunk")
        found = [passage["text"] for passage in self.find("kettle zqold zqnew", limit=50)]
        self.check(any("zqnew" in text for text in found), "replacement: the new version is found")
        self.check(not any("zqold" in text for text in found), "replacement: the old version is not found")

    def find(self, query, limit=5, mode="hybrid"):
        return self.client.expect(200, "POST", "/v1/brands/acme/search", {"query": query, "limit": limit, "mode": mode})["passages"]

    def search(self):
        firsts = collections.Counter()
        for mode in ("hybrid", "vector", "text"):
            for number in range(0, DOCUMENTS * SECTIONS, 7):
                passages = self.find(corpus.question(number), mode=mode)
                scores = [passage["score"] for passage in passages]
                self.check(all(has_shape(passage, PASSAGE) for passage in passages), "search: the shape of a passage")
                self.check(scores == sorted(scores, reverse=True), "search: the best passage comes first")
                # By words alone only those that have one are found, in some services.
                self.check(len(passages) == 5 or mode == "text", f"search: as many passages as the limit, not {len(passages)}")
                firsts[mode] += corpus.code(number) in passages[0]["text"]
        total = len(range(0, DOCUMENTS * SECTIONS, 7))
        texts = [text for call in self.stack.calls()["items"] for text in call["body"]["input"]]
        asked = sum(text.endswith(corpus.question(0)[-30:]) for text in texts)
        self.check(asked == 2 * total, f"search: the queries of {2 * total} searches are embedded, not {asked}")
        self.check(firsts["hybrid"] == total, f"search: the known passage is first in {firsts['hybrid']} of {total} hybrid searches")
        self.check(firsts["text"] == total, f"search: the known passage is first in {firsts['text']} of {total} searches by words")
        self.notes["knownFirst"] = dict(firsts)

    # Plans

    def accept(self, posts):
        answer = self.client.expect(
            202, "POST", "/v1/brands/acme/plans", {"posts": posts, "period": {"days": 7}, "channels": corpus.CHANNELS}
        )
        is_shaped = has_shape(answer.get("plan"), PLAN) and has_shape(answer.get("operation"), OPERATION)
        self.check(is_shaped, "plan: what is accepted has its shape")
        return answer["plan"]["id"], answer["operation"]["id"]

    def asked(self):
        """How many calls of each kind."""
        kinds = collections.Counter()
        for call in self.stack.calls()["items"]:
            kinds[call["body"]["response_format"]["json_schema"]["name"] if "chat" in call["path"] else "embeddings"] += 1
        return dict(kinds)

    def plan(self):
        plan_id, operation = self.accept(20)
        states = self.events(operation)
        versions = [state["version"] for state in states]
        self.check(versions == sorted(set(versions)), "plan: each event has a newer version")
        last = states[-1]
        is_done = last["state"] == "succeeded" and last["progress"] == {"done": 22, "total": 22}
        self.check(is_done, f"plan: it succeeds, with {last['progress']}")
        plan = self.client.expect(200, "GET", f"/v1/plans/{plan_id}")
        self.check(has_shape(plan, PLAN) and plan["state"] == "ready", "plan: the shape of a ready plan")
        self.check_posts(plan)
        calls = self.asked()
        expected = {"embeddings": 2, "pillars": 1, "distribution": 1}
        self.check({key: calls.get(key) for key in expected} == expected and calls["post"] >= 20, f"plan: the calls of a plan, not {calls}")
        sizes = [len(json.dumps(call["body"])) for call in self.stack.calls()["items"] if "chat" in call["path"]]
        self.notes |= {"calls": calls, "promptBytes": sum(sizes), "events": len(states)}

    def check_posts(self, plan):
        posts = plan["posts"]
        ids = {post["id"] for post in posts}
        self.check(len(posts) == 20 and len(ids) == 20, f"plan: 20 posts with ids of their own, not {len(posts)} with {len(ids)}")
        self.check({post["slotId"] for post in posts} == {f"slot-{n}" for n in range(1, 21)}, "plan: one post for each slot")
        self.check(all(has_shape(post, POST) and post["text"] for post in posts), "plan: the shape of a post")
        citations = [citation for post in posts for citation in post["citations"]]
        are_verified = all(has_shape(citation, CITATION) and citation["verified"] for citation in citations)
        self.check(citations and are_verified, "plan: verified citations")
        self.check(all(slot["pillar"] and slot["brief"] for slot in plan["slots"]), "plan: each slot has a pillar and a brief")
        platforms = collections.Counter(post["platform"] for post in posts)
        self.check(platforms == {"instagram": 10, "linkedin": 10}, f"plan: the channels take turns, not {dict(platforms)}")

    def events(self, operation):
        """The states that the operation's event stream tells of, until it ends."""
        client, states = Client(self.service), []
        client.connection.request("GET", f"/v1/operations/{operation}/events")
        response = client.connection.getresponse()
        self.check(response.getheader("content-type", "").startswith("text/event-stream"), "plan: the events' content type")
        for line in response:
            if line.startswith(b"data: "):
                states.append(json.loads(line[6:]))
        client.connection.close()
        return states

    def bound(self):
        self.stack.set_faults([{"match": {"contains": WRITER}, "times": -1, "action": {"type": "hang"}}])
        _, operation = self.accept(80)
        limit = CONTRACT["concurrency"]
        self.wait_until(lambda: self.stack.calls()["inFlight"] >= limit)
        time.sleep(0.3)
        peak = self.stack.calls()["peakInFlight"]
        self.check(peak == limit, f"bound: {limit} calls at once, not {peak}")
        self.client.call("POST", f"/v1/operations/{operation}/cancel")
        self.client.outcome(operation)

    def posts_asked(self):
        return [call for call in self.stack.calls()["items"] if WRITER in json.dumps(call["body"])]

    def wait_until(self, holds, seconds=20):
        deadline = time.monotonic() + seconds
        while not (value := holds()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return value

    def cancel(self):
        self.stack.set_faults([{"match": {"contains": WRITER}, "times": -1, "action": {"type": "hang"}}])
        plan_id, operation = self.accept(20)
        self.check(self.wait_until(lambda: len(self.posts_asked()) == 20), "cancel: all 20 calls are made at once")
        start = time.monotonic()
        self.client.call("POST", f"/v1/operations/{operation}/cancel")
        self.check(self.wait_until(lambda: self.stack.calls()["inFlight"] == 0, 2), "cancel: the model's calls are closed within 2 s")
        self.notes["cancelMs"] = round((time.monotonic() - start) * 1000)
        self.check(self.client.outcome(operation, 5)["state"] == "cancelled", "cancel: the operation is cancelled")
        self.check(self.client.expect(200, "GET", f"/v1/plans/{plan_id}")["state"] == "cancelled", "cancel: the plan is cancelled")
        self.check(len(self.posts_asked()) == 20, "cancel: no call is made after it")

    def failure(self):
        self.stack.set_faults([
            {"match": {"contains": WRITER}, "skip": 19, "times": 1, "action": {"type": "status", "status": 400}},
            {"match": {"contains": WRITER}, "times": 19, "action": {"type": "hang"}},
        ])  # fmt: skip
        _, operation = self.accept(20)
        outcome = self.client.outcome(operation, 20)
        self.check(outcome["state"] == "failed" and outcome.get("error"), f"failure: the operation fails, and is not {outcome['state']}")
        self.check(self.wait_until(lambda: self.stack.calls()["inFlight"] == 0, 2), "failure: the first failure closes the others' calls")
        outcomes = collections.Counter(call["outcome"] for call in self.posts_asked())
        self.check(outcomes == {"clientGone": 19, "fault:status": 1}, f"failure: 19 calls are closed, not {dict(outcomes)}")

    def freshness(self):
        """What one process stores is found by another."""
        other = self.stack.service(self.name).start().wait_for_answer("/healthz")
        reader = Client(other)
        body = {"query": "the teapot zqfresh", "limit": 3}
        reader.expect(200, "POST", "/v1/brands/acme/search", body)
        self.put("fresh", {"title": "Fresh", "content": "# Fresh\n\nThe teapot zqfresh is yellow."})
        start = time.monotonic()

        def is_found():
            return any("zqfresh" in passage["text"] for passage in reader.expect(200, "POST", "/v1/brands/acme/search", body)["passages"])

        self.check(self.wait_until(is_found, 5), "freshness: another process finds the document within 5 s")
        self.notes["freshMs"] = round((time.monotonic() - start) * 1000)
        other.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", default=ROOT / ".build/release", help="the folder with postwright and modelsim")
    parser.add_argument("--only", nargs="*", choices=NAMES, default=NAMES)
    options = parser.parse_args()
    missed, chunks = 0, set()
    for name in options.only:
        with Peers(options.binaries) as stack:
            service = Conformance(stack, name)
            service.run()
            missed += len(service.missed)
            chunks.add(service.notes.get("chunks"))
    if len(chunks) > 1:
        sys.exit(f"the services do not store the same number of chunks: {chunks}")
    sys.exit(f"{missed} checks were missed" if missed else 0)


if __name__ == "__main__":
    main()
