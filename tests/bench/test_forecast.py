"""What a suite will take: measured where earlier sessions tell, assumed and so told where none does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sessions.made import make_session
from tui_aide.bench.forecast import ANSWER_TOKENS, PROMPT_TOKENS, SCRIPT_SECONDS, forecast_from, samples_a_node
from tui_aide.bench.suite_toml import find_suite, parse_suite
from tui_aide.sessions.listing import list_sessions

SUITE = """
[budget]
nodes = 10
[run]
seeds = [0, 1]
slots = 1
workers = 1
[models.m]
model = "tiny"
[strategies.single]
[tasks.digits]
"""


def test_what_nothing_tells_is_assumed_and_named() -> None:
    found = forecast_from(parse_suite(SUITE, "s.toml", Path("/")), [])
    (way,) = found.ways
    assert (way.cells, way.nodes, way.assumed) == (2, 20.0, ("tokens", "model", "scripts"))
    assert found.tokens == 20 * (PROMPT_TOKENS + ANSWER_TOKENS)
    assert found.seconds[0] >= 20 * SCRIPT_SECONDS
    assert found.disk_assumed == ("digits",)


def test_earlier_sessions_take_the_place_of_what_is_assumed(tmp_path: Path) -> None:
    make_session(tmp_path, "one", task="digits", model="tiny")  # a node of 200 tokens, a second of each kind
    found = forecast_from(parse_suite(SUITE, "s.toml", Path("/")), list_sessions(tmp_path))
    (way,) = found.ways
    assert way.assumed == ()
    assert (way.tokens, way.seconds) == (20 * 200, (20.0, 40.0))
    assert found.disk_assumed == ()
    half = forecast_from(parse_suite(SUITE.replace("slots", "parallel = 2\nslots"), "s.toml", Path("/")), [])
    whole = forecast_from(parse_suite(SUITE, "s.toml", Path("/")), [])
    assert half.seconds[1] == pytest.approx(whole.seconds[1] / 2)


def test_equal_tokens_give_the_others_fewer_nodes() -> None:
    text = SUITE.replace("nodes = 10", 'nodes = 10\ntokens = "as:single"')
    text += '[strategies.votes]\nstrategy = "self-consistency(n=5)"\n'
    reference, votes = forecast_from(parse_suite(text, "s.toml", Path("/")), []).ways
    assert votes.tokens == pytest.approx(reference.tokens)
    assert votes.nodes == pytest.approx(reference.nodes / 5)


def test_samples_follow_from_the_spec() -> None:
    specs = {
        "single": 1,
        "best-of-n(n=3)": 3,
        "self-debugging(rounds=1)": 2,
        "best-of-n(n=2)+self-debugging(rounds=2)": 6,
    }
    assert {spec: samples_a_node(spec) for spec in specs} == specs


def test_the_thesis_is_forecast_whole() -> None:
    found = forecast_from(find_suite("thesis"), [])
    assert found.cells == 540
    assert len(found.ways) == 18
