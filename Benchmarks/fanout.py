"""140 calls at once to a model that takes 100 ms: this project's client beside aiohttp and httpx, in one run.

Prints each client's best wall time of a round, its overhead above the ideal, and CPU-seconds per 1,000 calls
(the client process's own user and system time; the first round, which opens the connections, is not counted).
"""

import asyncio
import json
import pathlib
import resource
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CALLS, ROUNDS, LATENCY_MS = 140, 10, 100
BODY = {"model": "m", "messages": [{"role": "user", "content": "Say hello."}]}


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def measure(call):
    async def one_round():
        start = time.perf_counter()
        await asyncio.gather(*(call() for _ in range(CALLS)))
        return time.perf_counter() - start

    await one_round()
    before = processor_seconds()
    best = min([await one_round() for _ in range(ROUNDS)])
    print(best * 1000, (processor_seconds() - before) / (CALLS * ROUNDS) * 1000)


async def aiohttp_peer(url):
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def call():
            async with session.post(url, json=BODY) as response:
                assert response.status == 200
                await response.read()

        await measure(call)


async def httpx_peer(url):
    import httpx

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:

        async def call():
            response = await client.post(url, json=BODY)
            assert response.status_code == 200

        await measure(call)


def main():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    binaries = ROOT / ".build/release"
    server = subprocess.Popen([binaries / "modelsim", "--port", str(port), "--latency-ms", str(LATENCY_MS)], stdout=subprocess.PIPE)
    try:
        server.stdout.readline()
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        peers = {
            "postwright": [binaries / "postwright-bench", url, str(CALLS), str(ROUNDS)],
            "aiohttp": [sys.executable, __file__, "aiohttp", url],
            "httpx": [sys.executable, __file__, "httpx", url],
        }
        figures = {}
        for name, command in peers.items():
            wall, processor = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            figures[name] = (float(wall), float(processor))
    finally:
        server.terminate()
    print(f"{CALLS} calls at once, {LATENCY_MS} ms each, best of {ROUNDS} rounds")
    print(f"{'client':<12}{'wall ms':>9}{'overhead ms':>13}{'CPU s / 1,000':>15}{'overhead ×':>12}{'CPU ×':>8}")
    wall, processor = figures["postwright"]
    for name, (peer_wall, peer_processor) in figures.items():
        ratios = f"{(peer_wall - LATENCY_MS) / (wall - LATENCY_MS):>12.1f}{peer_processor / processor:>8.1f}"
        print(f"{name:<12}{peer_wall:>9.1f}{peer_wall - LATENCY_MS:>13.1f}{peer_processor:>15.3f}{ratios}")
    results = ROOT / "Benchmarks/results"
    results.mkdir(parents=True, exist_ok=True)
    report = {name: {"wallMs": wall, "cpuSecondsPer1000": seconds} for name, (wall, seconds) in figures.items()}
    (results / "fanout.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run({"aiohttp": aiohttp_peer, "httpx": httpx_peer}[sys.argv[1]](sys.argv[2]))
    else:
        main()
