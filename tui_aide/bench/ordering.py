"""From a cell to the order of its search: the words that `tui-aide run` would be given for it."""

from __future__ import annotations

from typing import Any

import msgspec

from tui_aide.bench.cell import Cell
from tui_aide.bench.run_folder import RunFolder
from tui_aide.bench.suite import Suite, SuiteTask
from tui_aide.sessions.model_side import BUILTIN
from tui_aide.sessions.order import SearchOrder
from tui_aide.tree.budget import Budget


class Served(msgspec.Struct, frozen=True):
    """A model that the bench serves itself: its name and address for clients."""

    model: str
    base_url: str


def order_of(run: RunFolder, cell: Cell, tokens: int | None = None, served: Served | None = None) -> SearchOrder:
    """Return the order of a cell's search.

    Args:
        run: its run.
        cell: the cell.
        tokens: its budget, where that is what another cell took.
        served: the server of its model, where the bench started one.

    Raises:
        UsageError: its bundled task cannot be made.
        TaskError: its bundled task cannot be written.
    """
    suite = run.suite
    model, strategy = suite.models[cell.model], suite.strategies[cell.strategy]
    task = suite.tasks[cell.task]
    spec, policy = strategy.specs
    options: dict[str, Any] = _shared_out(suite) | suite.run.options.given()
    for more in (model.options, strategy.options, task.options):
        options |= more.given()
    if model.model == BUILTIN:  # has no server, so what is set for all cells of one is not for it
        options = {key: value for key, value in options.items() if key not in ("gpu", "roles", "base_urls")}
    if served is not None:
        options["base_urls"] = (served.base_url,)
    budget = budget_of(suite, tokens)
    return SearchOrder(
        task=task_word(task),
        model=served.model if served else named_for(model.model, cell),
        strategy=spec,
        policy=policy,
        seed=cell.seed,
        nodes=budget.nodes,
        tokens=budget.tokens,
        wall_seconds=budget.wall_seconds,
        execution_seconds=budget.execution_seconds,
        name=cell.id,
        sessions_dir=str(run.sessions),
        **options,
    )


def named_for(model: str, cell: Cell) -> str:
    """Return a model's name with `{task}` and `{seed}` filled in, for servers whose models differ by them."""
    return model.replace("{task}", cell.task).replace("{seed}", str(cell.seed))


def budget_of(suite: Suite, tokens: int | None) -> Budget:
    """Return a cell's budget; with `tokens`, which another cell took, they stand in the place of nodes."""
    if not tokens:  # a model that counts none, as the built-in proposer, is compared at equal nodes
        return suite.budget
    return msgspec.structs.replace(suite.budget, nodes=None, tokens=tokens)


def task_word(task: SuiteTask) -> str:
    """Return the folder or name of a task that a search is started with; an instance with a salt is made now.

    Raises:
        UsageError: there is no such bundled task.
        TaskError: it cannot be written.
    """
    if not task.salt or task.bundled is None:
        return task.word
    from tui_aide.sessions.places import cache_dir
    from tui_aide.tasks.bundled import materialise

    return str(materialise(task.bundled, cache_dir() / "tasks", task.salt))


def _shared_out(suite: Suite) -> dict[str, int]:
    """Return the slots and memory of one of the cells that share this machine, where the suite says nothing."""
    from tui_aide.sessions.assembly import default_memory, default_slots

    given, parallel = suite.run.options, suite.run.parallel
    slots = given.slots or max(1, default_slots() // parallel)
    return {"slots": slots} if parallel == 1 else {"slots": slots, "memory": default_memory(slots * parallel)}
