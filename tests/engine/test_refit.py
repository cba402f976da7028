"""The last run with all labels: when it is handed in, and that nothing that goes wrong with it changes anything."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from tests.cli.program import write_task
from tests.engine.ending import ROWS, RealSearch, script
from tui_aide.engine.best import Ending
from tui_aide.tree import commands as cm
from tui_aide.tree import events as ev


def slope(text: str, test: Path) -> float:
    """What the submission was made with, given that it has no noise."""
    with test.open() as file:
        first = next(csv.DictReader(file))
    return float(next(csv.DictReader(text.splitlines()))["y"]) / float(first["a"])


def own(search: RealSearch, node: int = 0) -> str:
    return (search.folder.node(node) / "submission.csv").read_text()


def no_labels_left(search: RealSearch) -> bool:
    return not (search.folder.path / "private" / "refit").exists() and not list(
        (search.folder.path / "final").rglob("work")
    )


async def test_the_winner_learns_from_all_labels(tmp_path: Path) -> None:
    search = RealSearch(tmp_path, lambda _: script())
    await search.run()
    (event,) = search.events(ev.Refitted)
    assert (event.kept, event.outcome, event.node) == (True, "kept", 0)
    assert event.agreement is not None
    assert 0.9 < event.agreement < 1
    with (search.task / "train.csv").open() as file:
        rows = [(float(r["a"]), float(r["y"])) for r in csv.DictReader(file)]
    exact = sum(a * y for a, y in rows) / sum(a * a for a, _ in rows)
    assert slope(search.best(), search.task / "test.csv") == pytest.approx(exact, rel=1e-9)
    assert slope(own(search), search.task / "test.csv") != pytest.approx(exact, rel=1e-9)
    assert [r["id"] for r in csv.DictReader(search.best().splitlines())] == [str(i) for i in range(ROWS, ROWS + 30)]
    assert search.best("solution.py") == script()
    assert no_labels_left(search)
    assert search.tree.execution_seconds == pytest.approx(search.tree.nodes[0].execution_seconds + event.seconds)


@pytest.mark.parametrize(
    ("then", "outcome", "reason"),
    [
        ("if whole: slope = -slope", "disagrees", "differs from the submission from before"),
        ("if whole: raise ValueError('too much')", "failed", "crash: ValueError: too much"),
        ("if whole: time.sleep(60)", "failed", "timeout"),
        ("if whole: sys.exit(0)", "failed", "there is no submission"),
        ("if whole: test.pop()", "failed", "rows missing"),
    ],
)
async def test_a_run_that_goes_wrong_changes_nothing(tmp_path: Path, then: str, outcome: str, reason: str) -> None:
    search = RealSearch(tmp_path, lambda _: script(then=then))
    search.timeout = 3.0
    await search.run()
    (event,) = search.events(ev.Refitted)
    assert (event.kept, event.outcome) == (False, outcome)
    assert reason in event.reason
    assert search.best() == own(search)
    assert search.tree.status == "finished"
    assert no_labels_left(search)


async def test_a_stop_ends_it_and_a_resume_does_it_again(tmp_path: Path) -> None:
    search = RealSearch(tmp_path, lambda _: script(then="if whole: time.sleep(60)"))

    def stop(event: ev.Event) -> None:
        if isinstance(event, ev.RefitStarted):
            assert search.steering is not None
            search.steering.do(cm.Stop())

    search.on_event = stop
    await search.run()
    (event,) = search.events(ev.Refitted)
    assert (event.outcome, search.tree.status) == ("stopped", "stopped")
    assert event.seconds < 10
    assert search.best() == own(search)
    assert no_labels_left(search)
    (search.folder.node(0) / "solution.py").write_text(script())
    search.on_event = lambda _: None
    await search.run()
    assert [e.outcome for e in search.events(ev.Refitted)] == ["stopped", "kept"]
    assert len(search.events(ev.SelectionMade)) == 1
    assert search.best() != own(search)
    await search.run()  # all is done
    assert len(search.events(ev.Refitted)) == 2
    assert search.best() != own(search)


async def test_a_branch_goes_before_it(tmp_path: Path) -> None:
    search = RealSearch(
        tmp_path, lambda r: script(then="if whole and time.sleep(1.5): pass" if not r.proposal.number else "")
    )

    def branch(event: ev.Event) -> None:
        if isinstance(event, ev.RefitStarted) and event.node == 0 and len(search.tree.nodes) == 1:
            assert search.steering is not None
            assert search.steering.do(cm.Branch(node=0, instruction="more")).accepted

    search.on_event = branch
    await search.run()
    assert search.tree.finished_count == 2
    first, last = search.events(ev.Refitted)
    assert (first.outcome, first.reason, last.outcome) == ("stopped", "it was ended: the search goes on", "kept")


async def test_a_death_in_the_middle_leaves_what_a_resume_clears_and_does_again(tmp_path: Path) -> None:
    search = RealSearch(tmp_path, lambda _: script())
    await search.run()
    lines = search.folder.journal.read_bytes().splitlines(keepends=True)
    last = max(i for i, line in enumerate(lines) if b'"refit_started"' in line)
    search.folder.journal.write_bytes(b"".join(lines[: last + 1]))
    for left in ("private/refit/input", "final/refit/work"):
        (search.folder.path / left).mkdir(parents=True)
        (search.folder.path / left / "train.csv").write_text("labels")
    shutil.rmtree(search.folder.best)
    seen: list[bool] = []
    search.on_event = lambda e: seen.append(no_labels_left(search)) if isinstance(e, ev.NodeCreated) else None
    search.budget = ev.Budget(nodes=2)
    search.write = lambda _: "# no code that runs\nraise SystemExit(1)\n"
    await search.run()
    assert seen == [True]
    assert len(search.events(ev.SelectionMade)) == 1
    (event,) = search.events(ev.Refitted)
    assert event.kept
    assert search.best() != own(search)


async def test_a_kept_refit_outlives_a_resume_that_finds_nothing_better(tmp_path: Path) -> None:
    search = RealSearch(tmp_path, lambda _: script())
    await search.run()
    before = search.best()
    shutil.rmtree(search.folder.best)
    search.budget = ev.Budget(nodes=2)
    search.write = lambda _: "raise SystemExit(1)\n"
    await search.run()
    assert (search.best(), len(search.events(ev.Refitted))) == (before, 1)


async def test_budget_that_is_spent_allows_no_refit(tmp_path: Path) -> None:
    search = RealSearch(tmp_path, lambda _: script(then="time.sleep(2)"))
    search.budget = ev.Budget(nodes=1, execution_seconds=4)  # for one run, and less than one and a half more
    await search.run()
    (event,) = search.events(ev.Refitted)
    assert (event.outcome, search.best()) == ("skipped", own(search))
    assert "of the budget of execution are left" in event.reason
    assert search.events(ev.RefitStarted) == []
    search.budget = ev.Budget(nodes=1, execution_seconds=60)
    await search.run()
    assert [e.outcome for e in search.events(ev.Refitted)] == ["skipped", "kept"]


async def test_it_counts_in_the_budget_of_execution(tmp_path: Path) -> None:
    search = RealSearch(tmp_path, lambda _: script(then="time.sleep(0.5)"))
    search.budget = ev.Budget(nodes=1, execution_seconds=60)
    await search.run()
    (event,) = search.events(ev.Refitted)
    spent = search.tree.nodes[0].execution_seconds + event.seconds
    search.budget = ev.Budget(nodes=9, execution_seconds=spent - 0.1)
    await search.run()
    assert search.tree.finished_count == 1
    assert "of execution is spent" in search.tree.status_reason


@pytest.mark.parametrize("why", ["switched off", "no test rows"])
async def test_none_where_it_is_not_wanted_or_nothing_is_to_be_won(tmp_path: Path, why: str) -> None:
    search = RealSearch(tmp_path, lambda _: script())
    if why == "switched off":
        search.ending = Ending(refit=False)
    else:
        write_task(search.task, ROWS)
        (search.task / "test.csv").unlink()
        with (search.task / "task.toml").open("a") as file:
            file.write('target = "y"\n')
    await search.run()
    assert (search.events(ev.Refitted), search.events(ev.RefitStarted)) == ([], [])
    assert search.best() == own(search)
