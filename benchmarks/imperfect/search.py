"""One search with the real engine: over HTTP to the coder, in a folder of its own, with runs and scores kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from benchmarks.imperfect.running import CachingExecutor
from benchmarks.imperfect.scoring import CachingScorer
from benchmarks.imperfect.script import Script
from benchmarks.imperfect.tasks import BANKS
from tui_aide.engine.engine import Engine, Settings
from tui_aide.engine.evaluation import Evaluator
from tui_aide.engine.policies import make_policy
from tui_aide.engine.strategies import make_strategy
from tui_aide.execution.executor import Execution
from tui_aide.models.chat import Limits, Sampling
from tui_aide.models.openai_compatible import OpenAICompatibleModel
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.places import cache_dir
from tui_aide.sessions.store import FolderStore
from tui_aide.tasks.bundled import materialise
from tui_aide.tasks.invalid_submission import InvalidSubmission
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.preparing import prepare
from tui_aide.tasks.task import Prepared
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree

LIMITS = Limits(60.0, None, 1)
"""What a script may use: the coder's scripts need about two seconds, or wait for ever."""

MAX_TOKENS = 8192
"""Limit of one completion, thinking included; a thinking that does not end costs as much."""

_NODES = 1000


class Way(msgspec.Struct, frozen=True):
    """A way to search: a name, a strategy's spec and a policy's."""

    name: str
    strategy: str
    policy: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one search.

    Attributes:
        valid: whether it has a submission that passes the check.
        score: normalised, 0..1; 0 where there is none.
        first: number of the first valid node, from 1; None where there is none.
        nodes: nodes made; `good` those of them that are valid.
        tokens: of prompts and completions; `completion` those of completions alone.
        executions: scripts run; `seconds` what they took.
        verdicts: how many nodes ended how.
        failure: why the search failed, empty where it did not.
    """

    valid: bool
    score: float
    first: int | None
    nodes: int
    good: int
    tokens: int
    completion: int
    executions: int
    seconds: float
    verdicts: dict[str, int]
    failure: str = ""


class Arena:
    """A task that is prepared once and searched many times.

    Args:
        task: a bundled task that the coder has a bank for.
        place: folder for the prepared task.
        cache: folder where runs are kept.
    """

    def __init__(self, task: str, place: Path, cache: Path) -> None:
        self.task = task
        self._place = place
        prepare(load_task(materialise(task, cache_dir() / "tasks")), place, 0)
        self.prepared: Prepared = _load(place)
        self.executor = CachingExecutor(cache, self.prepared.inputs[0])
        self.scorer = CachingScorer(place)
        self.poorest = self.best = 0.0

    async def measure(self) -> list[float]:
        """Run and score the whole bank; the poorest and the best are what scores are measured between."""
        values = []
        for level in range(len(BANKS[self.task].levels)):
            with tempfile.TemporaryDirectory(dir=self._place) as scratch:
                folder = Path(scratch)
                (folder / "solution.py").write_text(Script(self.task, level).text(), encoding="utf-8")
                (folder / "input").symlink_to(self.prepared.inputs[0], target_is_directory=True)
                execution = Execution(folder=folder, output=folder / "output.log", seconds=LIMITS.seconds)
                await self.executor.run(execution)
                try:
                    report = await self.scorer.score(folder, [folder / "submission.csv"])
                except InvalidSubmission as error:
                    told = (folder / "output.log").read_text(errors="replace")[-500:]
                    raise RuntimeError(f"script {level} of the bank of {self.task} fails: {error}\n{told}") from error
                values.append(report.value)
        sign = 1.0 if self.prepared.view.direction == "max" else -1.0
        self.poorest, self.best = min(values, key=lambda v: sign * v), max(values, key=lambda v: sign * v)
        return values

    def normalised(self, value: float) -> float:
        """Return a score between that of the poorest script (0) and that of the best (1)."""
        return min(1.0, max(0.0, (value - self.poorest) / (self.best - self.poorest)))

    async def search(self, way: Way, url: str, model: str, seed: int, budget: ev.Budget) -> Outcome:
        """Run one search and tell what came of it; its folder is removed.

        Args:
            way: how to search.
            url: the coder's address.
            model: its name there.
            seed: of the search.
            budget: what it may spend.
        """
        with tempfile.TemporaryDirectory(prefix="search-") as place:
            return await self._search(way, url, model, seed, budget, SessionFolder(Path(place)))

    async def _search(
        self, way: Way, url: str, model: str, seed: int, budget: ev.Budget, folder: SessionFolder
    ) -> Outcome:
        view = self.prepared.view
        tree, store = SolutionTree(), FolderStore(folder)
        tree.apply(
            store.append(
                ev.SessionStarted(
                    session="benchmark", task=view.name, metric=view.metric, direction=view.direction, model=model,
                    strategy=way.strategy, policy=way.policy, budget=budget, workers=1, slots=1, seed=seed, version="0",
                )
            )
        )  # fmt: skip
        client = OpenAICompatibleModel(url, model, send_key=False)
        ran = _Runs()
        engine = Engine(
            tree=tree,
            store=store,
            model=client,
            policy=make_policy(way.policy),
            strategy=make_strategy(way.strategy),
            evaluator=Evaluator(
                executor=self.executor, scorer=self.scorer, prepared=self.prepared, store=store, limits=LIMITS, slots=1
            ),
            view=view,
            settings=Settings(seed=seed, workers=1, slots=1, sequential=True, sampling=Sampling(max_tokens=MAX_TOKENS)),
            on_event=ran.note,
        )
        try:
            await engine.run()
        finally:
            await client.aclose()
            store.close()
        return self._outcome(tree, ran)

    def _outcome(self, tree: SolutionTree, ran: _Runs) -> Outcome:
        nodes = [n for n in tree.nodes.values() if n.done]
        chosen = tree.selected if tree.selected is not None else tree.incumbent
        score = tree.nodes[chosen].score if chosen is not None else None
        verdicts: dict[str, int] = {}
        for node in nodes:
            verdicts[str(node.verdict)] = verdicts.get(str(node.verdict), 0) + 1
        return Outcome(
            valid=score is not None,
            score=self.normalised(score.value) if score is not None else 0.0,
            first=next((i for i, n in enumerate(nodes, 1) if n.valid), None),
            nodes=len(nodes),
            good=sum(n.valid for n in nodes),
            tokens=sum(n.tokens.total for n in nodes),
            completion=sum(n.tokens.reasoning + n.tokens.answer for n in nodes),
            executions=ran.count,
            seconds=ran.seconds,
            verdicts=verdicts,
            failure=ran.failure,
        )


class _Runs:
    """Counts the executions of a search, and keeps why it failed."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.failure = ""

    def note(self, event: ev.Event) -> None:
        if isinstance(event, ev.ExecutionFinished):
            self.count += 1
            self.seconds += event.seconds
        elif isinstance(event, ev.SessionFinished) and event.status == "failed":
            self.failure = event.reason


def by_nodes(nodes: int) -> ev.Budget:
    """Return a budget of nodes."""
    return ev.Budget(nodes=nodes)


def by_tokens(tokens: int) -> ev.Budget:
    """Return a budget of tokens, with a limit on nodes that only a way that samples nothing would reach."""
    return ev.Budget(nodes=_NODES, tokens=tokens)


def _load(place: Path) -> Prepared:
    from tui_aide.tasks.sealed import load_prepared

    return load_prepared(place)
