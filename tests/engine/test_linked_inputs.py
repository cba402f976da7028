"""A run of a script is shown what the links of its inputs lead to, so that a sandbox can show it, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.doubles import SleepingExecutor
from tests.engine.search import Search
from tui_aide.execution.executor import Execution, Outcome
from tui_aide.tasks.input_fingerprint import input_fingerprint
from tui_aide.tree import events as ev


class Noting(SleepingExecutor):
    """Notes what each run may read."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[tuple[Path, ...]] = []

    async def run(self, execution: Execution, on_usage: Any = None) -> Outcome:
        self.inputs.append(execution.inputs)
        return await super().run(execution, on_usage)


async def test_places_of_links_are_among_the_inputs(tmp_path: Path) -> None:
    executor = Noting()
    (tmp_path / "images").mkdir()
    search = Search(tmp_path / "session", ev.Budget(nodes=1), executor=executor)
    (source,) = search.evaluator._prepared.inputs
    (source / "images").symlink_to(tmp_path / "images")
    search.evaluator._fingerprint = input_fingerprint(search.evaluator._prepared.inputs)
    await search.run()
    assert executor.inputs
    assert executor.inputs[0] == (source, tmp_path / "images")
