"""Open-loop load on a running server: requests come at a fixed rate, answered or not.

    organotropism app --no-browser --workers 2 &
    python benchmarks/app_load.py --url http://127.0.0.1:8765 --rate 40 --seconds 60

Each request asks for another patient, so that nothing can be remembered. Prints one JSON object: latency by
percentile (from the moment a request was due), errors, and memory of the server's processes before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from pathlib import Path
from typing import Any

import httpx


def patient(number: int) -> dict[str, Any]:
    """A patient of whom most is known, never the same twice."""
    draw = random.Random(number)
    fields: dict[str, Any] = {
        "age": draw.randint(28, 84) + number % 97 / 97,
        "er": draw.choice(["positive", "negative"]),
        "pr": draw.choice(["positive", "negative"]),
        "her2": draw.choice(["positive", "negative"]),
        "size_mm": draw.randint(3, 90) + number % 89 / 89,
        "positive_nodes": draw.randint(0, 14),
        "grade": draw.randint(1, 3),
        "ki67": draw.randint(1, 80),
        "histology": draw.choice(["ductal", "lobular"]),
    }
    if draw.random() < 0.3:
        del fields[draw.choice(["pr", "grade", "ki67", "histology"])]
    return fields


def resident_bytes(port: int) -> int | None:
    """Memory of the processes whose command names the port and of their children (Linux), else None."""
    if not Path("/proc").exists():
        return None
    parents: dict[int, int] = {}
    memory: dict[int, int] = {}
    found: set[int] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text().split("\0")
            status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        except OSError:
            continue
        number = int(folder.name)
        parents[number] = int(status["PPid"])
        memory[number] = 1024 * int(status.get("VmRSS", "0 kB").split()[0])
        if "app" in words and str(port) in words:
            found.add(number)
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sum(memory[number] for number in found) or None


async def load(url: str, rate: float, seconds: float) -> dict[str, Any]:
    """Send the requests and gather what came of them."""
    latencies: list[float] = []
    errors: list[str] = []
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=100)

    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client:
        port = httpx.URL(url).port or 80
        for number in range(20):
            await client.post("/api/v1/forecast", json={"patient": patient(10_000 + number)})
        before = resident_bytes(port)

        async def ask(number: int, due: float) -> None:
            try:
                answer = await client.post("/api/v1/forecast", json={"patient": patient(number)})
                if answer.status_code != 200:
                    errors.append(str(answer.status_code))
            except httpx.HTTPError as error:
                errors.append(type(error).__name__)
            latencies.append(time.perf_counter() - due)

        begin = time.perf_counter()
        tasks = []
        for number in range(int(rate * seconds)):
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(ask(number, due)))
        await asyncio.gather(*tasks)
    latencies.sort()

    def percentile(share: float) -> float:
        return round(1000 * latencies[min(int(share * len(latencies)), len(latencies) - 1)], 1)

    return {
        "requests": len(latencies),
        "errors": len(errors),
        "kinds_of_errors": sorted(set(errors)),
        "milliseconds": {
            name: percentile(q) for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1))
        },
        "memory_before": before,
        "memory_after": resident_bytes(port),
    }


def main() -> None:
    """Read the options, send the load, print the result."""
    parser = argparse.ArgumentParser(description="Open-loop load on a running server.")
    parser.add_argument("--url", default="http://127.0.0.1:8765")
    parser.add_argument("--rate", type=float, default=40, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(load(given.url, given.rate, given.seconds)), indent=2))


if __name__ == "__main__":
    main()
