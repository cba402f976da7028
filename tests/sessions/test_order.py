from __future__ import annotations

import shlex
from typing import Any

import pytest

from tui_aide.cli import run as run_command
from tui_aide.cli.parser import Parser
from tui_aide.errors import UsageError
from tui_aide.sessions.order import SearchOrder, command_line, field_of, run_words
from tui_aide.sessions.quantities import duration, memory, write_duration, write_size
from tui_aide.tree.events import Budget


def parsed(line: str) -> SearchOrder:
    """What the command line itself makes of a line."""
    program, command, *words = shlex.split(line)
    assert (program, command) == ("tui-aide", "run")
    parser = Parser("tui-aide run", "", "")
    run_command.add_arguments(parser)
    return run_command.order_of(parser.parse_args(words))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"task": "-odd name's", "name": "a", "seed": 3},
        {"model": "[b]r1", "base_urls": ("http://a:1/v1", "http://b/v1"), "roles": ("coder=x@http://c/v1",)},
        {"strategy": "best-of-n(n=8)+self-debugging", "policy": "mcts(exploration=0.5)", "workers": 8, "slots": 3},
        {"nodes": 40, "tokens": 2_000_000, "wall_seconds": 5400.0, "execution_seconds": 90.5},
        {"timeout": 7.25, "memory": 4 << 30, "disk": (1 << 30) + (1 << 20), "python": "/venv", "sandbox": "none"},
        {"executor": "docker", "image": "i", "mounts": ("/a b", "/c")},
        {"executor": "ray", "ray_address": "h:1", "ray_gpus": 0.5},
        {"sequential": True, "ensemble": False, "refit": False, "gpu": "share", "sessions_dir": "/s"},
        {"max_tokens": 100, "thinking_budget": 50, "api_key_env": "KEY"},
    ],
)
def test_the_command_line_of_an_order_orders_the_same(given: dict[str, Any]) -> None:
    order = SearchOrder(**{"task": "./my data", **given})
    assert parsed(command_line(order)) == order


def test_what_is_usual_is_left_out_of_the_line() -> None:
    assert run_words(SearchOrder(task="digits", timeout=600.0, seed=0)) == ["run", "digits"]


def test_twenty_nodes_unless_there_is_a_limit() -> None:
    assert SearchOrder(task="t").budget == Budget(nodes=20)
    assert SearchOrder(task="t", tokens=5).budget == Budget(tokens=5)


@pytest.mark.parametrize("seconds", [1.0, 90.0, 600.0, 5400.0, 86400.0, 0.25, 61.5])
def test_durations_are_written_as_they_are_read(seconds: float) -> None:
    assert duration(write_duration(seconds)) == seconds


@pytest.mark.parametrize("size", [64 << 20, 500 << 20, 4 << 30, 1 << 40, (64 << 20) + 1])
def test_sizes_are_written_as_they_are_read(size: int) -> None:
    assert memory(write_size(size)) == size


@pytest.mark.parametrize("text", ["", "x", "0s", "-1m", "10 m", "1h 30m"])
def test_what_is_no_duration_is_said_to_be_none(text: str) -> None:
    with pytest.raises(UsageError, match=r"duration|above 0"):
        duration(text)


def test_an_error_is_put_at_the_field_that_it_names_first() -> None:
    assert field_of("--strategy 'x' is not known. See --policy") == "strategy"
    assert field_of("--model 'm': name it with --base-url URL") == "model"
    assert field_of("--modelled is nothing") == "task"
    assert field_of("train.csv: no rows") == "task"
