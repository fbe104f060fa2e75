"""Latencies of a running server under siege: batches of whom little is known, again and again.

    organotropism app --no-browser --workers 2 &
    python benchmarks/app_siege.py --url http://127.0.0.1:8765 --clients 40

Prints one JSON object: `/health`, a static file and a plain forecast before, during and after (from a second
after the clients have left), by percentile and status, and what the clients were answered. `load` is the load
average of the machine: with other work beside it, latencies are those of a queue for the processor.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from typing import Any

import httpx

KNOWN = {
    "er": "negative",
    "pr": "negative",
    "her2": "positive",
    "size_mm": 24,
    "positive_nodes": 2,
    "grade": 3,
}
KNOWN |= {"ki67": 30, "histology": "ductal", "detection": "symptoms"}


async def probe(client: httpx.AsyncClient, kind: str, stop: asyncio.Event) -> dict[str, Any]:
    """Ask again and again; latencies in milliseconds."""
    latencies, statuses, number = [], Counter[str](), 0
    while not stop.is_set():
        number += 1
        begin = time.perf_counter()
        if kind == "plain":
            patient = {**KNOWN, "age": 30 + number % 50}
            answer = await client.post("/api/v1/forecast", json={"patient": patient})
        else:
            answer = await client.get(kind)
        latencies.append(1000 * (time.perf_counter() - begin))
        statuses[str(answer.status_code)] += 1
        await asyncio.sleep(0.2 if kind == "plain" else 0.02)
    latencies.sort()
    shown = {
        name: latencies[int(q * (len(latencies) - 1))]
        for name, q in (("p50", 0.5), ("p95", 0.95), ("max", 1))
    }
    return {**{name: round(value, 1) for name, value in shown.items()}, "answers": dict(statuses)}


async def phase(url: str, seconds: float) -> dict[str, Any]:
    """All probes for some seconds."""
    stop, kinds = asyncio.Event(), ("/health", "/static/app.js", "plain")
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        tasks = [asyncio.create_task(probe(client, kind, stop)) for kind in kinds]
        await asyncio.sleep(seconds)
        stop.set()
        found = await asyncio.gather(*tasks)
    return {"load": os.getloadavg()[0], **dict(zip(kinds, found, strict=True))}


async def besiege(url: str, body: str, answers: Counter[str]) -> None:
    """One hostile client, which tries again a second after each refusal."""
    headers = {"content-type": "application/json"}
    async with httpx.AsyncClient(base_url=url, timeout=600) as client:
        while True:
            answer = await client.post("/api/v1/forecasts", content=body, headers=headers)
            answers[str(answer.status_code)] += 1
            await asyncio.sleep(1.0)


async def siege(url: str, clients: int, patients: int, seconds: float) -> dict[str, Any]:
    """Before, during and after."""
    records = [{"er": "positive", "age": 30 + number % 50} for number in range(patients)]
    body, answers = json.dumps({"patients": records, "reasons": True}), Counter[str]()
    found: dict[str, Any] = {"before": await phase(url, 5)}
    tasks = [asyncio.create_task(besiege(url, body, answers)) for _ in range(clients)]
    found["during"] = await phase(url, seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(1)
    found["after"] = await phase(url, 4)
    return {**found, "answers_to_clients": dict(answers)}


def main() -> None:
    """Read the options, send the load, print the result."""
    parser = argparse.ArgumentParser(description="Latencies of a running server under siege.")
    parser.add_argument("--url", default="http://127.0.0.1:8765")
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--patients", type=int, default=200, help="of each batch")
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(siege(given.url, given.clients, given.patients, given.seconds)), indent=2))


if __name__ == "__main__":
    main()
