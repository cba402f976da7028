"""The form of a new search without a screen: what is filled in, as a command line."""

from __future__ import annotations

import pytest

from tui_aide.sessions.order import SearchOrder
from tui_aide.tui.order_fields import FIELDS, MORE
from tui_aide.tui.order_form import OrderForm


def test_every_part_of_an_order_has_its_field() -> None:
    known = {field.part for field in FIELDS} | {"task", "sessions_dir"}  # the app knows where its sessions are
    assert set(SearchOrder.__struct_fields__) == known - {""}


def test_what_is_filled_in_becomes_the_command_line() -> None:
    form = OrderForm()
    form.texts |= {
        "task": "toy", "planner": "big@http://box:8000/v1", "critic": "small", "max_tokens": "8k", "thinking": "2k",
        "gpu": "alternate", "python": "venv", "executor": "docker", "image": "mine:1", "mounts": "'/a b' /c",
        "executing": "4h", "disk": "2g", "sequential": "yes", "ensemble": "no", "refit": "yes", "key": "MY_KEY",
    }  # fmt: skip
    assert form.read()[1] == {}
    assert form.line() == (
        "tui-aide run toy --api-key-env MY_KEY --role planner=big@http://box:8000/v1 --role critic=small "
        "--max-tokens 8000 --thinking-budget 2000 --gpu alternate --sequential --no-ensemble --execution-time 4h "
        "--disk 2g --python venv --executor docker --image mine:1 --mount '/a b' --mount /c"
    )
    assert form.filled() == len(MORE) - 1


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("gpu", "alternat", "Did you mean 'alternate'?"),
        ("sandbox", "bubble", "Known: auto, bwrap"),
        ("ensemble", "perhaps", "Known: yes, no"),
        ("mounts", "'/a b", "a quote is not closed"),
        ("ray_gpus", "half", "write for example 1 or 0.5"),
        ("executing", "4 hours", "write for example 90s"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(field: str, text: str, words: str) -> None:
    form = OrderForm()
    form.texts |= {"task": "toy", field: text}
    assert words in form.problems()[field]
    assert form.line() == ""


def test_a_roles_problem_stands_at_that_role() -> None:
    form = OrderForm()
    form.texts |= {"critic": "small@http://box:1", "coder": "big"}
    for problem, field in (
        ("--role coder=big: 'big' is not served at x.", "coder"),
        ("--role 'http://box:1': is no address", "critic"),
        ("--role needs a model server: the built-in proposer plays every part itself", "critic"),
    ):
        form.refused.clear()
        form.refuse("roles", problem)
        assert list(form.refused) == [field]
