"""Known problems of a suite's competitions are told; those of `thesis` are all that are known of its ten."""

from __future__ import annotations

from tui_aide.bench.mlebench.flagged import flagged
from tui_aide.bench.suite_toml import find_suite


def test_the_thesis_has_a_competition_that_leaks_and_three_that_are_crowded() -> None:
    lines = flagged(find_suite("thesis"))
    assert [line.split(": ")[0] for line in lines] == [
        "aerial-cactus-identification is crowded",
        "jigsaw-toxic-comment-classification-challenge is crowded",
        "random-acts-of-pizza leaks",
        "tabular-playground-series-may-2022 is crowded",
    ]


def test_bundled_tasks_have_none() -> None:
    assert flagged(find_suite("smoke")) == []
