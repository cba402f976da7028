"""From a cell to what `tui-aide run` would be given for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_aide.bench.ordering import Served, budget_of, order_of, task_word
from tui_aide.bench.run_folder import RunFolder, create_run
from tui_aide.bench.suite_toml import parse_suite
from tui_aide.sessions.assembly import default_memory, default_slots
from tui_aide.sessions.settling import check_order
from tui_aide.tree.budget import Budget

SUITE = """
[budget]
nodes = 7
[run]
seeds = [3]
timeout = "5m"
workers = 2
gpu = "share"
[models.m]
model = "tiny"
base_url = "http://h:1/v1"
workers = 3
max_tokens = 100
[models.builtin]
[strategies.mine]
strategy = "best-of-n(n=2)"
max_tokens = 200
[tasks.digits]
max_tokens = 300
"""


def run_of(place: Path, text: str = SUITE) -> RunFolder:
    return create_run(place, "r", parse_suite(text, "s.toml", place))


def test_what_is_set_nearer_to_the_cell_wins(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    order = order_of(run, run.cells[0])
    assert (order.task, order.model, order.seed, order.nodes) == ("digits", "tiny", 3, 7)
    assert (order.strategy, order.policy) == ("best-of-n(n=2)", "greedy")
    assert (order.timeout, order.workers, order.max_tokens) == (300.0, 3, 300)
    assert order.base_urls == ("http://h:1/v1",)
    assert (order.name, order.sessions_dir) == (run.cells[0].id, str(run.sessions))
    check_order(order)


def test_the_builtin_proposer_is_not_given_what_is_for_servers(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    order = order_of(run, run.cells[1])
    assert (order.model, order.gpu, order.base_urls, order.workers) == ("builtin", "separate", (), 2)


def test_a_server_of_the_benchs_own_is_named(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    order = order_of(run, run.cells[0], served=Served("served", "http://127.0.0.1:5/v1"))
    assert (order.model, order.base_urls) == ("served", ("http://127.0.0.1:5/v1",))


def test_another_cells_tokens_stand_in_the_place_of_nodes(tmp_path: Path) -> None:
    run = run_of(tmp_path, SUITE.replace("nodes = 7", 'nodes = 7\ntokens = "as:mine"\ntime = "1h"'))
    assert budget_of(run.suite, None) == Budget(nodes=7, wall_seconds=3600.0)
    assert budget_of(run.suite, 500) == Budget(tokens=500, wall_seconds=3600.0)
    assert order_of(run, run.cells[0], tokens=500).budget == Budget(tokens=500, wall_seconds=3600.0)


def test_cells_side_by_side_share_slots_and_memory(tmp_path: Path) -> None:
    alone = run_of(tmp_path / "a")
    beside = run_of(tmp_path / "b", SUITE.replace("seeds", "parallel = 4\nseeds"))
    assert order_of(alone, alone.cells[0]).memory is None
    order = order_of(beside, beside.cells[0])
    assert order.slots == max(1, default_slots() // 4)
    assert order.memory == pytest.approx(default_memory(4 * order.slots), rel=0.01)


def test_an_instance_with_a_salt_is_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_AIDE_CACHE_DIR", str(tmp_path))
    text = SUITE.replace("[tasks.digits]", '[tasks.digits]\nsalt = "s e c r e t"')
    folder = Path(task_word(run_of(tmp_path, text).suite.tasks["digits"]))
    assert (folder / "train.csv").is_file()
    assert "s e c r e t" not in str(folder)


def test_a_models_name_may_hold_the_task_and_the_seed(tmp_path: Path) -> None:
    run = run_of(tmp_path, SUITE.replace('model = "tiny"', 'model = "tiny@{task}@{seed}"'))
    assert order_of(run, run.cells[0]).model == "tiny@digits@3"
