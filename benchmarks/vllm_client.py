"""The client against a real vLLM: tokens a second beside those of vLLM's own benchmark client, on the same server.

Run: python -m benchmarks.vllm_client [--base-url URL --vllm-python PYTHON] [--streams N] [--rounds N]

Without an address the tiny model of `pytest -m vllm` is served, which `python -m tests.tiny_r1.lane` installs. Both
clients ask for completions of the same length, past any end of the text, of random prompts of the same length with the
same sampling, all at once, each client from a process of its own, in turn. A speed is that at which tokens come from
the moment on when each of the streams has begun until one of them ends: before it, a vLLM on few cores may let the
first request run alone while it does not get to take in the others, for whichever client that happens. A round where
that took so long that too few tokens are left is taken anew.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from benchmarks.model_client import spread
from benchmarks.result import Result, compared
from tests.models.requests import PROPOSAL
from tests.tiny_r1.lane import OFFLINE, PYTHON
from tests.tiny_r1.real_server import real_server
from tui_aide.errors import ModelRefusedError
from tui_aide.models.chat import ChatRequest, Finish, Message, Sampling
from tui_aide.models.connection import Answer, ServerConnection
from tui_aide.models.openai_compatible import OpenAICompatibleModel

LEAST_RATIO = 0.95
_ATTEMPTS = 6
_LEAST_SHARE = 0.3
SEED, TEMPERATURE, TOP_P = 7, 0.6, 0.95

BENCH = """
from vllm.benchmarks.serve import add_cli_args, main
from vllm.utils.argparse_utils import FlexibleArgumentParser
parser = FlexibleArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""
"""`vllm bench serve`, which as a command does not start where vLLM was installed under another name."""


class Load(msgspec.Struct, frozen=True):
    """What a client asks for: streams, and tokens of each prompt and completion."""

    streams: int
    prompt: int
    tokens: int


class Speed(msgspec.Struct, frozen=True):
    """What it got: tokens of prompts and of completions in all; those that came while all streamed, and its seconds."""

    prompt: int
    tokens: int
    together: float
    seconds: float

    @property
    def rate(self) -> float:
        """Tokens a second while all streamed."""
        return self.together / self.seconds if self.seconds > 0 else 0.0


def speed(prompt: int, streams: Sequence[tuple[int, Sequence[float]]]) -> Speed:
    """Return the speed of streams, each given as its tokens and the times at which pieces of it came."""
    begin, end = max(times[0] for _, times in streams), min(times[-1] for _, times in streams)
    together = sum(tokens * sum(begin < at <= end for at in times) / len(times) for tokens, times in streams)
    return Speed(prompt, sum(tokens for tokens, _ in streams), together, max(0.0, end - begin))


class FixedLength(ServerConnection):
    """Asks for completions of one length whatever they hold, and refuses to go on with them when they are cut there."""

    length = 0

    async def post(self, path: str, body: bytes, *, root: bool = False, seconds: float | None = None) -> Answer:
        raise ModelRefusedError(f"{path} is not asked for here")

    async def stream(self, path: str, body: bytes, request_id: str = "") -> AsyncGenerator[bytes, None]:
        asked: dict[str, Any] = msgspec.json.decode(body)
        asked |= {"max_tokens": self.length, "ignore_eos": True}
        async for data in super().stream(path, msgspec.json.encode(asked), request_id):
            yield data


async def random_prompts(url: str, model: str, load: Load) -> list[str]:
    """Return prompts that the server made from random tokens, cut to their length once it has read them anew."""
    connection = ServerConnection(url)

    async def told(path: str, **asked: Any) -> Any:
        body = msgspec.json.encode({"model": model, "add_special_tokens": False} | asked)
        return msgspec.json.decode((await connection.post(path, body, root=True)).body)

    async def one() -> str:
        drawn = await told("detokenize", tokens=[random.randrange(1000, 4000) for _ in range(load.prompt)])
        read = await told("tokenize", prompt=drawn["prompt"])
        text: str = (await told("detokenize", tokens=read["tokens"][: load.prompt]))["prompt"]
        return text

    try:
        return [await one() for _ in range(load.streams)]
    finally:
        await connection.aclose()


async def ours(url: str, load: Load) -> Speed:
    """Read all with our client in this process, after a short completion that warms it up."""
    model = OpenAICompatibleModel(url)
    model.connection = connection = FixedLength(url)

    async def one(prompt: str) -> tuple[Finish, list[float]]:
        sampling = Sampling(temperature=TEMPERATURE, top_p=TOP_P, seed=SEED)
        times: list[float] = []
        async for item in model.stream(ChatRequest((Message("user", prompt),), PROPOSAL, sampling)):
            if isinstance(item, Finish):
                return item, times
            times.append(time.perf_counter())
        raise SystemExit("a stream ended without its finish")

    try:
        connection.length = 8
        await one("Write.")
        prompts = await random_prompts(url, (await model.known())[0].id, load)
        connection.length = load.tokens
        ends = await asyncio.gather(*map(one, prompts))
    finally:
        await model.aclose()
    prompt = sum(end.tokens.prompt for end, _ in ends)
    return speed(prompt, [(end.tokens.total - end.tokens.prompt, times) for end, times in ends])


def ours_apart(url: str, load: Load) -> Speed:
    """Read all with our client in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.vllm_client", "--base-url", url, "--take"]
    done = _run([*command, *_told(load)])
    return msgspec.json.decode(done, type=Speed)


def theirs(url: str, load: Load, python: Path, seed: int) -> Speed:
    """Read all with vLLM's client."""
    found = _their_result(url, load, python, seed)
    if found["completed"] != load.streams:
        return Speed(0, 0, 0, 0)
    streams = []
    for tokens, start, first, gaps in zip(
        found["output_lens"], found["start_times"], found["ttfts"], found["itls"], strict=True
    ):
        streams.append((tokens, list(accumulate(gaps, initial=start + first))))
    return speed(found["total_input_tokens"], streams)


def _their_result(url: str, load: Load, python: Path, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        command = [str(python), "-c", BENCH, "--backend", "openai-chat", "--endpoint", "/v1/chat/completions"]
        command += ["--base-url", url.removesuffix("/v1"), "--dataset-name", "random", "--seed", str(seed)]
        command += ["--random-input-len", str(load.prompt), "--random-output-len", str(load.tokens), "--ignore-eos"]
        command += ["--num-prompts", str(load.streams), "--max-concurrency", str(load.streams), "--disable-tqdm"]
        command += [
            "--temperature",
            str(TEMPERATURE),
            "--top-p",
            str(TOP_P),
            "--extra-body",
            json.dumps({"seed": SEED}),
        ]
        command += ["--save-result", "--save-detailed", "--result-dir", place, "--result-filename", "result.json"]
        _run(command, OFFLINE)
        found: dict[str, Any] = json.loads((Path(place) / "result.json").read_bytes())
        return found


def _told(load: Load) -> list[str]:
    return [f"--{name}={value}" for name, value in msgspec.structs.asdict(load).items()]


def _run(command: Sequence[str], settings: Mapping[str, str] = MappingProxyType({})) -> str:
    environment = {**os.environ, **settings}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} failed: {(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


def compare(url: str, load: Load, python: Path, rounds: int) -> list[Result]:
    """Measure both in turn, changing who is first; print and return speeds and ratios."""
    names = ("ours", "vLLM's")
    readers: tuple[Callable[[int], Speed], ...] = (
        lambda number: ours_apart(url, load),
        lambda number: theirs(url, load, python, number),
    )
    taken: list[list[Speed]] = []
    for number in range(rounds):
        found: dict[int, Speed] = {}
        for place in (number % 2, 1 - number % 2):
            found[place] = _whole_round(readers[place], names[place], load, number)
        taken.append([found[0], found[1]])
        told = (f"{n} {s.rate:,.0f} in {s.seconds:.1f} s" for n, s in zip(names, taken[-1], strict=True))
        print(f"  {'; '.join(told)}", flush=True)
    for place, name in enumerate(names):
        print(f"  {name:6} {spread([speeds[place].rate for speeds in taken])} tokens/s", end="")
        ratios = [speeds[0].rate / speeds[place].rate for speeds in taken]
        print(f", ours / this {spread(ratios, '.3f')}, limit {LEAST_RATIO}" if place else "", flush=True)
    rates = [[speeds[place].rate for speeds in taken] for place in (0, 1)]
    what = f"tokens/s of {load.streams} streams from a real vLLM on a CPU"
    return [compared(what, rates[0], rates[1], "tokens/s", "vLLM's own client", limit=LEAST_RATIO, bound="least")]


def results(quick: bool) -> list[Result]:
    """Measure with one round or with the usual ones; the first time, vLLM is installed."""
    with real_server() as root:
        return told(f"{root}/v1", Load(16, 96, 256 if quick else 1024), PYTHON, 1 if quick else 9)


def told(url: str, load: Load, python: Path, rounds: int) -> list[Result]:
    """Say what is measured, and measure it."""
    # vLLM's client goes on with connections that a server else closes after five seconds.
    os.environ.setdefault("VLLM_HTTP_TIMEOUT_KEEP_ALIVE", "60")
    print(f"{url}: {load.streams} completions of {load.tokens} tokens at once; tokens/s")
    return compare(url, load, python, rounds)


def _whole_round(reader: Callable[[int], Speed], name: str, load: Load, seed: int) -> Speed:
    """Return the speed of a round in which all streamed together for long enough."""
    for _ in range(_ATTEMPTS):
        found = reader(seed)
        if found.tokens == load.streams * load.tokens and found.together >= _LEAST_SHARE * found.tokens:
            return found
        print(f"  {name}: {found.together:,.0f} of {found.tokens:,} tokens came together; once more", flush=True)
    raise SystemExit("the streams do not run together: is the machine busy?")


def main() -> None:
    """Find or start the server, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", help="a vLLM that serves; default: the tiny model's, started for this")
    parser.add_argument("--vllm-python", type=Path, default=PYTHON, help="a Python that has vLLM, for its client")
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--prompt", type=int, default=96, help="tokens in each prompt")
    parser.add_argument("--tokens", type=int, default=1024, help="tokens in each completion")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--take", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    load = Load(options.streams, options.prompt, options.tokens)
    if options.take:
        print(msgspec.json.encode(asyncio.run(ours(options.base_url, load))).decode())
        return
    with ExitStack() as stack:
        url = options.base_url or f"{stack.enter_context(real_server())}/v1"
        told(url, load, options.vllm_python, options.rounds)


if __name__ == "__main__":
    main()
