from __future__ import annotations

import numpy as np

from tui_aide.tasks.identifiers import as_integers, betray, fresh_ids


def test_running_numbers_betray() -> None:
    assert betray([str(n) for n in range(100)], [str(n) for n in range(100, 200)])


def test_running_numbers_of_few_rows_betray() -> None:
    assert betray([str(n) for n in range(12)], [str(n) for n in range(12, 17)])


def test_random_draws_do_not_betray() -> None:
    ids = np.random.default_rng(0).permutation(2000)
    assert not betray([str(n) for n in ids[:800]], [str(n) for n in ids[800:]])


def test_random_text_does_not_betray() -> None:
    rng = np.random.default_rng(0)
    ids = ["".join(rng.choice(list("0123456789abcdef"), 12)) for _ in range(600)]
    assert not betray(ids[:300], ids[300:])


def test_prefix_betrays() -> None:
    assert betray([f"train_{n}" for n in range(10, 99)], [f"test_{n}" for n in range(10, 99)])
    assert betray([f"tr{n}" for n in range(10, 99)], [f"te{n}" for n in range(10, 99)])


def test_shared_ids_betray() -> None:
    assert betray(["1", "2", "3"], ["3", "5", "4"])


def test_fresh_ids_repeat_no_known_one() -> None:
    assert fresh_ids(3, ["5", "9"]) == ["10", "11", "12"]
    known = ["row_0", "row_1", "a"]
    fresh = fresh_ids(10, known)
    assert len(set(fresh)) == 10
    assert not set(fresh) & set(known)


def test_integers_that_would_become_equal_stay_text() -> None:
    assert as_integers(["007", "8"]) == [7, 8]
    assert as_integers(["007", "7"]) is None
    assert as_integers(["1.0", "2"]) is None
