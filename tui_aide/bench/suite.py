"""A suite: which models, strategies, tasks and seeds are searched, and with what budget each. Pure data."""

from __future__ import annotations

from typing import Final

import msgspec

from tui_aide.bench.search_options import SearchOptions
from tui_aide.tree.budget import Budget

__all__ = ["AS", "Suite", "SuiteModel", "SuiteRun", "SuiteStrategy", "SuiteTask"]

AS: Final = "as:"
"""Before a strategy's name: what its cell took is the budget of the others' with that model, task and seed."""


class SuiteModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model of a suite.

    Attributes:
        model: its name, as of `tui-aide run --model`.
        serve: the bench starts one server for it, which all of its cells use, and stops that after the last of them.
        options: of its searches.
    """

    model: str
    serve: bool = False
    options: SearchOptions = SearchOptions()


class SuiteStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """A way to search, as of `tui-aide run --strategy`; `policy` None is the preset's, else greedy."""

    strategy: str
    policy: str | None = None
    options: SearchOptions = SearchOptions()

    @property
    def specs(self) -> tuple[str, str]:
        """The specs of strategy and policy that the names stand for."""
        from tui_aide.engine.presets import resolve

        strategy, policy = resolve(self.strategy, self.policy)
        return strategy, policy or "greedy"


class SuiteTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task of a suite; exactly one of the first three is set.

    Attributes:
        bundled: name of a bundled task.
        folder: absolute path of a task's folder.
        mlebench: id of an MLE-bench competition that was prepared.
        mlebench_dir, mlebench_python: as the suite's [run] has them; empty where it does not say.
        answers: absolute path of the private answers of a folder's test rows, which must lie outside of it.
        leaderboard: absolute path of a CSV with a column `score`, one row a team.
        salt: makes another instance of a bundled task of the same kind; empty for the usual one.
        options: of its searches.
    """

    bundled: str | None = None
    folder: str | None = None
    mlebench: str | None = None
    mlebench_dir: str = ""
    mlebench_python: str = ""
    answers: str | None = None
    leaderboard: str | None = None
    salt: str = ""
    options: SearchOptions = SearchOptions()

    @property
    def word(self) -> str:
        """What `tui-aide run` would be given for it; a salt is not part of that."""
        if self.mlebench:
            return f"mlebench:{self.mlebench_dir}/{self.mlebench}" if self.mlebench_dir else f"mlebench:{self.mlebench}"
        return self.folder or self.bundled or ""


class SuiteRun(msgspec.Struct, frozen=True, kw_only=True):
    """How the cells are run.

    Attributes:
        parallel: cells at once.
        seeds: of the split, the policy and the samples; each is a cell of its own.
        retries: how often a cell whose runner died or whose server was lost is gone on with.
        mlebench_dir: absolute path of MLE-bench's data; empty for where they are as a rule.
        mlebench_python: absolute path of the interpreter or venv that has MLE-bench, which grades then; empty for none.
        options: of all searches.
    """

    parallel: int = 1
    seeds: tuple[int, ...] = (0, 1, 2)
    retries: int = 2
    mlebench_dir: str = ""
    mlebench_python: str = ""
    options: SearchOptions = SearchOptions()


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """What a bench runs: a cell for each model, strategy, task and seed.

    Attributes:
        name: names its runs.
        about: in a line.
        budget: of each cell; with `tokens_as`, its nodes are those of the reference strategy alone.
        tokens_as: the strategy (of `strategies`) whose tokens are the others' budget, empty where `budget` is for all.
        models, strategies, tasks: by the names that cells have them by, in the suite's order.
    """

    name: str
    about: str = ""
    budget: Budget = Budget(nodes=20)
    tokens_as: str = ""
    run: SuiteRun = SuiteRun()
    models: dict[str, SuiteModel]
    strategies: dict[str, SuiteStrategy]
    tasks: dict[str, SuiteTask]
