from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.searches import created, finished, started
from tests.sessions.made import END, best, make_session, search
from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.comparison import (
    Step,
    best_at,
    check_comparable,
    curve,
    difference,
    differing,
    milestones,
    side_of,
)
from tui_aide.sessions.folder import SessionFolder
from tui_aide.tasks.jackknife import standard_error
from tui_aide.tasks.private_store import FoldMap, Secrets, write_secrets
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens


def report(folder: SessionFolder, value: float, replicates: tuple[float, ...], se: float = 0.01) -> None:
    folder.node(0).mkdir(parents=True, exist_ok=True)
    written = ScoreReport(value, se, replicates, 100)
    (folder.node(0) / "score.json").write_bytes(msgspec.json.encode(written))


def hide(folder: SessionFolder, seed: int) -> None:
    rng = np.random.default_rng(seed)
    private = folder.path / "private"
    private.mkdir()
    group = rng.integers(0, 4, 20)
    write_secrets(
        private,
        Secrets(
            truth=rng.normal(size=20),
            fold=np.zeros(20, dtype=np.int64),
            group=group,
            selection_group=np.full(20, -1),
            selection=np.zeros(20, dtype=np.bool_),
            hidden_ids=[str(i) for i in range(20)],
            real_ids=["20"],
            output_order=np.zeros(1, dtype=np.int64),
            folds=[FoldMap(["20"], np.array([-1]))],
        ),
    )


def pair(place: Path, one: float, other: float, direction: str = "max") -> tuple[SessionFolder, SessionFolder]:
    metric = "accuracy" if direction == "max" else "rmse"
    a, b = (
        make_session(place, n, search(v), metric=metric, direction=direction) for n, v in (("a", one), ("b", other))
    )
    return a, b


def test_the_same_hidden_rows_are_compared_pair_by_pair(tmp_path: Path) -> None:
    a, b = pair(tmp_path, 0.80, 0.82)
    for folder in (a, b):
        hide(folder, 1)
    report(a, 0.80, (0.79, 0.81, 0.78, 0.82))
    report(b, 0.82, (0.811, 0.829, 0.801, 0.839))
    found = difference(side_of(a), side_of(b))
    assert (found.kind, found.better) == ("paired", "b")
    assert found.gain == pytest.approx(0.02)
    assert found.se == pytest.approx(standard_error([0.021, 0.019, 0.021, 0.019]))
    assert "b is better by 0.02, more than one standard error" in found.why
    assert difference(side_of(b), side_of(a)).better == "a"


def test_other_hidden_rows_are_compared_as_drawn_apart(tmp_path: Path) -> None:
    a, b = pair(tmp_path, 0.80, 0.81)
    for seed, folder in enumerate((a, b)):
        hide(folder, seed)
        report(folder, 0.80 + 0.01 * seed, (0.8, 0.81, 0.8, 0.79))
    found = difference(side_of(a), side_of(b))
    assert (found.kind, found.better) == ("unpaired", None)
    assert found.se == pytest.approx(math.hypot(0.01, 0.01))
    assert "their hidden rows differ" in found.why
    assert "within one standard error" in found.why


def test_without_data_and_reports_the_journal_must_do(tmp_path: Path) -> None:
    a, b = pair(tmp_path, 0.5, 0.4, "min")
    found = difference(side_of(a), side_of(b))
    assert (found.kind, found.better) == ("unpaired", "b")
    assert found.gain == pytest.approx(0.1)
    assert "not known" in found.why


def test_what_has_no_solution_or_reports_itself_is_not_judged(tmp_path: Path) -> None:
    a = make_session(tmp_path, "a")
    empty = make_session(tmp_path, "empty", [started(), created(0), finished(0, None, "crash"), END])
    found = difference(side_of(a), side_of(empty))
    assert (found.better, found.gain, found.why) == (None, None, "empty has no valid solution yet")
    report(a, 0.9, ())
    told = make_session(tmp_path, "told")
    told.node(0).mkdir(parents=True)
    (told.node(0) / "score.json").write_bytes(msgspec.json.encode(ScoreReport(0.99, None, (), 0, "reported")))
    assert "cannot be compared" in difference(side_of(a), side_of(told)).why
    never = make_session(tmp_path, "never", [])
    with pytest.raises(SessionError, match="never started"):
        side_of(never)


@pytest.mark.parametrize("more", [{"task": "other"}, {"metric": "auc"}, {"direction": "min"}])
def test_other_tasks_and_metrics_are_refused(tmp_path: Path, more: dict[str, str]) -> None:
    a, b = make_session(tmp_path, "a"), make_session(tmp_path, "b", **more)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--cost"):
        check_comparable(side_of(a), side_of(b))
    check_comparable(side_of(a), side_of(a))


def test_the_curve_follows_the_best_by_nodes_and_by_tokens(tmp_path: Path) -> None:
    events = [
        started(),
        created(0),
        created(1),
        finished(0, None, "crash", Tokens(1000)),
        finished(1, 0.5, tokens=Tokens(500, 1000)),
        best(1, 0.5),
        created(2),
        finished(2, 0.7, tokens=Tokens(0, 0, 500)),
        best(2, 0.7),
        ev.CommandReceived(command="prune", arguments={"node": 2}, by="u", accepted=True, result=""),
        ev.Pruned(node=2),
        best(1, 0.5),
    ]
    steps = side_of(make_session(tmp_path, "a", events)).steps
    assert steps == (Step(1, 1000, None), Step(2, 2500, 0.5), Step(3, 3000, 0.5))
    assert curve(steps, [1, 2, 3, 5], "nodes") == [None, 0.5, 0.5, None]
    assert [best_at(steps, n, "tokens") for n in (999, 2500, 2999, 3001)] == [None, 0.5, 0.5, None]
    assert best_at((), 1, "nodes") is None


@pytest.mark.parametrize(
    ("highest", "lowest", "wanted"),
    [
        (0, 1, []),
        (1, 1, [1]),
        (14, 1, [1, 2, 5, 10]),
        (50, 1, [1, 2, 5, 10, 20, 50]),
        (30000, 4000, [5000, 10000, 20000]),
    ],
)
def test_milestones(highest: int, lowest: int, wanted: list[int]) -> None:
    assert milestones(highest, lowest) == wanted


def test_settings_that_were_changed_while_it_ran_differ(tmp_path: Path) -> None:
    a = make_session(tmp_path, "a")
    changes = [ev.PolicyChanged(policy="mcts"), ev.StreamsChanged(workers=4, slots=1)]
    b = make_session(tmp_path, "b", [started(), *changes, *search()[1:]])
    found = differing(side_of(a), side_of(b))
    assert found["policy"] == ("greedy", "mcts")
    assert found["workers"] == (1, 4)
    assert set(found) == {"policy", "workers"}
