from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tui_aide.sessions.estimate import AT_THIS_SERVER, Estimate, estimate, servers_of
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.listing import Listed
from tui_aide.tree.events import Budget


def session(nodes: int = 10, **figures: Any) -> Listed:
    usual = {
        "task": "toy",
        "model": "r1",
        "strategy": "single",
        "node_count": nodes,
        "tokens": {"prompt": 400 * nodes, "reasoning": 500 * nodes, "answer": 100 * nodes},
        "model_seconds": 20.0 * nodes,
        "execution_seconds": 10.0 * nodes,
    }
    return Listed(folder=SessionFolder(Path("s")), status="finished", touched=0.0, summary=usual | figures)


TWENTY = Budget(nodes=20)


def of(*sessions: Listed, budget: Budget = TWENTY, workers: int = 4, slots: int = 1) -> Estimate:
    return estimate(sessions, task="toy", model="r1", strategy="single", budget=budget, workers=workers, slots=slots)


def test_without_earlier_sessions_only_the_budget_is_known() -> None:
    found = of()
    assert (found.nodes, found.ends_by) == (20, "nodes")
    assert found == Estimate(nodes=20, ends_by="nodes")


def test_a_search_takes_what_the_earlier_ones_took_a_node() -> None:
    found = of(session(10), session(30))
    assert found.tokens_per_node is not None
    assert found.tokens_per_node.value == 1000
    assert (found.tokens_per_node.nodes, found.tokens_per_node.sessions) == (40, 2)
    assert found.tokens == 20_000
    assert found.rate is not None
    assert found.rate.value == pytest.approx(30.0)
    # 20 s of thinking over 4 streams, 10 s of running in one slot: side by side 10 s a node, in turns 15 s
    assert found.seconds == (200.0, 300.0)


def test_other_models_strategies_and_tasks_say_nothing_of_tokens() -> None:
    found = of(session(model="other"), session(strategy="best-of-n"), session(task="else"))
    assert found.tokens_per_node is not None
    assert found.tokens_per_node.sessions == 1  # the other task's: the same model and strategy
    assert found.script_seconds is not None
    assert found.script_seconds.alike == "this task"


@pytest.mark.parametrize(
    ("budget", "ends_by", "nodes"),
    [
        (Budget(nodes=20, tokens=5_000), "tokens", 5),
        (Budget(nodes=20, wall_seconds=50.0), "time", 5),
        (Budget(execution_seconds=30.0), "executions", 3),
        (Budget(nodes=2, tokens=5_000), "nodes", 2),
    ],
)
def test_the_nearest_limit_ends_it(budget: Budget, ends_by: str, nodes: float) -> None:
    found = of(session(), budget=budget)
    assert (found.ends_by, found.nodes) == (ends_by, nodes)


def test_a_limit_that_no_figure_turns_into_nodes_leaves_the_end_unknown() -> None:
    assert of(budget=Budget(tokens=5_000)).nodes is None


@pytest.mark.parametrize("damage", [{"node_count": 0}, {"tokens": "many"}, {"model_seconds": None}])
def test_damaged_and_empty_sessions_say_nothing(damage: dict[str, Any]) -> None:
    assert of(session(**damage)).tokens_per_node is None


def test_a_rate_is_of_this_server_before_another_and_says_so() -> None:
    near, far = session(10), session(10, model_seconds=600.0)
    far = msgspec.structs.replace(far, folder=SessionFolder(Path("t")))
    servers = {Path("s"): "http://here/v1", Path("t"): "http://there/v1"}

    def at(server: str) -> Estimate:
        return estimate(
            [near, far], task="toy", model="r1", strategy="single", budget=Budget(nodes=20), workers=4, slots=1,
            server=server, servers=servers,
        )  # fmt: skip

    here, there, elsewhere = at("http://here/v1"), at("http://there/v1"), at("http://new/v1")
    for found, rate, alike in (
        (here, 30.0, AT_THIS_SERVER),
        (there, 10.0, AT_THIS_SERVER),
        (elsewhere, 15.0, "this model, at another server"),
    ):
        assert found.rate is not None
        assert found.rate.value == pytest.approx(rate)
        assert found.rate.alike == alike
    assert here.model_seconds is not None
    assert here.model_seconds.value == 20.0


def test_sessions_that_cannot_be_read_have_no_server(tmp_path: Path) -> None:
    lost = msgspec.structs.replace(session(), folder=SessionFolder(tmp_path / "lost"))
    assert servers_of([lost]) == {}
