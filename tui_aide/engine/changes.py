"""What a user may change of a running search: nodes, branches, streams, limits, who writes and who chooses."""

from __future__ import annotations

import msgspec

from tui_aide.engine.engine import Engine
from tui_aide.engine.making import EDIT
from tui_aide.engine.policies import Choice, Policy
from tui_aide.engine.strategies import Chain, Result
from tui_aide.models.chat import ChatModel
from tui_aide.tree import events as ev


class Changes:
    """Changes one engine's search; each change is in the journal when its method returns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, choice: Choice, instruction: str, code: str) -> str:
        """Make a node that the user wants, next in line; return why it cannot be, or an empty string.

        Where the budget has no node left for it, that is raised by one: a user who asks for a node means it. It is in
        the journal, and its script on disk, when this returns: no death loses it.
        """
        engine = self._engine
        if engine.stopping:
            return f"the search is ending: {engine.stopping}"
        limit = engine.tree.budget.nodes
        if limit is not None and len(engine.tree.nodes) >= limit:
            more = msgspec.structs.replace(engine.tree.budget, nodes=len(engine.tree.nodes) + 1)
            self.set_budget(more, "one more for the node that you asked for")
        if exhausted := engine.exhausted():
            return f"{exhausted}; raise the budget first"
        if code:
            engine.store.write(len(engine.tree.nodes), EDIT, code)
        node = engine.create(choice, instruction, by="user")
        engine.flight.waiting.append(node.id)
        engine.flight.fresh.add(node.id)
        engine.wake()
        return ""

    def script_of(self, node: int) -> str:
        """Return the script that the user wrote for a node, empty where it was not the user."""
        return self._engine.store.read(node, EDIT)

    def kill(self, node: int, candidate: int | None = None) -> tuple[int, int]:
        """End the scripts of a node, or of one of its candidates, that run now; where none does, its samples.

        Returns:
            How many scripts, and how many samples.
        """
        scripts = self._engine.evaluator.kill(node, candidate)
        return scripts, 0 if scripts else self._engine.flight.kill_samples(node, candidate)

    def end(self, node: int, result: Result) -> None:
        """End all work on a node that is not done; what it has cost counts."""
        flight = self._engine.flight
        if not flight.end(node, result) and flight.leave_queue(node):
            self._engine.finish_idle(node, result)
            self._engine.wake()

    def prune(self, node: int) -> int:
        """Take a node's branch out of the search and end what runs there; return how many nodes it has."""
        engine = self._engine
        engine.record(ev.Pruned(node=node))
        engine.best.settle(f"#{node} and what is below it were pruned")
        branch = engine.tree.branch(node)
        for one in branch:
            if not one.done:
                self.end(one.id, Result("cancelled", f"the branch of #{node} was pruned"))
        return len(branch)

    def restore(self, node: int) -> int:
        """Take a pruned branch into the search again; return how many nodes it has."""
        self._engine.record(ev.Restored(node=node))
        self._engine.best.settle(f"#{node} and what is below it were restored")
        return len(self._engine.tree.branch(node))

    def set_budget(self, budget: ev.Budget, reason: str) -> None:
        """Replace the limits from now on."""
        self._engine.ledger.budget = budget
        self._engine.record(ev.BudgetChanged(budget=budget, reason=reason))

    def set_strategy(self, strategy: Chain) -> None:
        """Make new nodes by another strategy from now on; what is in flight goes on as it began."""
        self._engine.strategy = strategy
        self._engine.record(ev.StrategyChanged(strategy=strategy.spec))

    def set_policy(self, policy: Policy) -> None:
        """Let another policy choose from now on."""
        self._engine.policy = policy
        self._engine.record(ev.PolicyChanged(policy=policy.spec))

    def set_model(self, model: ChatModel, urls: tuple[str, ...]) -> None:
        """Make nodes that begin from now on with another model; those under way go on with theirs."""
        self._engine.maker.model = model
        self._engine.record(ev.ModelChanged(model=model.name, urls=urls))

    def set_streams(self, workers: int, slots: int, threads: int, memory: int | None) -> None:
        """Let so many samples stream and so many scripts run at once; each script gets such a share."""
        engine = self._engine
        engine.settings = msgspec.structs.replace(engine.settings, workers=workers, slots=slots)
        engine.maker.streams.resize(workers)
        engine.evaluator.share_out(slots, threads, memory)
        engine.record(ev.StreamsChanged(workers=workers, slots=slots))
