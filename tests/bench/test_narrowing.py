"""Suites with other models, or a part of one, as the command line asks for."""

from __future__ import annotations

import pytest

from tui_aide.bench.narrowing import narrowed, with_models
from tui_aide.bench.suite_toml import find_suite
from tui_aide.errors import UsageError
from tui_aide.tree.budget import Budget


def test_models_take_the_place_of_the_suites() -> None:
    texts = ["7b=deepseek-r1-7b@http://h:1/v1", "org/Some Model", "b=builtin"]
    suite = with_models(find_suite("mini"), texts, serve=True)
    assert list(suite.models) == ["7b", "Some-Model", "b"]
    assert suite.models["7b"].options.base_urls == ("http://h:1/v1",)
    assert [m.serve for m in suite.models.values()] == [False, True, False]
    assert with_models(suite, [], serve=False) == suite


@pytest.mark.parametrize(
    ("texts", "words"),
    [(["a=x", "a=y"], "there is a model 'a' already"), (["=x"], "is no name"), (["a="], "names no model")],
)
def test_models_that_cannot_be_are_refused(texts: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        with_models(find_suite("mini"), texts, serve=False)


def test_a_part_of_a_suite_keeps_the_rest_of_it() -> None:
    suite = find_suite("mini")
    part = narrowed(suite, tasks=["digits"], strategies=["aide"], seeds=[7], budget=Budget(nodes=3), parallel=2)
    assert (list(part.tasks), list(part.strategies), part.run.seeds, part.run.parallel) == (
        ["digits"],
        ["aide"],
        (7,),
        2,
    )
    assert (part.budget.nodes, part.tokens_as) == (3, "aide")
    assert narrowed(suite) == suite


def test_what_the_suite_lacks_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'digits'"):
        narrowed(find_suite("mini"), tasks=["digit"])
    with pytest.raises(UsageError, match="tokens of aide"):
        narrowed(find_suite("mini"), strategies=["recommended"])
    assert narrowed(find_suite("mini"), strategies=["recommended"], budget=Budget(tokens=9)).tokens_as == ""
