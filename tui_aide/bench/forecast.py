"""What a suite will take: tokens, time, disk. Told from earlier sessions, else assumed; it says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tui_aide.bench.ordering import budget_of
from tui_aide.bench.suite import Suite, SuiteTask
from tui_aide.engine.spec import parse_spec
from tui_aide.sessions.assembly import default_slots
from tui_aide.sessions.disk_use import disk_use
from tui_aide.sessions.estimate import estimate
from tui_aide.sessions.listing import Listed, list_sessions
from tui_aide.sessions.places import cache_dir, sessions_dir
from tui_aide.tree.budget import Budget

PROMPT_TOKENS: Final = 3000.0
ANSWER_TOKENS: Final = 5000.0
"""Of one sample of a model that thinks, thinking included: assumed where nothing was measured."""

STREAM_RATE: Final = 30.0
"""Tokens a second of one stream, assumed."""

SCRIPT_SECONDS: Final = 120.0
NODE_BYTES: Final = 2 << 20
TASK_BYTES: Final = 50 << 20
"""Of one run of a script, one node's files, and one session's copy of a task's data: assumed."""

_SIZED = 8
"""Earlier sessions of a task whose disk is counted, at most."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of one model and strategy, over all tasks and seeds.

    Attributes:
        cells: how many.
        nodes: made by all of them, about.
        tokens: prompts and answers of all of them.
        seconds: of all of them one after the other, at least and at most.
        assumed: what of it rests on no earlier session: `tokens`, `model` (its time), `scripts`.
    """

    model: str
    strategy: str
    cells: int
    nodes: float
    tokens: float
    seconds: tuple[float, float]
    assumed: tuple[str, ...] = ()


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What a suite will take.

    Attributes:
        ways: by model and strategy.
        seconds: wall-clock of the whole with so many cells at once, at least and at most.
        disk: bytes.
        disk_assumed: tasks of which no earlier session tells the disk.
        sessions: how many earlier ones were asked.
    """

    ways: tuple[Way, ...]
    cells: int
    tokens: float
    seconds: tuple[float, float]
    disk: float
    disk_assumed: tuple[str, ...]
    sessions: int


class _Cell(msgspec.Struct, frozen=True):
    nodes: float
    tokens: float
    seconds: tuple[float, float]
    assumed: tuple[str, ...]


def forecast(suite: Suite, place: Path) -> Forecast:
    """Return what a suite will take, by the user's sessions and those of earlier runs below `place`."""
    return forecast_from(suite, earlier_sessions(place))


def earlier_sessions(place: Path) -> list[Listed]:
    """Return the user's sessions, and those of the runs of a bench below a place."""
    runs = sorted(path for path in place.glob("*/sessions") if path.is_dir())
    return [session for folder in (sessions_dir(), *runs) for session in list_sessions(folder)]


def forecast_from(suite: Suite, sessions: Sequence[Listed]) -> Forecast:
    """Return what a suite will take, by some earlier sessions."""
    ways, seeds = [], len(suite.run.seeds)
    for model in suite.models:
        reference = suite.tokens_as
        compared = suite.tasks if reference else ()
        references = {task: _cell(suite, model, reference, task, sessions, None) for task in compared}
        for strategy in suite.strategies:
            cells = [_cell(suite, model, strategy, task, sessions, references.get(task)) for task in suite.tasks]
            ways.append(_way(model, strategy, cells, seeds))
    disk, unknown = _disk(suite, ways, sessions)
    low, high = (sum(way.seconds[end] for way in ways) / suite.run.parallel for end in (0, 1))
    return Forecast(
        ways=tuple(ways),
        cells=sum(way.cells for way in ways),
        tokens=sum(way.tokens for way in ways),
        seconds=(low, high),
        disk=disk,
        disk_assumed=unknown,
        sessions=len(sessions),
    )


def samples_a_node(strategy: str) -> float:
    """Return how many samples a node of a strategy takes at most, told from its spec: n, rounds, segments, steps."""
    samples, corrections = 1.0, 0.0
    for part in parse_spec(strategy, "strategy"):
        n = part.parameters.get("n", _USUAL_SAMPLES.get(part.name, 1))
        rounds = part.parameters.get("rounds", _USUAL_CORRECTIONS.get(part.name, 0))
        samples *= float(n)
        corrections += float(rounds)
    return samples * (1.0 + corrections)


_USUAL_SAMPLES: Final[Mapping[str, float]] = {
    "self-consistency": 5,
    "best-of-n": 4,
    "prompt-chaining": 5,
    "planner": 2,
    "verifier": 4,
}
_USUAL_CORRECTIONS: Final[Mapping[str, float]] = {"self-reflection": 2, "self-debugging": 2, "self-refine": 2}


def _cell(
    suite: Suite, model: str, strategy: str, task: str, sessions: Sequence[Listed], reference: _Cell | None
) -> _Cell:
    """Return what one cell takes; `reference` is the cell whose tokens it gets, where that is another."""
    settings, (spec, _) = suite.models[model], suite.strategies[strategy].specs
    tokens_as = reference if strategy != suite.tokens_as else None
    budget = budget_of(suite, round(tokens_as.tokens)) if tokens_as is not None else suite.budget
    options = [suite.run.options, settings.options, suite.strategies[strategy].options]
    builtin = settings.model == "builtin"
    workers = next((o.workers for o in reversed(options) if o.workers), 1 if builtin else 4)
    slots = next((o.slots for o in reversed(options) if o.slots), max(1, default_slots() // suite.run.parallel))
    found = estimate(
        sessions,
        task=name_of(suite.tasks[task], task),
        model=settings.model,
        strategy=spec,
        budget=budget,
        workers=workers,
        slots=slots,
    )
    samples = samples_a_node(spec)
    each = found.tokens_per_node.value if found.tokens_per_node else samples * _sample_tokens(builtin)
    rate = found.rate.value if found.rate else STREAM_RATE
    thinking = samples * ANSWER_TOKENS / rate if not builtin else 0.0
    thinking = found.model_seconds.value if found.model_seconds else thinking
    scripts = found.script_seconds.value if found.script_seconds else SCRIPT_SECONDS
    least, most = max(thinking / workers, scripts / slots), thinking / workers + scripts / slots
    nodes = _nodes(budget, each, least, scripts)
    limit = budget.wall_seconds or float("inf")
    known = (("tokens", found.tokens_per_node), ("model", found.model_seconds), ("scripts", found.script_seconds))
    assumed = tuple(name for name, measured in known if measured is None)
    return _Cell(nodes, nodes * each, (min(limit, nodes * least), min(limit, nodes * most)), assumed)


def _sample_tokens(builtin: bool) -> float:
    return PROMPT_TOKENS if builtin else PROMPT_TOKENS + ANSWER_TOKENS


def _nodes(budget: Budget, tokens: float, seconds: float, scripts: float) -> float:
    """Return how many nodes a budget allows, by what one takes."""
    limits = (
        (budget.nodes, 1.0),
        (budget.tokens, tokens),
        (budget.wall_seconds, seconds),
        (budget.execution_seconds, scripts),
    )
    return min((limit / each for limit, each in limits if limit is not None and each > 0), default=0.0)


def _way(model: str, strategy: str, cells: Sequence[_Cell], seeds: int) -> Way:
    return Way(
        model=model,
        strategy=strategy,
        cells=len(cells) * seeds,
        nodes=seeds * sum(c.nodes for c in cells),
        tokens=seeds * sum(c.tokens for c in cells),
        seconds=(seeds * sum(c.seconds[0] for c in cells), seeds * sum(c.seconds[1] for c in cells)),
        assumed=tuple(dict.fromkeys(name for cell in cells for name in cell.assumed)),
    )


def name_of(task: SuiteTask, name: str) -> str:
    """Return a task's name as sessions have it."""
    if task.folder is None:
        return task.bundled or task.mlebench or name
    from tui_aide.tasks.task_toml import read_task_toml

    folder = Path(task.folder)
    return (read_task_toml(folder).name if folder.is_dir() else None) or folder.name


def _disk(suite: Suite, ways: Iterable[Way], sessions: Sequence[Listed]) -> tuple[float, tuple[str, ...]]:
    """Return the bytes of all sessions, and the tasks whose disk no earlier session tells."""
    per_task = len(suite.run.seeds) * len(suite.models) * len(suite.strategies)
    total, unknown = sum(way.nodes for way in ways) * NODE_BYTES, []
    for key, task in suite.tasks.items():
        name = name_of(task, key)
        alike = [s for s in sessions if s.task == name and s.nodes][:_SIZED]
        if alike:
            whole = sum(disk_use(s.folder.path) for s in alike)
            nodes = sum(s.nodes for s in alike)
            total += per_task * max(0.0, whole - nodes * NODE_BYTES) / len(alike)
            continue
        unknown.append(key)
        total += per_task * _data_bytes(task)
    return total, tuple(unknown)


def _data_bytes(task: SuiteTask) -> float:
    """Return what one session's copies of a task's data take: those that scripts see, and those kept from them."""
    folder = Path(task.folder) if task.folder else cache_dir() / "tasks"
    if task.folder is None:
        found = sorted(folder.glob(f"{task.bundled}-v*")) if task.bundled else []
        folder = found[-1] if found else Path()
    return 2.0 * disk_use(folder) if folder != Path() and folder.is_dir() else float(TASK_BYTES)
