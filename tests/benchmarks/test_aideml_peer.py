"""The comparison with AIDE: the server's pace, words and faults, the scripts, and how outcomes are judged."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

import aiohttp
import pytest
from aiohttp import web

from benchmarks.aideml_peer.__main__ import survived
from benchmarks.aideml_peer.faults import FAULTS, Outcome, suffer
from benchmarks.aideml_peer.growth import around, by_node, grow
from benchmarks.aideml_peer.programs import Aideml, Ours, make_task
from benchmarks.aideml_peer.scripts import ANSWER_TOKENS, Misdeed, answer, script, tokens
from benchmarks.aideml_peer.server import Answered, Manner, ScriptedServer, read_log
from tui_aide.code.extraction import extract

CODE: dict[str, Any] = {"model": "scripted", "messages": [{"role": "user", "content": "x" * 400}]}
REVIEW = CODE | {"tools": [{"type": "function", "function": {"name": "submit_review", "parameters": {}}}]}


@asynccontextmanager
async def serving(manner: Manner, log: Path) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    runner = web.AppRunner(ScriptedServer(manner, log).application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        yield session, f"http://127.0.0.1:{runner.addresses[0][1]}/v1/chat/completions"
    await runner.cleanup()


async def test_whole_and_streamed_answers_are_the_same_and_are_noted(tmp_path: Path) -> None:
    texts = []
    for streamed in (False, True):
        async with serving(Manner(), tmp_path / f"{streamed}") as (session, url):
            response = await session.post(url, json=CODE | {"stream": streamed})
            if streamed:
                lines = [line[6:] for line in (await response.text()).splitlines() if line.startswith("data: {")]
                import json

                chunks = [json.loads(line) for line in lines]
                texts.append("".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"]))
            else:
                texts.append((await response.json())["choices"][0]["message"]["content"])
        (noted,) = read_log(tmp_path / f"{streamed}")
        assert (noted.kind, noted.prompt) == ("code", 100)
    assert texts[0] == texts[1] == answer(0)


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_pace_is_kept(tmp_path: Path, streamed: bool) -> None:
    async with serving(Manner(first=0.1, rate=2000), tmp_path / "log") as (session, url):
        start = time.perf_counter()
        await (await session.post(url, json=CODE | {"stream": streamed})).read()
        assert time.perf_counter() - start >= 0.1 + (ANSWER_TOKENS - 1) / 2000


async def test_a_review_tells_the_printed_score(tmp_path: Path) -> None:
    import json

    async with serving(Manner(), tmp_path / "log") as (session, url):
        for printed, bug, metric in (("score: 1.25\n", False, 1.25), ("Traceback\n", True, None)):
            asked = REVIEW | {"messages": [{"role": "system", "content": f"{script(0)}\n{printed}"}]}
            told = await (await session.post(url, json=asked)).json()
            call = told["choices"][0]["message"]["tool_calls"][0]["function"]
            found = json.loads(call["arguments"])
            assert (call["name"], found["is_bug"], found["metric"]) == ("submit_review", bug, metric)


async def test_faults_come_when_told_and_pass(tmp_path: Path) -> None:
    async with serving(Manner(fault="answers 500", times=2), tmp_path / "log") as (session, url):
        states = [(await session.post(url, json=CODE)).status for _ in range(5)]
    assert states == [200, 500, 500, 200, 200]
    async with serving(Manner(fault="cuts the stream"), tmp_path / "cut") as (session, url):
        await (await session.post(url, json=CODE)).read()
        with pytest.raises(aiohttp.ClientError):
            await (await session.post(url, json=CODE | {"stream": True})).read()
        assert (await session.post(url, json=CODE)).status == 200
    assert [a.kind for a in read_log(tmp_path / "cut")] == ["code", "fault", "code"]
    async with serving(Manner(fault="goes silent", at=0), tmp_path / "silent") as (session, url):
        response = await session.post(url, json=CODE | {"stream": True})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(response.read(), 0.3)


def test_answers_are_as_long_as_told_and_hold_their_script() -> None:
    for misdeed in (None, *get_args(Misdeed)):
        text = answer(3, misdeed, "a-mark")
        assert ANSWER_TOKENS - 2 <= tokens(len(text)) <= ANSWER_TOKENS + 20
        code = extract(text).code
        assert code is not None
        compile(code, "solution.py", "exec")
        assert script(3, misdeed, "a-mark").strip() in code


def test_the_script_learns_and_says_what_it_took(tmp_path: Path) -> None:
    make_task(tmp_path / "input")
    scores = []
    for number in (0, 1):
        (tmp_path / "solution.py").write_text(script(number))
        done = subprocess.run([sys.executable, "solution.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
        first, second = done.stdout.splitlines()
        scores.append(float(first.removeprefix("score: ")))
        assert second.startswith(f"own {number}: ")
    assert 0.9 < scores[0] < 1.2  # the noise is 1
    assert scores[0] != scores[1]
    assert len((tmp_path / "working" / "submission.csv").read_text().splitlines()) == 501


def test_completions_by_node() -> None:
    kinds = ("code", "review", "code", "fault", "code", "review")
    answered = [Answered(kind, float(i), float(i), 10) for i, kind in enumerate(kinds)]  # type: ignore[arg-type]
    assert [[a.kind for a in turn] for turn in by_node(answered)] == [
        ["code", "review"],
        ["code", "fault"],
        ["code", "review"],
    ]
    assert around([1.0, 2.0, 3.0, 10.0, 11.0, 12.0], 1.0, 3) == (3, [10.0, 11.0, 12.0])
    assert around([1.0, 2.0], 0.5, 3) == (0, [1.0, 2.0])


def outcome(**changes: Any) -> Outcome:
    usual: dict[str, Any] = {"code": 0, "seconds": 9.0, "nodes": 4, "valid": 4, "codes": 4}
    return Outcome(**usual | {"left": 0, "disk": 1000, "memory": 10**8} | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "survived, 4 of 4 nodes valid"),
        ({"valid": 3}, "survived, 3 of 4 nodes valid"),
        ({"valid": 2}, "2 of 4 nodes valid"),
        ({"code": None, "nodes": 1}, "did not end in 9 s, 1 of 4 nodes"),
        ({"code": -9}, "ended with exit code -9"),
        ({"left": 30}, "30 processes left"),
        ({"disk": 10**9}, "1,000 MB left on the disk"),
        ({"memory": 2 * 10**9}, "took 2,000 MB of memory"),
        ({"kept": 2, "asked": 2}, "survived, 4 of 4 nodes valid"),
        ({"kept": 2, "asked": 4}, "asked for 4 scripts more though 2 of 4 nodes were made"),
    ],
)
def test_what_counts_as_survived(changes: dict[str, Any], words: str) -> None:
    assert outcome(**changes).words == words


def test_survivors_are_counted() -> None:
    found = {fault: (outcome(), outcome(left=number)) for number, fault in enumerate(FAULTS)}
    rows = survived(found)
    assert len(rows) == len(FAULTS) + 1
    assert (rows[-1].figure, rows[-1].peer_figure, rows[-1].verdict) == (len(FAULTS), 1, "ok")
    assert rows[2].remark.endswith("AIDE 2 processes left")


def test_ours_is_measured_as_it_is_started(tmp_path: Path) -> None:
    task = make_task(tmp_path / "task")
    grown = grow(Ours(), tmp_path / "grown", task, 3, 120)
    assert grown.valid == 3
    assert len(grown.overhead) == 2
    assert all(seconds > 0 for seconds in grown.overhead)
    assert grown.prompts == grown.codes  # no model judges
    assert grown.codes[2] > grown.codes[0] > 100


@pytest.mark.aideml
def test_aide_is_measured_as_it_is_started(tmp_path: Path) -> None:
    task = make_task(tmp_path / "task")
    grown = grow(Aideml(), tmp_path / "grown", task, 4, 120)
    assert grown.valid == 4
    assert all(all_ > code for all_, code in zip(grown.prompts, grown.codes, strict=True))  # a model judges
    assert grown.codes == sorted(grown.codes)
    left = suffer(Aideml(), "script forks", tmp_path / "forks", task, 90)
    assert left.left >= 30
    assert left.code == 0
