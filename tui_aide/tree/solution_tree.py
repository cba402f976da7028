"""The tree of solutions as a fold over the events: the one state that engine and viewers share.

`apply` is the only way to change it. It reads no file and knows no screen.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Generator
from copy import copy

import msgspec

from tui_aide.tree import events as ev
from tui_aide.tree.node import Direction, Failures, Node, Score, Tokens, Verdict, failure_kind
from tui_aide.tree.node_work import enter, forget, work
from tui_aide.tree.steered import steer

_FAILURES = 100


class SolutionTree:
    """All nodes by id, the incumbent, the spent budget and the session's state.

    Attributes:
        started: what is searched for; of a fork, with its own name, model and seed.
        forked: where the search was forked from, None for one of its own.
        nodes: every node by its id; ids count from 0 in order of creation.
        roots: ids of the nodes without a parent, the drafts.
        incumbent: id of the best valid node now, or None.
        unsettled: whether it changed which nodes count, and the best was not found anew yet.
        selected: id of the node chosen on the selection part at the end, else the incumbent's.
        strategy: what new nodes are made by, and `policy` who chooses them, as the user wrote it.
        selections: how often the selection part was looked at; a resume looks again where others are the best.
        ensemble: the blend that was tried after that selection, kept or not.
        refit: what became of the selected node's run with all labels, after that selection.
        refit_seconds: what all such runs took; they are part of `execution_seconds`.
        curve: (time, node, value) at each change of the incumbent.
        failures: how often scripts failed in which way, candidates among them; the least frequent are forgotten.
        servers: the last state of each model server by its address.
        pruned: nodes whose branches the user took out of the search, the last one last.
        held: nodes whose branches are paused.
        pinned: nodes that the policy must keep working on, the oldest first.
        hints: what the user tells every prompt, by number.
        hint_count: how many hints there ever were.
        model: who writes new nodes' scripts, at the servers `urls`; these are None until the model was changed.
        workers: how many samples stream at once, and `slots` how many scripts run.
        placed: where scripts run, None before that is known.
        gpu_for: who has the GPU where thinking and training take turns on it, else an empty string.
        version: grows with every event, so that a viewer sees at a glance whether to draw.
    """

    def __init__(self) -> None:
        self.started: ev.SessionStarted | None = None
        self.forked: ev.SessionForked | None = None
        self.nodes: dict[int, Node] = {}
        self.roots: list[int] = []
        self.incumbent: int | None = None
        self.incumbent_since: float = 0.0
        self.unsettled = False
        self.selection: ev.SelectionMade | None = None
        self.selections = 0
        self.ensemble: ev.EnsembleMade | None = None
        self.refit: ev.Refitted | None = None
        self.refit_seconds = 0.0
        self.curve: list[tuple[float, int, float]] = []
        self.budget = ev.Budget()
        self.status = "new"
        self.status_reason = ""
        self.paused = False
        self.notices: list[ev.Notice] = []
        self.strategy = ""
        self.policy = ""
        self.pruned: dict[int, None] = {}
        self.held: set[int] = set()
        self.pinned: list[int] = []
        self.hints: dict[int, str] = {}
        self.hint_count = 0
        self.model = ""
        self.urls: tuple[str, ...] | None = None
        self.workers = self.slots = 0
        self.failures: dict[tuple[str, str], Failures] = {}
        self.servers: dict[str, ev.ServerChanged] = {}
        self.gpu_for = ""
        self.placed: ev.ScriptsPlaced | None = None
        self.tokens = Tokens()
        self.execution_seconds = 0.0
        self.model_seconds = 0.0
        self.wall_seconds = 0.0
        self.running: dict[int, Node] = {}
        self.finished_count = 0
        self.last_seq = 0
        self.last_time = 0.0
        self.version = 0
        self._span_start: float | None = None
        self._ranking: list[tuple[bool, float, int]] = []

    def copying(self, nodes: int = 500) -> Generator[None, None, SolutionTree]:
        """Make a tree in the same state, which goes on by itself: far quicker than folding the events anew.

        Yields after each so many nodes, and returns the tree; meanwhile this one must not change.
        """
        other = SolutionTree()
        for name, value in vars(self).items():
            setattr(other, name, copy(value) if isinstance(value, list | dict | set) else value)
        for number, node in self.nodes.items():
            other.nodes[number] = node.copy()
            if number % nodes == 0:
                yield
        other.running = {number: other.nodes[number] for number in self.running}
        other.failures = {key: copy(failures) for key, failures in self.failures.items()}
        return other

    @property
    def direction(self) -> Direction:
        """Whether a lower or a higher score is better."""
        return self.started.direction if self.started else "max"

    @property
    def selected(self) -> int | None:
        """The node to hand in: the one selected at the end, else the incumbent."""
        return self.selection.node if self.selection else self.incumbent

    def better(self, a: float, b: float) -> bool:
        """Whether score `a` is strictly better than `b` in the task's direction."""
        return a < b if self.direction == "min" else a > b

    def wall(self, now: float) -> float:
        """Return the wall-clock seconds that the search has run by `now`, all spans together."""
        return self.wall_seconds + (max(0.0, now - self._span_start) if self._span_start else 0.0)

    def ranked(self, count: int | None = None) -> list[Node]:
        """Return the valid nodes, or the first `count` of them, best search score first; ties go to the earlier.

        Scores that only scripts reported say nothing beside those that were measured, and come after all of them.
        """
        return [self.nodes[i] for _, _, i in self._ranking[:count]]

    @property
    def ranked_count(self) -> int:
        """How many nodes are ranked."""
        return len(self._ranking)

    def ranked_value(self, place: int) -> float:
        """Return the score at a place of the ranking, which counts from 0, the best."""
        value = self._ranking[place][1]
        return value if self.direction == "min" else -value

    def rank(self) -> None:
        """Rank all nodes anew, those without a pruned one above them."""
        self._ranking = sorted(
            self._place(n.id, n.score) for n in self.nodes.values() if n.valid and n.score is not None and not n.pruned
        )

    def _place(self, node: int, score: Score) -> tuple[bool, float, int]:
        """Return what nodes are ranked by."""
        return score.source == "reported", score.value if self.direction == "min" else -score.value, node

    def branch(self, root: int) -> list[Node]:
        """Return a node and all below it, parents first; a merge belongs to its first parent."""
        found = [self.nodes[root]]
        for node in found:
            found.extend(self.nodes[c] for c in node.children if self.nodes[c].parents[0] == node.id)
        return found

    def debug_depth(self, node: Node) -> int:
        """Return how many debug steps in a row lead to `node`; 0 for a draft or an improvement."""
        depth = 0
        while node.operator == "debug" and node.parents:
            depth += 1
            node = self.nodes[node.parents[0]]
        return depth

    def apply(self, event: ev.Event) -> None:
        """Fold one event into the state.

        Events must come in the order of their `seq`. One that names an unknown node is an error of the journal.

        Raises:
            KeyError: the event names a node that was never created.
        """
        if isinstance(event, ev.SessionResumed):
            self._end(self.last_time)  # a span whose runner died ends with the last thing it wrote
        self.version += 1
        self.last_seq = event.seq
        self.last_time = event.time
        match event:
            case (  # first, since most events are of these
                ev.SampleStarted()
                | ev.AnswerStarted()
                | ev.SampleRestarted()
                | ev.SampleFinished()
                | ev.CodeChecked()
                | ev.ExecutionStarted()
                | ev.ExecutionFinished()
                | ev.CandidatesForked()
                | ev.CandidateFinished()
                | ev.CandidateChosen()
                | ev.StepTaken()
            ):
                work(self.nodes[event.node], event)
                if isinstance(event, ev.CandidateFinished):
                    self._note_failure(event.verdict, event.message)
            case ev.SessionStarted():
                self.started = event
                self.budget = event.budget
                self.strategy, self.policy = event.strategy, event.policy
                self.model, self.workers, self.slots = event.model, event.workers, event.slots
                self._begin(event.time)
            case ev.SessionResumed():
                self._halt(event.time)
                self.budget = event.budget
                self.model, self.workers, self.slots = event.model, event.workers, event.slots
                self._begin(event.time)
            case ev.SessionForked():
                self._fork(event)
            case ev.NodeCreated():
                self._create(event)
            case ev.NodeRestarted():
                node = self.nodes[event.node]
                forget(node)
                self.running[node.id] = node
                enter(node, "queued", event.time)
            case ev.NodeFinished():
                self._finish(event)
            case ev.IncumbentChanged():
                self.incumbent = event.node
                self.incumbent_since = event.time
                self.selection = self.ensemble = self.refit = None
                self.curve.append((event.time, event.node, event.score.value))
            case ev.SelectionMade():
                self.selection = event
                self.selections += 1
                self.ensemble = self.refit = None
            case ev.EnsembleMade():
                self.ensemble = event
            case ev.Refitted():
                self.refit = event
                self.refit_seconds += event.seconds
                self.execution_seconds += event.seconds
            case ev.Paused():
                self.paused, self.status = True, "paused"
            case ev.Unpaused():
                self.paused, self.status = False, "running"
            case ev.BudgetChanged():
                self.budget = event.budget
            case ev.StrategyChanged():
                self.strategy = event.strategy
            case ev.PolicyChanged():
                self.policy = event.policy
            case (
                ev.BranchPaused()
                | ev.BranchUnpaused()
                | ev.Pruned()
                | ev.Restored()
                | ev.Pinned()
                | ev.Unpinned()
                | ev.HintGiven()
                | ev.HintDropped()
                | ev.ModelChanged()
                | ev.StreamsChanged()
            ):
                steer(self, event)
            case ev.CommandReceived():
                self.unsettled = False  # what the command changed is done by then
            case ev.Notice():
                self.notices.append(event)
                del self.notices[:-100]
            case ev.ServerChanged():
                self.servers[event.server] = event
            case ev.GpuHandedOver():
                self.gpu_for = event.to
            case ev.ScriptsPlaced():
                self.placed = event
            case ev.SessionFinished():
                self.status, self.status_reason = event.status, event.reason
                self.paused = False
                self._halt(event.time)
                self._end(event.time)
            case _:
                pass

    def _begin(self, time: float) -> None:
        self.status, self.status_reason, self.paused = "running", "", False
        self._span_start = time
        self.servers.clear()
        self.gpu_for = ""

    def _fork(self, event: ev.SessionForked) -> None:
        """Go on as another session, which nobody runs yet."""
        self._halt(event.time)
        self.wall_seconds, self._span_start = event.wall_seconds, None
        self.forked = event
        if self.started is not None:
            self.started = msgspec.structs.replace(
                self.started, session=event.session, model=event.model, seed=event.seed
            )
        self.status, self.paused = "stopped", False
        of = "all of it" if event.node is None else f"as it was after #{event.node}"
        self.status_reason = f"forked from {event.parent}, {of}"
        self.budget, self.model, self.urls = event.budget, event.model, None
        self.strategy, self.policy = event.strategy, event.policy
        self.workers, self.slots = event.workers, event.slots
        self.selections = max(self.selections, event.selections)
        if not event.handed_in:  # it will be made again
            self.ensemble = None if self.ensemble is not None and self.ensemble.kept else self.ensemble
            self.refit = None if self.refit is not None and self.refit.kept else self.refit

    def _end(self, time: float) -> None:
        if self._span_start is not None:
            self.wall_seconds += max(0.0, time - self._span_start)
            self._span_start = None

    def _halt(self, time: float) -> None:
        """Nothing runs any more: what was in flight waits for a fresh start."""
        for node in self.running.values():
            enter(node, "queued", time)
        self.running.clear()

    def _create(self, event: ev.NodeCreated) -> None:
        node = Node(
            id=event.node,
            parents=event.parents,
            operator=event.operator,
            strategy=event.strategy,
            reason=event.reason,
            seed=event.seed,
            by=event.by,
            instruction=event.instruction,
            created=event.time,
            phase_since=event.time,
        )
        self.nodes[node.id] = node
        self.running[node.id] = node
        for parent in node.parents:
            self.nodes[parent].children.append(node.id)
        if node.parents:
            parent_node = self.nodes[node.parents[0]]
            node.depth = parent_node.depth + 1
            node.pruned, node.held = parent_node.pruned, parent_node.held
        else:
            self.roots.append(node.id)

    def _note_failure(self, verdict: Verdict | None, message: str) -> None:
        if verdict in (None, "valid", "cancelled", "killed"):
            return
        kind = failure_kind(message)
        known = self.failures.setdefault((verdict, kind), Failures(verdict, kind))
        known.count += 1
        known.example = message[:200]
        if len(self.failures) > _FAILURES:
            del self.failures[min(self.failures, key=lambda key: self.failures[key].count)]

    def _finish(self, event: ev.NodeFinished) -> None:
        node = self.nodes[event.node]
        node.verdict, node.message, node.score = event.verdict, event.message, event.score
        node.tokens = event.tokens
        node.seconds = event.seconds
        node.model_seconds, node.execution_seconds = event.model_seconds, event.execution_seconds
        node.peak_memory = max(node.peak_memory, event.peak_memory)
        if node.valid and node.score is not None and not node.pruned:
            insort(self._ranking, self._place(node.id, node.score))
        if not node.candidates:
            self._note_failure(node.verdict, node.message)
        enter(node, "done", event.time)
        self.running.pop(node.id, None)
        self.finished_count += 1
        self.tokens += event.tokens
        self.execution_seconds += event.execution_seconds
        self.model_seconds += event.model_seconds
