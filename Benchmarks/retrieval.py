"""The exact vector search of this project beside numpy, faiss, usearch and hnswlib: one run, one thread each.

The vectors are synthetic and lie as sentence embeddings do: unit vectors around a common mean, in clusters, with noise
whose spectrum decays. In each round every contender is measured once, in a shuffled order. Prints ms per query (median
of the rounds), the spread, the ratios to the project's search and to the time of reading all float32 rows once (the
roof), and recall@10 against float64; all figures go to results/retrieval.json. Exit code 1: the exact search was not.
"""

import argparse
import collections
import contextlib
import importlib
import json
import os
import pathlib
import platform
import random
import subprocess
import sys
import tempfile
import time
from importlib import metadata

for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)  # They slow a current numpy.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEED, QUERIES, SLOW_QUERIES, TOP, BATCH = 7, 64, 16, 10, 8
CHUNK, RANK, CLUSTERS = 8_192, 384, 200
MEAN_NORM, CLUSTER_WEIGHT, QUERY_NOISE = 0.87, 0.6, 1.15
TIE, HNSW_RECALL = 1e-6, 0.95
PROJECT = ["roof", "exact", "float", "shared"]
LABELS = {"roof": "float32 roof", "exact": "exact", "float": "float32 scan", "shared": f"shared by {BATCH}"}
TARGET_SIZE = (100_000, 384)
# What is divided, by what, the bound and the aim. A ratio of times: the first is to be low, the others are to be high.
TARGETS = [
    ("exact", "roof", 0.4, 0.25),
    ("numpy", "exact", 8, 12),
    ("usearch", "exact", 8, 11),
    ("faiss", "exact", 3, 5),
    ("numpy", "shared", 15, 35),
]

Peer = collections.namedtuple("Peer", "search batch queries")


def normalised(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Embeddings:
    """Draws unit vectors: a common mean, and at right angles to it a cluster's centre and noise."""

    def __init__(self, rows, dimensions):
        self.random = np.random.default_rng([SEED, rows, dimensions])
        rank = min(dimensions - 1, RANK)
        axes = np.linalg.qr(self.random.standard_normal((dimensions, rank + 1)))[0].T.astype(np.float32)
        self.mean, self.axes = axes[0], axes[1:] * (np.arange(1, rank + 1, dtype=np.float32) ** -0.5)[:, None]
        self.centres = self.noise(CLUSTERS)

    def noise(self, count):
        return normalised(self.random.standard_normal((count, len(self.axes)), dtype=np.float32) @ self.axes)

    def around_mean(self, residuals):
        return normalised(MEAN_NORM * self.mean + (1 - MEAN_NORM**2) ** 0.5 * normalised(residuals))

    def rows(self, count):
        centres = self.centres[self.random.integers(CLUSTERS, size=count)]
        return self.around_mean(CLUSTER_WEIGHT * centres + (1 - CLUSTER_WEIGHT**2) ** 0.5 * self.noise(count))

    def near(self, rows):
        return self.around_mean(normalised(rows - MEAN_NORM * self.mean) + QUERY_NOISE * self.noise(len(rows)))


def write_data(folder, rows, dimensions):
    embeddings = Embeddings(rows, dimensions)
    vectors, queries = folder / "vectors.f32", folder / "queries.f32"
    with open(vectors, "wb") as file:
        for start in range(0, rows, CHUNK):
            embeddings.rows(min(CHUNK, rows - start)).astype("<f4").tofile(file)
    stored = np.memmap(vectors, "<f4", "r", shape=(rows, dimensions))
    chosen = np.sort(embeddings.random.choice(rows, QUERIES, replace=rows < QUERIES))
    embeddings.near(stored[chosen]).astype("<f4").tofile(queries)
    return vectors, queries


def read_vectors(path, dimensions):
    return np.fromfile(path, "<f4").reshape(-1, dimensions)


def exact_scores(rows, queries):
    parts = [queries.astype(np.float64) @ rows[start : start + CHUNK].astype(np.float64).T for start in range(0, len(rows), CHUNK)]
    return np.concatenate(parts, axis=1)


def recall(found, scores):
    """The share of the ten best; a row that ties with the tenth within TIE counts as well as the tenth."""
    right = 0
    for rows, row_scores in zip(found, scores, strict=True):
        bound = np.partition(row_scores, -TOP)[-TOP] - TIE
        right += sum(0 <= row < len(row_scores) and row_scores[row] >= bound for row in set(list(rows)[:TOP]))
    return right / (TOP * len(scores))


@contextlib.contextmanager
def project(binaries, vectors, queries, dimensions):
    """The project's search in a process of its own: yields what it said when ready, and how to ask it."""
    command = [binaries / "retrieval-bench", "speed", vectors, queries, str(dimensions)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:

        def answer():
            line = child.stdout.readline()
            if not line:
                sys.exit(f"retrieval-bench ended early, with code {child.wait()}")
            return json.loads(line)

        def ask(command):
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(command + "\n")
                child.stdin.flush()
            return answer()

        try:
            yield answer(), ask
        finally:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.close()


def numpy_peers(rows, queries, scores):
    def one(batch):
        return [np.argpartition(rows @ batch[0], -TOP)[-TOP:]]

    def many(batch):
        # The product in this order is the faster one.
        return np.argpartition((rows @ batch.T).T, -TOP, axis=1)[:, -TOP:]

    return {"numpy": Peer(one, 1, SLOW_QUERIES), f"numpy by {BATCH}": Peer(many, BATCH, SLOW_QUERIES)}, {}


def faiss_peers(rows, queries, scores):
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)

    def one(batch):
        return index.search(batch, TOP)[1]

    def many(batch):
        # A matrix product is the faster way for many queries, and the slower one for a single query.
        usual, faiss.cvar.distance_compute_blas_threshold = faiss.cvar.distance_compute_blas_threshold, 1
        found = index.search(batch, TOP)[1]
        faiss.cvar.distance_compute_blas_threshold = usual
        return found

    return {"faiss": Peer(one, 1, SLOW_QUERIES), f"faiss by {BATCH}": Peer(many, BATCH, SLOW_QUERIES)}, {}


def usearch_peers(rows, queries, scores):
    from usearch.index import Index

    # For one query an index is faster than `usearch.index.search`; an exact search does not use the graph, so that is small.
    index = Index(ndim=rows.shape[1], metric="ip", dtype="f32", connectivity=2, expansion_add=1)
    index.add(np.arange(len(rows)), rows, threads=1)

    def one(batch):
        return [index.search(batch[0], TOP, exact=True, threads=1).keys]

    return {"usearch": Peer(one, 1, SLOW_QUERIES)}, {}


def hnswlib_peers(rows, queries, scores):
    import hnswlib

    index = hnswlib.Index("ip", rows.shape[1])
    index.init_index(len(rows), M=16, ef_construction=200, random_seed=SEED)
    index.set_num_threads(1)
    start = time.perf_counter()
    index.add_items(rows, num_threads=1)
    build = time.perf_counter() - start

    def search(batch):
        return index.knn_query(batch, TOP, num_threads=1)[0]

    ef, reached = TOP, 0
    while reached < HNSW_RECALL and ef < len(rows):
        ef *= 2
        index.set_ef(ef)
        reached = recall(search(queries), scores)
    print(f"hnswlib: built in {build:.1f} s, ef {ef}", flush=True)
    return {"hnswlib": Peer(search, 1, QUERIES)}, {"M": 16, "efConstruction": 200, "ef": ef, "buildSeconds": build}


MAKERS = {"numpy": numpy_peers, "faiss": faiss_peers, "usearch": usearch_peers, "hnswlib": hnswlib_peers}


def make_peers(rows, queries, scores, skip_hnsw_above):
    peers, notes, skipped = {}, {}, []
    for module, make in MAKERS.items():
        if module == "hnswlib" and rows.size > skip_hnsw_above[0] * skip_hnsw_above[1]:
            skipped.append(f"hnswlib is skipped: building it for more than {size_name(*skip_hnsw_above)} takes minutes.")
            continue
        try:
            importlib.import_module(module)
        except ImportError as error:
            skipped.append(f"{module} is skipped: it cannot be imported ({error}).")
            continue
        made, noted = make(rows, queries, scores)
        peers.update(made)
        notes.update({module: noted} if noted else {})
    print("\n".join(skipped), end="\n" if skipped else "", flush=True)
    return peers, notes, skipped


def found_by(peer, queries):
    return [row for start in range(0, len(queries), peer.batch) for row in peer.search(queries[start : start + peer.batch])]


def milliseconds(peer, queries, turn):
    """The time per query; each turn takes the next of the queries, and one call before them warms the caches."""
    chosen = np.roll(queries, -turn * peer.queries, axis=0)[: peer.queries]
    peer.search(chosen[: peer.batch])
    start = time.perf_counter()
    for first in range(0, len(chosen), peer.batch):
        peer.search(chosen[first : first + peer.batch])
    return (time.perf_counter() - start) * 1000 / len(chosen)


def measure_rounds(ask, peers, queries, rounds):
    order = PROJECT + list(peers)
    times, rescored = {name: [] for name in order}, None
    shuffler = random.Random(SEED)
    for turn in range(rounds):
        shuffler.shuffle(order)
        for name in order:
            if name in peers:
                times[name].append(milliseconds(peers[name], queries, turn))
                continue
            answer = ask(name)
            times[name].append(answer["ms"])
            if name == "exact":
                rescored = answer.get("rescored")
    return times, rescored


def summarised(times, recalls):
    medians = {name: float(np.median(values)) for name, values in times.items()}
    figures = {}
    for name, values in times.items():
        low, high = np.percentile(values, [10, 90])
        figures[name] = {
            "ms": medians[name],
            "p10": float(low),
            "p90": float(high),
            "toExact": medians[name] / medians["exact"],
            "toRoof": medians[name] / medians["roof"],
            "recall": recalls.get(name),
            "rounds": values,
        }
    return figures


def measure_size(rows_count, dimensions, options):
    with tempfile.TemporaryDirectory() as folder:
        vectors, queries_file = write_data(pathlib.Path(folder), rows_count, dimensions)
        rows, queries = read_vectors(vectors, dimensions), read_vectors(queries_file, dimensions)
        scores = exact_scores(rows, queries)
        with project(options.binaries, vectors, queries_file, dimensions) as (ready, ask):
            print(f"\n{rows_count:,} rows of {dimensions:,} dimensions", flush=True)
            recalls = {"exact": recall(ask("top")["top"], scores)}
            peers, notes, skipped = make_peers(rows, queries, scores, options.skip_hnsw_above)
            recalls.update({name: recall(found_by(peer, queries), scores) for name, peer in peers.items()})
            times, rescored = measure_rounds(ask, peers, queries, options.rounds)
    return {
        "rows": rows_count,
        "dimensions": dimensions,
        "ready": ready,
        "rescored": rescored,
        "figures": summarised(times, recalls),
        "notes": notes,
        "skipped": skipped,
    }


def print_table(result):
    print(f"{'':<14}{'ms/query':>10}{'p10':>10}{'p90':>10}{'× exact':>10}{'× roof':>9}{'recall@10':>11}")
    for name, figure in result["figures"].items():
        times = "".join(f"{figure[key]:>10.3f}" for key in ("ms", "p10", "p90"))
        found = "" if figure["recall"] is None else f"{figure['recall']:.4f}"
        print(f"{LABELS.get(name, name):<14}{times}{figure['toExact']:>10.2f}{figure['toRoof']:>9.2f}{found:>11}")
    ready = result["ready"]
    print(
        f"exact: {ready.get('instructions')}, {result['rescored']} rows rescored per query,"
        f" loaded in {ready.get('loadMs', 0):.0f} ms, {ready.get('residentBytes', 0) / 1e6:.0f} MB resident",
        flush=True,
    )


def judged(value, bound, aim):
    if aim < bound:
        value, bound, aim = -value, -bound, -aim
    return "aim" if value >= aim else "met" if value >= bound else "missed"


def judge_targets(results):
    targets = []
    for result in results:
        size, figures = (result["rows"], result["dimensions"]), result["figures"]
        value = figures["exact"]["recall"]
        targets.append(
            {"name": f"recall@10 of exact, {size_name(*size)}", "value": value, "state": "met" if value == 1 else "missed"}
        )
        for upper, lower, bound, aim in TARGETS if size == TARGET_SIZE else []:
            target = {
                "name": f"{upper} / {lower}, {size_name(*size)}",
                "bound": bound,
                "aim": aim,
                "value": None,
                "state": "not measured",
            }
            if upper in figures:
                value = figures[upper]["ms"] / figures[lower]["ms"]
                target.update(value=value, state=judged(value, bound, aim))
            targets.append(target)
    return targets


def print_targets(targets):
    print("\nTargets")
    for target in targets:
        value = "–" if target["value"] is None else f"{target['value']:.4g}"
        bounds = "must be 1"
        if "bound" in target:
            bounds = f"{'at most' if target['aim'] < target['bound'] else 'at least'} {target['bound']:g}, aim {target['aim']:g}"
        print(f"{target['name']:<36}{value:>8}  {target['state']:<13}({bounds})")


def processor_name():
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def versions():
    found = {"python": platform.python_version()}
    for package in ("numpy", "faiss-cpu", "usearch", "hnswlib"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def thread_pools():
    """The BLAS and OpenMP libraries that were loaded, when threadpoolctl is there to tell."""
    try:
        import threadpoolctl
    except ImportError:
        return []
    keys = ("prefix", "version", "architecture", "num_threads")
    return [{key: pool[key] for key in keys if key in pool} for pool in threadpoolctl.threadpool_info()]


def size_name(rows, dimensions):
    return f"{rows}x{dimensions}"


def size(text):
    rows, dimensions = text.split("x")
    return int(rows), int(dimensions)


def sizes(text):
    return [size(part) for part in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / ".build/release", help="folder with retrieval-bench")
    parser.add_argument("--sizes", type=sizes, default=sizes("10000x384,10000x1536,100000x384,100000x1536"), metavar="ROWSxDIMS,…")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--skip-hnsw-above", type=size, default=TARGET_SIZE, metavar="ROWSxDIMS", help="its index takes long to build"
    )
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "Benchmarks/results/retrieval.json")
    return parser.parse_args()


def main():
    options = arguments()
    if not (options.binaries / "retrieval-bench").exists():
        sys.exit("retrieval-bench is not built: swift build -c release --product retrieval-bench")
    machine = {"processor": processor_name(), "cores": os.cpu_count(), "loadBefore": os.getloadavg()[0]}
    print(f"{machine['processor']}, {machine['cores']} cores, one thread each, {options.rounds} rounds")
    print(", ".join(f"{name} {version}" for name, version in versions().items()), flush=True)
    results = []
    for rows, dimensions in options.sizes:
        results.append(measure_size(rows, dimensions, options))
        print_table(results[-1])
    targets = judge_targets(results)
    print_targets(targets)
    report = {"machine": machine, "versions": versions(), "threadPools": thread_pools(), "sizes": results, "targets": targets}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=1) + "\n")
    sys.exit(any(result["figures"]["exact"]["recall"] < 1 for result in results))


if __name__ == "__main__":
    main()
