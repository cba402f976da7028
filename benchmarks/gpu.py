"""One GPU for thinking and training, on a real one: what sleep frees and costs, what n samples share, tokens a second.

Run: python -m benchmarks.gpu --base-url http://localhost:8000/v1 [--vllm-python PATH]
Start the server on this machine first; random weights do, since nothing here looks at the words:

    tui-aide serve deepseek-r1-7b --gpu alternate -- --load-format dummy

It prints the card, the versions, and: seconds to sleep and to wake, memory freed and left, seconds to the first token
after waking; use of the KV cache and prefix hits with eight samples of one prompt; tokens a second at 16 streams
through our client and through vLLM's own bench client. Without a GPU it says so and measures nothing, but with
--without-gpu goes through the same steps for a look at the steps themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import subprocess
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

import msgspec

from benchmarks.result import Result, Unavailable, compared, measured
from tests.doubles import toy_view
from tui_aide.models.chat import ChatRequest, Finish, Limits, Message, Proposal, Sampling
from tui_aide.models.load import read_metrics
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.models.serving.hardware import find_hardware, gpu_use
from tui_aide.models.serving.installation import find_installation, vllm_python
from tui_aide.models.sleep import SleepingServers

ROUNDS, SAMPLES, STREAMS, REQUESTS = 3, 8, 16, 48
PROMPT_TOKENS, ANSWER_TOKENS = 1500, 256
GIB = 2**30

_BENCH = """
from argparse import ArgumentParser
from vllm.benchmarks.serve import add_cli_args, main
parser = ArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""
"""What `vllm bench serve` runs; that program itself does not work with a vLLM built for CPUs."""

Totals = dict[str, float]


class Drawn(msgspec.Struct, frozen=True):
    """One request: tokens of its prompt and generated ones, seconds to the first of these and to the last."""

    prompt: int
    tokens: int
    first: float
    seconds: float


async def draw(model: OpenAICompatibleModel, number: int, words: int, n: int = 1, tokens: int = ANSWER_TOKENS) -> Drawn:
    """Stream one request; prompts of different numbers share no beginning."""
    text = " ".join(f"{number:04}.{i:04}" for i in range(words))
    sampling = Sampling(seed=number, n=n, max_tokens=tokens)
    proposal = Proposal("draft", toy_view(), (), (), "", Limits(60.0, None, 1), number)
    request = ChatRequest((Message("user", f"{text} Go on for as long as you can."),), proposal, sampling)
    start, first, prompt, made = time.perf_counter(), 0.0, 0, 0
    async with aclosing(model.stream(request)) as items:
        async for item in items:
            first = first or time.perf_counter() - start
            if isinstance(item, Finish):
                prompt += item.tokens.prompt
                made += item.tokens.reasoning + item.tokens.answer
    return Drawn(prompt, made, first, time.perf_counter() - start)


async def words_of_a_prompt(model: OpenAICompatibleModel) -> int:
    """How many of the words in `draw` make the tokens that a prompt is to have."""
    few, many = await draw(model, 1, 10, tokens=8), await draw(model, 1, 110, tokens=8)
    return round(100 * PROMPT_TOKENS / max(1, many.prompt - few.prompt))


async def used() -> float | None:
    """GiB in use on the GPUs together."""
    gpus = await gpu_use()
    return sum(gpu.memory_used for gpu in gpus) / GIB if gpus else None


async def totals(model: OpenAICompatibleModel) -> Totals:
    """The server's own counters."""
    figures, _ = read_metrics((await model.connection.get("metrics", root=True)).body)
    return figures


async def measure_sleep(model: OpenAICompatibleModel, servers: SleepingServers, words: int) -> list[Result]:
    """Sleep and wake a few times."""
    sleeps, wakes, firsts, freed, left = [], [], [], [], []
    for round_ in range(1, ROUNDS + 1):
        before, start = await used(), time.perf_counter()
        await servers.sleep()
        sleeps.append(time.perf_counter() - start)
        if before is not None and (after := await used()) is not None:
            freed.append(before - after)
            left.append(after)
        start = time.perf_counter()
        await servers.wake()
        wakes.append(time.perf_counter() - start)
        firsts.append((await draw(model, round_, words, tokens=8)).first)
    print(
        f"sleep: {_spread(sleeps)} s to fall asleep, {_spread(wakes)} s to wake, first token {_spread(firsts)} s later"
    )
    if freed:
        print(f"memory: {_spread(freed)} GiB freed, {_spread(left)} GiB still in use while asleep")
    return [
        measured("falling asleep", sleeps, "s"),
        measured("waking", wakes, "s"),
        measured("the first token after waking", firsts, "s"),
        *([measured("memory that sleep frees", freed, "GiB")] if freed else []),
    ]


async def measure_samples(model: OpenAICompatibleModel, words: int) -> list[Result]:
    """Draw several samples of one prompt, and the same prompt again."""
    before, peak = await totals(model), 0.0
    drawing = asyncio.create_task(draw(model, 100, words, n=SAMPLES))
    while not drawing.done():
        peak = max(peak, (await totals(model)).get("kv_use", 0.0))
        await asyncio.sleep(0.1)
    first, between = drawing.result(), await totals(model)
    again = await draw(model, 100, words, n=SAMPLES)
    after = await totals(model)
    print(
        f"{SAMPLES} samples of one prompt: {first.tokens} tokens in {first.seconds:.2f} s, "
        f"first token {first.first:.3f} s, KV cache at most {peak:.2%}, prefix hits {_hits(before, between)}; "
        f"once more: first token {again.first:.3f} s, prefix hits {_hits(between, after)}"
    )
    what = f"the first token of {SAMPLES} samples, the same prompt once more"
    return [compared(what, [again.first], [first.first], "s", "the first time")]


async def measure_speed(model: OpenAICompatibleModel, words: int, python: Path | None) -> list[Result]:
    """Compare our client with vLLM's at the same server; theirs first and last, as servers warm up."""
    theirs = [await _bench(model, python)] if python else []
    ours = await _ours(model, words)
    print(f"our client: {ours:.0f} tokens/s from {STREAMS} streams")
    if python is None:
        print("vLLM's bench client: not measured, no vLLM here (name its Python with --vllm-python)")
        return [measured(f"tokens/s of {STREAMS} streams", [ours], "tokens/s", remark="no vLLM here to compare with")]
    theirs.append(await _bench(model, python))
    print(f"vLLM's bench client: {_spread(theirs)} tokens/s; ratio {ours / statistics.mean(theirs):.3f} (limit 0.95)")
    peer = "vLLM's bench client"
    return [compared(f"tokens/s of {STREAMS} streams", [ours], theirs, "tokens/s", peer, limit=0.95, bound="least")]


async def _ours(model: OpenAICompatibleModel, words: int) -> float:
    gate = asyncio.Semaphore(STREAMS)

    async def one(number: int) -> int:
        async with gate:
            return (await draw(model, 1000 + number, words)).tokens

    start = time.perf_counter()
    made = sum(await asyncio.gather(*(one(number) for number in range(REQUESTS))))
    return made / (time.perf_counter() - start)


async def _bench(model: OpenAICompatibleModel, python: Path) -> float:
    """Tokens a second that `vllm bench serve` gets for as many requests of about the same length."""
    listed = json.loads((await model.connection.get("models")).body)["data"][0]
    with tempfile.TemporaryDirectory() as place:
        command = [str(python), "-c", _BENCH, "--backend", "openai-chat"]
        command += ["--endpoint", "/v1/chat/completions", "--base-url", str(model.connection.root).rstrip("/")]
        command += ["--model", listed["id"], "--tokenizer", listed.get("root") or listed["id"]]
        command += [
            "--dataset-name",
            "random",
            "--random-input-len",
            str(PROMPT_TOKENS),
            "--random-output-len",
            str(ANSWER_TOKENS),
            "--ignore-eos",
        ]
        command += ["--num-prompts", str(REQUESTS), "--max-concurrency", str(STREAMS), "--save-result"]
        command += ["--result-dir", place, "--result-filename", "result.json"]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=1800)
        if done.returncode:
            raise SystemExit(f"vLLM's bench client failed: {(done.stderr.strip() or done.stdout).splitlines()[-1]}")
        return float(json.loads((Path(place) / "result.json").read_text())["output_throughput"])


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def _hits(before: Totals, after: Totals) -> str:
    asked = after.get("queries", 0.0) - before.get("queries", 0.0)
    hit = after.get("hits", 0.0) - before.get("hits", 0.0)
    return f"{hit / asked:.1%} of {asked:.0f} tokens" if asked else "not told"


async def measure(base_url: str, python: Path | None) -> list[Result]:
    """Measure all at one server."""
    model = OpenAICompatibleModel(base_url)
    try:
        served, _ = await model.known()
        answer = await model.connection.get("version", root=True)
        print(f"{served.id} at {base_url}, {answer.body.decode()}, Python {platform.python_version()}")
        words = await words_of_a_prompt(model)
        rows = await measure_sleep(model, SleepingServers([base_url]), words)
        rows += await measure_samples(model, words)
        return rows + await measure_speed(model, words, python)
    finally:
        await model.aclose()


def results(quick: bool) -> list[Result]:
    """Measure at the usual address; there is no shorter way.

    Raises:
        Unavailable: there is no GPU.
    """
    if not find_hardware().cards:
        raise Unavailable("no GPU here")
    python = vllm_python(None)
    return asyncio.run(measure("http://localhost:8000/v1", python if find_installation(python) else None))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", default="http://localhost:8000/v1")
    parser.add_argument("--vllm-python", help="a Python that has vLLM, for its bench client")
    parser.add_argument("--without-gpu", action="store_true", help="go through the steps where there is no GPU")
    options = parser.parse_args()
    hardware = find_hardware()
    for card in hardware.cards:
        print(f"GPU {card.index}: {card.name}, {card.memory_total / GIB:.0f} GiB, driver {card.driver}")
    if not hardware.cards:
        print("no GPU here" + ("" if options.without_gpu else ": nothing measured"))
        if not options.without_gpu:
            return
    python = vllm_python(options.vllm_python)
    asyncio.run(measure(options.base_url, python if find_installation(python) else None))


if __name__ == "__main__":
    main()
