"""The client against a real vLLM: tokens a second beside those of vLLM's own benchmark client, on the same server.

Run: python -m benchmarks.vllm_client [--base-url URL --vllm-python PYTHON] [--streams N] [--requests N] [--rounds N]

Without an address the tiny model of `pytest -m vllm` is served, which `python -m tests.tiny_r1.lane` installs. Both
clients ask for completions of the same length, past any end of the text, of random prompts of the same length with the
same sampling, so many at a time, each from a process of its own, in turn. A speed is all tokens over the time from the
first request to the end of the last. vLLM's client is measured twice: as it is, and asking for what ours asks for
besides, a limit to thinking and counts of tokens in every chunk, which cost the server something.
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
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from benchmarks.model_client import spread
from tests.models.requests import PROPOSAL
from tests.tiny_r1.lane import OFFLINE, PYTHON
from tests.tiny_r1.real_server import real_server
from tui_aide.errors import ModelRefusedError
from tui_aide.models.chat import ChatRequest, Finish, Message, Sampling
from tui_aide.models.connection import Answer, ServerConnection
from tui_aide.models.openai_compatible import OpenAICompatibleModel

LEAST_RATIO = 0.95
_ATTEMPTS = 3
_BESIDES = ("stream_options", "thinking_token_budget")
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
    """What a client asks for: requests in all, streams at a time, and tokens of each prompt and completion."""

    requests: int
    streams: int
    prompt: int
    tokens: int


class Speed(msgspec.Struct, frozen=True):
    """What it got: tokens of prompts and of completions, seconds, and the fields that only ours asks with."""

    prompt: int
    tokens: int
    seconds: float
    asked: dict[str, Any] = {}

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.tokens / self.seconds


class FixedLength(ServerConnection):
    """Asks for completions of one length whatever they hold, and refuses to go on with them when they are cut there."""

    length = 0
    asked: Mapping[str, Any] = MappingProxyType({})

    async def post(self, path: str, body: bytes, *, root: bool = False, seconds: float | None = None) -> Answer:
        raise ModelRefusedError(f"{path} is not asked for here")

    async def stream(self, path: str, body: bytes, request_id: str = "") -> AsyncGenerator[bytes, None]:
        asked: dict[str, Any] = msgspec.json.decode(body)
        asked |= {"max_tokens": self.length, "ignore_eos": True}
        self.asked = {name: asked[name] for name in _BESIDES if name in asked}
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
        return [await one() for _ in range(load.requests)]
    finally:
        await connection.aclose()


async def ours(url: str, load: Load) -> Speed:
    """Read all with our client in this process, after a short completion that warms it up."""
    model = OpenAICompatibleModel(url)
    model.connection = connection = FixedLength(url)
    gate = asyncio.Semaphore(load.streams)

    async def one(prompt: str) -> Finish:
        sampling = Sampling(temperature=TEMPERATURE, top_p=TOP_P, seed=SEED)
        async with gate:
            async for item in model.stream(ChatRequest((Message("user", prompt),), PROPOSAL, sampling)):
                if isinstance(item, Finish):
                    return item
        raise SystemExit("a stream ended without its finish")

    try:
        connection.length = 8
        await one("Write.")
        prompts = await random_prompts(url, (await model.known())[0].id, load)
        connection.length = load.tokens
        start = time.perf_counter()
        ends = await asyncio.gather(*map(one, prompts))
        seconds = time.perf_counter() - start
    finally:
        await model.aclose()
    prompt = sum(end.tokens.prompt for end in ends)
    return Speed(prompt, sum(end.tokens.total for end in ends) - prompt, seconds, dict(connection.asked))


def ours_apart(url: str, load: Load) -> Speed:
    """Read all with our client in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.vllm_client", "--base-url", url, "--take"]
    done = _run([*command, *_told(load)])
    return msgspec.json.decode(done, type=Speed)


def theirs(url: str, load: Load, python: Path, seed: int, asked: dict[str, Any]) -> Speed:
    """Read all with vLLM's client, which asks with the fields `asked` besides.

    Where some of its requests fail, the rest have the server to themselves, so it reads all anew.
    """
    for _ in range(_ATTEMPTS):
        found = _their_result(url, load, python, seed, asked)
        if found["completed"] == load.requests:
            return Speed(found["total_input_tokens"], found["total_output_tokens"], found["duration"])
        print(f"  vLLM's client completed {found['completed']} of {load.requests} requests; once more", flush=True)
    raise SystemExit("vLLM's client completes no round: set VLLM_HTTP_TIMEOUT_KEEP_ALIVE=60 where the server starts")


def _their_result(url: str, load: Load, python: Path, seed: int, asked: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        command = [str(python), "-c", BENCH, "--backend", "openai-chat", "--endpoint", "/v1/chat/completions"]
        command += ["--base-url", url.removesuffix("/v1"), "--dataset-name", "random", "--seed", str(seed)]
        command += ["--random-input-len", str(load.prompt), "--random-output-len", str(load.tokens), "--ignore-eos"]
        command += ["--num-prompts", str(load.requests), "--max-concurrency", str(load.streams), "--disable-tqdm"]
        command += [
            "--temperature",
            str(TEMPERATURE),
            "--top-p",
            str(TOP_P),
            "--extra-body",
            json.dumps({"seed": SEED} | asked),
        ]
        command += ["--save-result", "--result-dir", place, "--result-filename", "result.json"]
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


def compare(url: str, load: Load, python: Path, rounds: int) -> None:
    """Measure all in turn, changing who is first, and print speeds and ratios."""
    names = ("ours", "vLLM's", "vLLM's asking the same")
    asked = ours_apart(url, load).asked
    readers: tuple[Callable[[int], Speed], ...] = (
        lambda number: ours_apart(url, load),
        lambda number: theirs(url, load, python, number, {}),
        lambda number: theirs(url, load, python, number + rounds, asked),
    )
    taken: list[list[Speed]] = []
    for number in range(rounds):
        order = [(place + number) % len(readers) for place in range(len(readers))]
        found = {place: readers[place](number) for place in order}
        taken.append([found[place] for place in range(len(readers))])
        for name, speed in zip(names, taken[-1], strict=True):
            if speed.tokens != load.requests * load.tokens:
                raise SystemExit(f"{name} client counted {speed.tokens} of {load.requests * load.tokens} tokens")
            print(f"  {name} {speed.rate:,.0f}, prompts of {speed.prompt:,}", end=";")
        print(flush=True)
    for place, name in enumerate(names):
        print(f"  {name:23} {spread([speeds[place].rate for speeds in taken])} tokens/s", end="")
        ratios = [speeds[0].rate / speeds[place].rate for speeds in taken]
        print(f", ours / this {spread(ratios, '.3f')}, limit {LEAST_RATIO}" if place else "")


def main() -> None:
    """Find or start the server, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", help="a vLLM that serves; default: the tiny model's, started for this")
    parser.add_argument("--vllm-python", type=Path, default=PYTHON, help="a Python that has vLLM, for its client")
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--requests", type=int, default=32, help="in each round")
    parser.add_argument("--prompt", type=int, default=96, help="tokens in each prompt")
    parser.add_argument("--tokens", type=int, default=256, help="tokens in each completion")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--take", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    load = Load(told.requests, told.streams, told.prompt, told.tokens)
    if told.take:
        print(msgspec.json.encode(asyncio.run(ours(told.base_url, load))).decode())
        return
    # vLLM's client goes on with connections that a server else closes after five seconds.
    os.environ.setdefault("VLLM_HTTP_TIMEOUT_KEEP_ALIVE", "60")
    with ExitStack() as stack:
        url = told.base_url or f"{stack.enter_context(real_server())}/v1"
        print(f"{url}: {load.requests} completions of {load.tokens} tokens, {load.streams} at a time; tokens/s")
        compare(url, load, told.vllm_python, told.rounds)


if __name__ == "__main__":
    main()
