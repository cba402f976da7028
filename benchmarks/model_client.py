"""The client for model servers: tokens a second that one core reads, beside the `openai` package, and added latency.

Run: python -m benchmarks.model_client [--rounds N] [--streams N] [--tokens N] [--rate TOKENS] [--first]

Both clients read the same streams of the same server (benchmarks/replay.py), each in a process of its own, in turn, in
the same run; so does a bare reader, which takes bytes and throws them away: what no client can beat. Tokens a second a
core are tokens over the seconds of the client's process. The latency is the time from the sending of a token to its
delta, at a pace that a server keeps; the bare reader's is that of the machine. `--first` gives server and readers the
cores before all else (SCHED_FIFO, needs root), so that a latency is not that of whatever else runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from benchmarks.peers import peer_python, peer_version
from benchmarks.result import Result, compared, measured
from tests.models.requests import PROPOSAL
from tui_aide.models.chat import ChatRequest, Delta, Finish, Message, Sampling
from tui_aide.models.openai_compatible import OpenAICompatibleModel

LEAST_RATE, LEAST_RATIO, MOST_LATENCY = 100_000, 15.0, 2.0
"""Tokens a second a core, times the `openai` package's, milliseconds at the 99th percentile."""

Reader = Literal["ours", "bare", "openai"]


class Taken(msgspec.Struct, frozen=True):
    """What one client read: tokens, seconds of wall-clock and of its process, and latencies in ms where paced."""

    tokens: int
    wall: float
    cpu: float
    p50: float = 0.0
    p99: float = 0.0
    worst: float = 0.0


class Latencies:
    """Times from the sending of each token to its reading, in nanoseconds."""

    _STAMP = re.compile(r" (\d{12,})")

    def __init__(self) -> None:
        self.found: list[int] = []

    def note(self, text: str) -> None:
        """Take the times of sending that `text` holds."""
        now = time.perf_counter_ns()
        self.found.extend(now - int(sent) for sent in self._STAMP.findall(text))

    def quantile(self, share: float) -> float:
        """Return a quantile in milliseconds; 0 where nothing was paced."""
        ordered = sorted(self.found)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1e6 if ordered else 0.0


async def read_ours(model: OpenAICompatibleModel, tokens: int, latencies: Latencies | None) -> int:
    """Read one stream with our client, and return the tokens that it counted."""
    messages = (Message("user", "Write."),)
    counted = ended = 0
    async for item in model.stream(ChatRequest(messages, PROPOSAL, Sampling(max_tokens=tokens))):
        if isinstance(item, Delta):
            counted += item.tokens
            if latencies is not None:
                latencies.note(item.text)
        elif isinstance(item, Finish):
            ended = item.tokens.reasoning + item.tokens.answer
    if counted != ended:
        raise SystemExit(f"our client told {counted} tokens and ended with {ended}")
    return counted


async def read_bare(url: str, tokens: int, latencies: Latencies | None) -> int:
    """Read one stream's bytes from a socket and throw them away."""
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 20)
    body = json.dumps({"max_tokens": tokens})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write((head + body).encode())
    tail = b""
    while not tail.endswith(b"0\r\n\r\n"):
        data = await reader.read(1 << 20)
        tail = data[-5:] if len(data) >= 5 else tail + data
        if latencies is not None:
            latencies.note(data.decode())
    writer.close()
    return tokens


async def take(reader: Reader, url: str, streams: int, tokens: int, paced: bool) -> Taken:
    """Read all streams in this process, after a short one that warms it up."""
    latencies = Latencies() if paced else None
    model = OpenAICompatibleModel(url)
    try:

        def one(length: int, noted: Latencies | None) -> asyncio.Task[int]:
            reading = read_ours(model, length, noted) if reader == "ours" else read_bare(url, length, noted)
            return asyncio.create_task(reading)

        await one(64, None)
        wall, cpu = time.perf_counter(), time.process_time()
        found = await asyncio.gather(*(one(tokens, latencies) for _ in range(streams)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    finally:
        await model.aclose()
    timed = latencies or Latencies()
    return Taken(sum(found), wall, cpu, timed.quantile(0.5), timed.quantile(0.99), timed.quantile(1.0))


def take_apart(reader: Reader, url: str, streams: int, tokens: int, *, paced: bool = False) -> Taken:
    """Read all streams in a process of its own."""
    if reader == "openai":
        script = str(Path(__file__).parent / "openai_streams.py")
        command = [str(peer_python("openai")), script, url, str(streams), str(tokens)]
    else:
        command = [sys.executable, "-m", "benchmarks.model_client", "--take", reader, "--url", url]
        command += ["--streams", str(streams), "--tokens", str(tokens), *(["--paced"] if paced else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{reader} failed: {done.stderr[-1000:]}")
    taken = msgspec.json.decode(done.stdout, type=Taken)
    if taken.tokens != streams * tokens:
        raise SystemExit(f"{reader} read {taken.tokens} of {streams * tokens} tokens")
    return taken


@contextmanager
def server(*options: str) -> Iterator[str]:
    """Run the replaying server and yield its address."""
    command = [sys.executable, "-m", "benchmarks.replay", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def spread(values: list[float], form: str = ",.0f") -> str:
    """Return the median, with the smallest and the largest beside it."""
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def throughput(rounds: int, streams: int, tokens: int) -> list[Result]:
    """Print and return what each client reads in a second, and ours over the `openai` package's."""
    peer_python("openai")
    print(f"{streams} streams of {tokens:,} tokens, one in a chunk; {rounds} rounds; openai {peer_version('openai')}")
    readers: tuple[Reader, ...] = ("ours", "openai", "bare")
    taken: dict[Reader, list[Taken]] = {reader: [] for reader in readers}
    with server() as url:
        for _ in range(rounds):
            for reader in readers:
                taken[reader].append(take_apart(reader, url, streams, tokens))
    for reader in readers:
        print(f"  {reader:6} tokens/s a core {spread([t.tokens / t.cpu for t in taken[reader]])}", end="")
        print(f", by wall-clock {spread([t.tokens / t.wall for t in taken[reader]])}")
    pairs = list(zip(taken["ours"], taken["openai"], strict=True))
    by_core = spread([peer.cpu / ours.cpu for ours, peer in pairs], ".1f")
    by_wall = spread([peer.wall / ours.wall for ours, peer in pairs], ".1f")
    print(f"  ours / openai: {by_core} by core, {by_wall} by wall-clock", end="; ")
    print(f"limits {LEAST_RATE:,} tokens/s a core and {LEAST_RATIO:.0f}")
    ours, theirs = ([t.tokens / t.cpu for t in taken[reader]] for reader in ("ours", "openai"))
    what = f"tokens/s a core of {streams} streams"
    return [
        measured(what, ours, "tokens/s", limit=LEAST_RATE, bound="least"),
        compared(what, ours, theirs, "tokens/s", "the openai package", limit=LEAST_RATIO, bound="least"),
    ]


def latency(rounds: int, streams: int, rate: int, seconds: float) -> list[Result]:
    """Print and return the time from the sending of a token to its delta."""
    tokens = round(rate * seconds / streams)
    print(f"{rate:,} tokens/s over {streams} streams, all in one step; {rounds} rounds of {seconds:g} s; milliseconds")
    readers: tuple[Reader, ...] = ("bare", "ours")
    taken: dict[Reader, list[Taken]] = {reader: [] for reader in readers}
    with server("--rate", str(rate), "--streams", str(streams)) as url:
        for _ in range(rounds):
            for reader in readers:
                taken[reader].append(take_apart(reader, url, streams, tokens, paced=True))
    for reader in readers:
        found = taken[reader]
        print(f"  {reader:6} p50 {spread([t.p50 for t in found], '.2f')}", end=", ")
        print(f"p99 {spread([t.p99 for t in found], '.2f')}, worst {max(t.worst for t in found):.1f}", end="; ")
        print(f"{statistics.median(t.tokens / t.wall for t in found):,.0f} tokens/s", end=" ")
        print(f"with {statistics.median(t.cpu / t.wall for t in found):.0%} of a core")
    added = [ours.p99 - bare.p99 for ours, bare in zip(taken["ours"], taken["bare"], strict=True)]
    half = [ours.p50 - bare.p50 for ours, bare in zip(taken["ours"], taken["bare"], strict=True)]
    print(f"  added: p50 {spread(half, '.2f')}, p99 {spread(added, '.2f')}; limit for p99 {MOST_LATENCY:g}")
    p99 = [[t.p99 for t in taken[reader]] for reader in ("ours", "bare")]
    return [
        measured(f"latency that our client adds at {rate:,} tokens/s, p99", added, "ms", limit=MOST_LATENCY),
        compared("latency in all, p99", p99[0], p99[1], "ms", "a bare reader"),
    ]


def results(quick: bool) -> list[Result]:
    """Measure once and shortly, or with the usual rounds."""
    if quick:
        return [*throughput(1, 16, 500), *latency(1, 16, 5000, 2.0)]
    return [*throughput(7, 16, 2000), *latency(7, 16, 5000, 5.0)]


def main() -> None:
    """Measure both and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=2000, help="in each stream")
    parser.add_argument("--rate", type=int, default=5000, help="tokens a second of the paced server")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a paced round")
    parser.add_argument("--first", action="store_true", help="measure the latency before all else on the machine")
    parser.add_argument("--take", choices=("ours", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--paced", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.take:
        taken = asyncio.run(take(told.take, told.url, told.streams, told.tokens, told.paced))
        print(msgspec.json.encode(taken).decode())
        return
    throughput(told.rounds, told.streams, told.tokens)
    if told.first:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    latency(told.rounds, told.streams, told.rate, told.seconds)


if __name__ == "__main__":
    main()
