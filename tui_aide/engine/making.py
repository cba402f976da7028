"""Making one node: its strategy is run on a desk, again where the model was lost, to a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui_aide.engine.ablation import ablate
from tui_aide.engine.budget import BudgetSpent, Ledger
from tui_aide.engine.desk import CandidateDesk
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.live import LiveNode
from tui_aide.engine.meter import ExecutionMeter
from tui_aide.engine.recall import propose
from tui_aide.engine.slots import Slots
from tui_aide.engine.store import Store
from tui_aide.engine.strategies import Chain, Result
from tui_aide.engine.workbench import Workbench
from tui_aide.errors import (
    ModelError,
    ModelKeyError,
    ModelNotServedError,
    ModelRefusedError,
    ModelUnavailableError,
    ServerFailedError,
    StrategyError,
    TuiAideError,
)
from tui_aide.models.chat import ChatModel, Sampling
from tui_aide.tasks.invalid_submission import ScoringFailed
from tui_aide.tasks.task import TaskView
from tui_aide.tree import events as ev
from tui_aide.tree.node import Node
from tui_aide.tree.solution_tree import SolutionTree

EDIT = "edit.py"
"""The file in a node's folder that keeps a user's own script, whatever becomes of the node."""

_MODEL_PAUSES = (2.0, 8.0, 30.0)
"""Seconds to wait before each further try of a model that was lost."""

_REFUSALS = 3
"""After how many nodes that a model, a scorer or a strategy refused, none having gone well before, the search ends."""


class NodeMaker:
    """Brings nodes to their verdicts; shares model streams, ledger and the count of refusals among them.

    Attributes:
        model: who writes the scripts of nodes that begin from now on.
        streams: how many samples stream at once.
    """

    def __init__(
        self,
        *,
        tree: SolutionTree,
        store: Store,
        model: ChatModel,
        evaluator: Evaluator,
        view: TaskView,
        ledger: Ledger,
        workers: int,
        sampling: Sampling,
        emit: Callable[[ev.Event], object],
    ) -> None:
        self._tree = tree
        self._store = store
        self.model = model
        self._evaluator = evaluator
        self._view = view
        self._ledger = ledger
        self._meter = ExecutionMeter(ledger)
        self.streams = Slots(workers)
        self._sampling = sampling
        self._emit = emit
        self._refusals = 0

    def bench(self, node: Node, live: LiveNode) -> Workbench:
        """Return a fresh workbench for a node, with what is known by now; it tells what the node costs."""
        return Workbench(
            proposal=propose(self._tree, self._store, node, self._view, self._evaluator.limits),
            seed=node.seed,
            model=self.model,
            streams=self.streams,
            evaluator=self._evaluator,
            store=self._store,
            emit=self._emit,
            live=live,
            ledger=self._ledger,
            meter=self._meter,
            sampling=self._sampling,
            session=self._tree.started.session if self._tree.started else "search",
        )

    async def make(self, node: Node, strategy: Chain, bench: Workbench) -> Result:
        """Make a node, again after a pause where the model was lost; what it costs adds up on its bench.

        Raises:
            TuiAideError: something that concerns the whole search.
        """
        for pause in (*_MODEL_PAUSES, None):
            try:
                result = await self._run(node, strategy, bench)
                if result.verdict == "valid":
                    self._refusals = 0
                return result
            except BudgetSpent as e:
                return Result("cancelled", str(e))
            except (ModelRefusedError, StrategyError) as e:
                return self._refused(Result("no_code", str(e)), e)
            except ScoringFailed as e:
                return self._refused(Result("invalid_submission", str(e)), e)
            except (ModelUnavailableError, ModelNotServedError, ModelKeyError, ServerFailedError):
                raise  # waiting was done where the servers are known, or would not help
            except ModelError as e:
                if pause is None:
                    raise
                self._emit(ev.Notice(level="warning", message=f"#{node.id}: {e}; tried again in {pause:.0f} s"))
                await asyncio.sleep(pause)
                self._store.clear_node(node.id, keep=(EDIT,))
                bench.begin_anew()
        raise AssertionError("the last try returns or raises")

    async def _run(self, node: Node, strategy: Chain, bench: Workbench) -> Result:
        desk = CandidateDesk(bench)
        if node.operator == "edit":
            parent = node.parents[0]
            code = self._store.read(node.id, EDIT)
            script = desk.accept_script(code, f"Your own version of #{parent}.", f"edit of #{parent}")
            return script if isinstance(script, Result) else await desk.execute(script)
        if node.operator == "ablate":
            await ablate(desk)
        try:
            result = await strategy.run(desk)
        except BudgetSpent as error:
            result = Result("cancelled", str(error))
        except (ModelRefusedError, StrategyError, ScoringFailed):
            desk.settle()
            raise
        desk.settle(result)
        return result

    def _refused(self, result: Result, error: TuiAideError) -> Result:
        """Take a refusal as this node's fate, unless the first nodes all meet it: then it is not the nodes' fault."""
        self._refusals += 1
        if self._refusals >= _REFUSALS and not self._tree.ranked(1):
            raise error
        return result
