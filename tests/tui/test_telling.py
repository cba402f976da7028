from __future__ import annotations

import msgspec
import pytest

from tui_aide.tree import events as ev
from tui_aide.tree.node import Score, ServerState, Tokens, Verdict
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.notifications import Notifications, Ways, ways
from tui_aide.tui.telling import DISK_LEVELS, PAUSE, Telling, title

NOW = 1_800_000_000.0


class Search:
    """A search that is told of, event by event; `clock` is its time."""

    def __init__(self, settings: Notifications | None = None, budget: ev.Budget | None = None) -> None:
        self.tree = SolutionTree()
        self.telling = Telling(lambda: settings or Notifications())
        self.clock = NOW
        self.node = 0
        self.add(
            ev.SessionStarted(
                session="toy-fern", task="toy", metric="roc_auc", direction="max", model="builtin", strategy="single",
                policy="greedy", budget=budget or ev.Budget(), workers=1, slots=1, seed=0, version="0",
            )
        )  # fmt: skip

    def add(self, event: ev.AnyEvent, *, past: bool = False, age: float = 0.0) -> None:
        event = msgspec.structs.replace(event, time=self.clock - age)
        self.tree.apply(event)
        self.telling.take(event, self.tree, now=None if past else self.clock)

    def finish(
        self, verdict: Verdict = "crash", value: float | None = None, *, past: bool = False, message: str = "broke"
    ) -> int:
        node = self.node
        self.node += 1
        self.add(
            ev.NodeCreated(node=node, parents=(), operator="draft", strategy="single", reason="r", seed=0), past=past
        )
        self.add(
            ev.NodeFinished(
                node=node, verdict=verdict, message=message, score=None if value is None else Score(value, 0.01),
                tokens=Tokens(10, 20, 30), seconds=1.0, model_seconds=1.0, execution_seconds=1.0,
            ),
            past=past,
        )  # fmt: skip
        return node

    def best(self, value: float, *, past: bool = False, age: float = 0.0) -> None:
        node = self.finish("valid", value, past=past)
        previous = self.tree.incumbent
        gain = None if previous is None else 0.01
        self.add(
            ev.IncumbentChanged(
                node=node, score=Score(value, 0.01), previous=previous, gain=gain, gain_se=None, reason="r"
            ),
            past=past,
            age=age,
        )

    def server(self, state: ServerState, name: str = "http://localhost:8000/v1") -> None:
        self.add(ev.ServerChanged(server=name, state=state, detail="no answer"))

    def told(self) -> list[tuple[str, str]]:
        return [(t.heading, t.words) for t in self.telling.due(self.clock)]


def test_a_new_best_is_told_with_its_node_and_gain() -> None:
    search = Search()
    search.best(0.8)
    assert search.told() == [("First score", "★ 0.8000 (#0)")]
    search.clock += PAUSE
    search.best(0.81)
    assert search.told() == [("New best", "★ 0.8100 (#1, gain +.0100)")]


def test_what_was_before_is_not_told() -> None:
    search = Search()
    search.best(0.8, past=True)
    for _ in range(7):
        search.finish(past=True)
    assert search.told() == []


def test_what_is_caught_up_with_late_is_not_told() -> None:
    search = Search()
    search.best(0.8, age=600.0)
    assert search.told() == []


def test_one_kind_is_told_once_in_half_a_minute_and_then_the_newest() -> None:
    search = Search()
    for value in (0.80, 0.81, 0.82, 0.83):
        search.best(value)
        if value == 0.80:
            assert len(search.told()) == 1
        search.clock += 1
    assert search.told() == []
    search.clock += PAUSE
    assert search.told() == [("New best", "★ 0.8300 (#3, gain +.0100)")]
    search.clock += PAUSE
    assert search.told() == []


def test_kinds_do_not_wait_for_each_other() -> None:
    search = Search()
    search.best(0.8)
    search.server("lost")
    assert [heading for heading, _ in search.told()] == ["First score", "Model server lost"]


def test_five_failures_in_a_row_are_told_then_ten() -> None:
    search = Search()
    for _ in range(4):
        search.finish()
    assert search.told() == []
    search.finish("timeout", message="600 s")
    assert search.told() == [("Failures in a row", "5 nodes, the last, #4: timeout: 600 s")]
    search.clock += PAUSE
    for _ in range(4):
        search.finish()
    assert search.told() == []
    search.finish()
    assert search.told()[0][1].startswith("10 nodes")


def test_failures_before_count_for_a_streak() -> None:
    search = Search()
    for _ in range(4):
        search.finish(past=True)
    search.finish()
    assert search.told()[0][1].startswith("5 nodes")


@pytest.mark.parametrize(("verdict", "told"), [("valid", 0), ("suspect", 0), ("cancelled", 1), ("killed", 1)])
def test_a_valid_node_ends_a_streak_and_a_cancelled_one_does_not(verdict: Verdict, told: int) -> None:
    search = Search()
    for _ in range(4):
        search.finish()
    search.finish(verdict, 0.8 if verdict == "valid" else None)
    assert search.told() == []
    search.finish()
    assert len(search.told()) == told


def test_a_budget_is_told_once_when_nine_tenths_are_spent() -> None:
    search = Search(budget=ev.Budget(nodes=20, tokens=10_000))
    search.telling.look(search.tree, NOW)
    for _ in range(18):
        search.finish("cancelled")
        search.telling.look(search.tree, NOW)
    assert search.told() == [("Budget nearly spent", "18 of 20 nodes")]
    search.clock += PAUSE
    search.finish("cancelled")
    search.telling.look(search.tree, NOW)
    assert search.told() == []
    search.add(ev.BudgetChanged(budget=ev.Budget(nodes=40), reason="more"))
    search.telling.look(search.tree, NOW)
    search.add(ev.BudgetChanged(budget=ev.Budget(nodes=21), reason="less"))
    search.telling.look(search.tree, NOW)
    assert search.told() == [("Budget nearly spent", "19 of 21 nodes")]


def test_a_budget_that_was_nearly_spent_before_or_is_spent_in_one_go_is_not_told() -> None:
    search = Search(budget=ev.Budget(nodes=2))
    search.telling.look(search.tree, NOW)
    search.finish("cancelled")
    search.finish("cancelled")
    search.telling.look(search.tree, NOW)
    assert search.told() == []
    late = Search(budget=ev.Budget(wall_seconds=100.0))
    late.telling.look(late.tree, NOW + 95)
    late.telling.look(late.tree, NOW + 96)
    assert late.told() == []


def test_time_that_runs_out_is_told() -> None:
    search = Search(budget=ev.Budget(wall_seconds=7200.0))
    search.telling.look(search.tree, NOW + 60)
    search.telling.look(search.tree, NOW + 6600)
    assert search.told() == [("Budget nearly spent", "1h50 of 2h00 time")]


def test_a_lost_server_is_told_and_that_it_is_back() -> None:
    search = Search()
    search.server("starting")
    search.server("up")
    assert search.told() == []
    search.server("lost")
    heading, words = search.told()[0]
    assert heading == "Model server lost"
    assert "no answer" in words
    search.clock += PAUSE
    search.server("up")
    assert search.told()[0][0] == "Model server back"


def test_a_server_that_comes_and_goes_is_no_storm() -> None:
    search = Search()
    search.server("lost")
    assert len(search.told()) == 1
    told: list[tuple[str, str]] = []
    for _ in range(PAUSE.__trunc__()):
        search.server("up")
        search.server("lost")
        search.clock += 1
        told += search.told()
    assert told == []


def test_the_end_is_told_with_the_best() -> None:
    search = Search()
    search.best(0.8)
    search.told()
    search.add(ev.SessionFinished(status="finished", reason="the budget of nodes is spent"))
    assert search.told() == [("Search finished", "the budget of nodes is spent. ★ 0.8000 (#0)")]


def test_a_disk_that_fills_is_told_at_each_level() -> None:
    search = Search()
    low, lower = DISK_LEVELS
    told: list[str] = []
    for free in (100 * low, low - 1, low - 2, low + 1, low - 3, lower - 1, lower - 2, 3 * low, low - 4):
        search.telling.look_at_disk(free)
        search.clock += PAUSE
        told += [heading for heading, _ in search.told()]
    assert told == ["Disk nearly full"] * 3


@pytest.mark.parametrize("kind", ["best", "failures", "budget", "server", "ended", "disk"])
def test_each_kind_can_be_turned_off(kind: str) -> None:
    def all_of(settings: Notifications) -> set[str]:
        search = Search(settings, ev.Budget(nodes=100))
        search.telling.look(search.tree, NOW)
        search.best(0.8)
        for _ in range(5):
            search.finish()
        search.add(ev.BudgetChanged(budget=ev.Budget(wall_seconds=100.0), reason="less"))
        search.telling.look(search.tree, NOW + 95)
        search.server("lost")
        search.telling.look_at_disk(0)
        search.add(ev.SessionFinished(status="failed", reason="r"))
        return {t.kind for t in search.telling.due(NOW)}

    everything = all_of(Notifications())
    assert everything == {"best", "failures", "budget", "server", "ended", "disk"}
    assert all_of(msgspec.convert({kind: False}, Notifications)) == everything - {kind}


def test_quiet_hours_silence_the_bell_and_the_desktop_and_a_focused_terminal_the_desktop() -> None:
    night = Notifications(quiet="22:00-07:00")
    for clock, loud in (("21:59", True), ("22:00", False), ("03:00", False), ("06:59", False), ("07:00", True)):
        how = ways(night, focused=False, clock=clock)
        assert (how.toast, how.bell, how.desktop) == (True, loud, loud)
    noon = ways(Notifications(quiet="12:00-13:00"), focused=False, clock="12:30")
    assert not noon.bell
    assert not ways(Notifications(), focused=True, clock="12:00").desktop
    assert ways(Notifications(), focused=True, clock="12:00").bell
    silent = ways(Notifications(toast=False, bell=False, desktop=False), focused=False, clock="12:00")
    assert silent == Ways(toast=False, bell=False, desktop=False)


def test_the_title_has_the_best_score_the_task_and_how_the_search_is() -> None:
    search = Search()
    assert title(search.tree, "toy-fern", "running") == "toy"
    search.best(0.8731)
    assert title(search.tree, "toy-fern", "running") == "★ 0.8731 · toy"
    assert title(search.tree, "toy-fern", "paused") == "‖ ★ 0.8731 · toy"
    assert title(search.tree, "toy-fern", "finished") == "■ ★ 0.8731 · toy"
    assert title(search.tree, "toy-fern", "interrupted") == "! ★ 0.8731 · toy"
    assert title(SolutionTree(), "toy-fern", "new") == "toy-fern"
