"""The client against a real vLLM: tokens a second beside those of vLLM's own benchmark client, on the same server.

Run: python -m benchmarks.vllm_client [--base-url URL --vllm-python PYTHON] [--streams N] [--requests N] [--rounds N]

Without an address the tiny model of `pytest -m vllm` is served, which `python -m tests.tiny_r1.lane` installs. Both
clients ask for completions of the same length, past any end of the text, of random prompts of the same length with the
same sampling, so many at a time, each from a process of its own, in turn. A speed is all tokens over the time from the
first request to the end of the last.
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
from collections.abc import AsyncGenerator, Mapping, Sequence
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
    """What it got: tokens of all prompts and of all completions, and seconds."""

    prompt: int
    tokens: int
    seconds: float

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.tokens / self.seconds


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
    return Speed(
        sum(end.tokens.prompt for end in ends), sum(end.tokens.total - end.tokens.prompt for end in ends), seconds
    )


def ours_apart(url: str, load: Load) -> Speed:
    """Read all with our client in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.vllm_client", "--base-url", url, "--take"]
    done = _run([*command, *_told(load)])
    return msgspec.json.decode(done, type=Speed)


def theirs(url: str, load: Load, python: Path, seed: int) -> Speed:
    """Read all with vLLM's client; anew where some of its requests fail, since the rest then have the server alone."""
    for _ in range(_ATTEMPTS):
        found = _their_result(url, load, python, seed)
        if found["completed"] == load.requests:
            return Speed(found["total_input_tokens"], found["total_output_tokens"], found["duration"])
        print(f"  vLLM's client completed {found['completed']} of {load.requests} requests; once more", flush=True)
    raise SystemExit("vLLM's client completes no round: set VLLM_HTTP_TIMEOUT_KEEP_ALIVE=60 where the server starts")


def _their_result(url: str, load: Load, python: Path, seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        command = [str(python), "-c", BENCH, "--backend", "openai-chat", "--endpoint", "/v1/chat/completions"]
        command += ["--base-url", url.removesuffix("/v1"), "--dataset-name", "random", "--seed", str(seed)]
        command += ["--random-input-len", str(load.prompt), "--random-output-len", str(load.tokens), "--ignore-eos"]
        command += ["--num-prompts", str(load.requests), "--max-concurrency", str(load.streams), "--disable-tqdm"]
        command += ["--temperature", str(TEMPERATURE), "--top-p", str(TOP_P), "--extra-body", f'{{"seed":{SEED}}}']
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
    """Measure both in turn, changing who is first, and print speeds and ratio."""
    pairs: list[tuple[Speed, Speed]] = []
    for number in range(rounds + 1):
        if number % 2:
            peer = theirs(url, load, python, number)
            own = ours_apart(url, load)
        else:
            own = ours_apart(url, load)
            peer = theirs(url, load, python, number)
        for name, speed in (("ours", own), ("vLLM's", peer)):
            if speed.tokens != load.requests * load.tokens:
                raise SystemExit(f"{name} client counted {speed.tokens} of {load.requests * load.tokens} tokens")
        print(f"  {own.rate:,.0f} / {peer.rate:,.0f} = {own.rate / peer.rate:.3f}", end=", ")
        print(f"prompts of {own.prompt:,} / {peer.prompt:,} tokens{'' if number else ', to warm up'}", flush=True)
        if number:
            pairs.append((own, peer))
    print(f"  ours {spread([own.rate for own, _ in pairs])} tokens/s, ", end="")
    print(f"vLLM's {spread([peer.rate for _, peer in pairs])} tokens/s", end="; ")
    print(f"ratio {spread([own.rate / peer.rate for own, peer in pairs], '.3f')}, limit {LEAST_RATIO}")


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
