"""The runner's side of the soak: the real engine, store and socket, whose model and scripts sleep for moments only.

python -m benchmarks.soak.engine NODES EVERY: makes so many nodes in a process of its own, and prints what it
holds each so many nodes, a JSON object a line.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil

from benchmarks.soak.usage import Usage, usage
from tests.fuzz.busy import BusySearch


async def search(place: Path, nodes: int, every: int) -> list[Usage]:
    """Run a search of so many nodes; return what this process held each `every` nodes."""
    busy = BusySearch(place, pace=0.02)
    process = psutil.Process()
    samples: list[Usage] = []
    busy.begin(nodes)
    begun = time.monotonic()
    while busy.running:
        await asyncio.sleep(0.05)
        busy.forget()
        if busy.nodes >= every * (len(samples) + 1):
            samples.append(usage(process, busy.nodes, len(asyncio.all_tasks())))
            print(msgspec.json.encode(samples[-1]).decode(), flush=True)
    await busy.end()
    if busy.failed():
        raise busy.failed()[0]
    print(f"{nodes / (time.monotonic() - begun):.0f} nodes a second", file=sys.stderr, flush=True)
    return samples


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(search(Path(folder), int(sys.argv[1]), int(sys.argv[2])))
