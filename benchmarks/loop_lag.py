"""How late the engine's loop is in a search with 16 streams, with no viewer and with viewers that do not read.

Run: python -m benchmarks.loop_lag [--seconds S]
Engine, journal with its syncs, node files and socket are real; the model streams 16 samples of 200 small deltas a
second each, and "running" a script is a sleep. Both cases run in turns within one process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import resource
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from benchmarks.result import Result, compared
from tests.doubles import SleepingExecutor, SleepingModel
from tests.engine.search import Search
from tui_aide.engine.engine import Settings
from tui_aide.models.chat import ChatRequest, Delta, Finish
from tui_aide.sessions.messages import RunnerAddress
from tui_aide.sessions.socket_server import SocketServer
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens

_WORKERS = 16
_DEAF = 8
_TICK = 0.005


class Streaming(SleepingModel):
    """Streams 200 deltas a second for half a second, then a script."""

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Delta | Finish, None]:
        for _ in range(100):
            yield Delta("reasoning", "a thought ")
            await asyncio.sleep(0.005)
        yield Delta("answer", f"A plan.\n\n```python\n{self.write(request)}```\n")
        yield Finish("stop", Tokens(100, 100, 20))


async def measure(place: Path, seconds: float, deaf: int) -> tuple[list[float], int]:
    """Return the lags of each tick in ms, and how many nodes were made."""
    search = Search(
        place, ev.Budget(), Settings(workers=_WORKERS, slots=4), model=Streaming(), executor=SleepingExecutor(0.02)
    )
    server = SocketServer(search.folder, search.steering.handle, search.engine.progress)
    await server.start()
    address = msgspec.json.decode(search.folder.runner_file.read_bytes(), type=RunnerAddress)
    lags: list[float] = []

    async def beat() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_TICK)
            lags.append((time.perf_counter() - before - _TICK) * 1e3)

    async def sync() -> None:
        while True:
            await asyncio.sleep(0.25)
            await search.store.sync()

    with contextlib.ExitStack() as ends:
        for _ in range(deaf):
            end = ends.enter_context(socket.socket(socket.AF_UNIX))
            end.connect(address.socket)
            end.sendall(b'{"command":"kill","node":999999}\n' * 100)
        tasks = [asyncio.create_task(t) for t in (beat(), sync())]
        asyncio.get_running_loop().call_later(seconds, search.engine.stop, "enough")
        await search.engine.run()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.close()
    search.store.close()
    return lags, search.tree.finished_count


def results(quick: bool) -> list[Result]:
    """Measure one short round, or the usual ones."""
    return told(3.0, 1) if quick else told(10.0, 3)


def told(seconds: float, rounds: int) -> list[Result]:
    """Measure both cases in turn, and print."""
    late: dict[int, list[float]] = {0: [], _DEAF: []}
    for number in range(rounds):
        for words, deaf in (("no viewer", 0), (f"{_DEAF} viewers that flood and never read", _DEAF)):
            with tempfile.TemporaryDirectory() as place:
                lags, nodes = asyncio.run(measure(Path(place) / "session", seconds, deaf))
            lags.sort()
            p99 = lags[int(len(lags) * 0.99)]
            late[deaf].append(p99)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            print(
                f"{number + 1}. {words}: lag median {statistics.median(lags):.2f} ms, p99 {p99:.1f} ms, "
                f"most {lags[-1]:.1f} ms; {nodes} nodes, {memory:.0f} MB"
            )
    what = f"lag of the engine's loop, {_WORKERS} streams, {_DEAF} viewers that never read, p99"
    return [compared(what, late[_DEAF], late[0], "ms", "no viewer", limit=1.5)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    told(parser.parse_args().seconds, 3)


if __name__ == "__main__":
    main()
