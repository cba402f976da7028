"""Comparing two sessions: what each found and spent, its best so far, and whether one is better by more than chance."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.model_switch import as_changed
from tui_aide.sessions.summary import summarise
from tui_aide.sessions.view import SessionView
from tui_aide.tasks.jackknife import paired_gain
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree


class Step(msgspec.Struct, frozen=True):
    """After so many nodes, which had cost so many tokens, the best was this; None is none yet."""

    nodes: int
    tokens: int
    best: float | None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of both sessions.

    Attributes:
        summary: what `show --json` says of it, without its nodes.
        verdicts: how many nodes ended so.
        settings: how it searches, with what was changed while it ran.
        steps: the best so far after each node that ended, in the order of their ends.
        report: the score of the node that it hands in, None where it has none.
    """

    folder: SessionFolder
    summary: dict[str, Any]
    verdicts: dict[str, int]
    settings: dict[str, Any]
    steps: tuple[Step, ...]
    report: ScoreReport | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How much better the second session's best is than the first's, on the search part of the hidden rows.

    Attributes:
        gain: the difference, positive where the second is better; None where it cannot be told.
        se: its standard error, None where there is none.
        kind: `paired` over the same hidden rows, or `unpaired`, as of rows drawn apart.
        better: which one is better by more than one standard error; None where none is.
        why: in words.
    """

    gain: float | None = None
    se: float | None = None
    kind: Literal["paired", "unpaired", "none"] = "none"
    better: Literal["a", "b"] | None = None
    why: str


def side_of(folder: SessionFolder) -> Side:
    """Read one session.

    Raises:
        SessionError: it is damaged, or was never started.
    """
    view = SessionView(folder)
    config = folder.config()
    steps = _steps(view)
    tree = view.tree
    if tree.started is None:
        raise SessionError(f"session {folder.id} was never started; start it with: tui-aide resume {folder.id}")
    summary = summarise(folder, tree, status=view.status)
    search = msgspec.to_builtins(as_changed(config.search, tree)) | {"strategy": tree.strategy, "policy": tree.policy}
    budget = {f"budget.{k}": v for k, v in msgspec.to_builtins(tree.budget).items()}
    return Side(
        folder=folder,
        summary={k: v for k, v in summary.items() if k not in ("nodes", "spent")},
        verdicts=dict(Counter(str(n.verdict) for n in tree.nodes.values() if n.done).most_common()),
        settings=search | budget,
        steps=steps,
        report=_report(folder, tree),
    )


def check_comparable(a: Side, b: Side) -> None:
    """Raise `UsageError` where scores of both mean different things."""
    for key in ("task", "metric", "direction"):
        one, other = a.summary[key], b.summary[key]
        if one != other:
            raise UsageError(
                f"{a.folder.id} has the {key} {one}, {b.folder.id} {other}: their scores cannot be compared; "
                "compare what they cost with --cost"
            )


def differing(a: Side, b: Side) -> dict[str, tuple[Any, Any]]:
    """Return the settings and limits that differ."""
    keys = dict.fromkeys((*a.settings, *b.settings))
    pairs = {key: (a.settings.get(key), b.settings.get(key)) for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def difference(a: Side, b: Side) -> Difference:
    """Tell whether the best of one session is better than that of the other by more than one standard error."""
    if a.report is None or b.report is None:
        without = " and ".join(s.folder.id for s in (a, b) if s.report is None)
        return Difference(why=f"{without} has no valid solution yet")
    if a.report.source != b.report.source:
        why = f"the score of one is {a.report.source}, of the other {b.report.source}"
        return Difference(why=f"their scores cannot be compared: {why}")
    gain, paired = paired_gain(a.summary["direction"], b.report, a.report)
    same = _same_rows(a, b)
    if same and paired is not None:
        return _judged(a, b, gain, paired, "paired", f"paired over the same {a.report.rows} hidden rows")
    if a.report.se is None or b.report.se is None:
        return _judged(a, b, gain, None, "none", "no standard error is known")
    rows = {None: "whether their hidden rows are the same is not known", False: "their hidden rows differ"}
    why = rows.get(same, "their scores have no replicates to pair")
    return _judged(a, b, gain, math.hypot(a.report.se, b.report.se), "unpaired", f"unpaired, as {why}")


def milestones(highest: int, lowest: int = 1) -> list[int]:
    """Return 1, 2, 5, 10, 20, 50, ... from `lowest` to `highest`."""
    found = (m * 10**e for e in range(len(str(max(highest, 1)))) for m in (1, 2, 5))
    return [n for n in found if lowest <= n <= highest]


def best_at(steps: Sequence[Step], count: int, by: Literal["nodes", "tokens"]) -> float | None:
    """Return the best after so many nodes or tokens; None where there was none yet, or the search did not get there."""
    place = bisect_right(steps, count, key=lambda step: getattr(step, by))
    if not place or count > getattr(steps[-1], by):
        return None
    return steps[place - 1].best


def curve(steps: Sequence[Step], counts: Iterable[int], by: Literal["nodes", "tokens"]) -> list[float | None]:
    """Return the best after each of so many nodes or tokens."""
    return [best_at(steps, count, by) for count in counts]


def _steps(view: SessionView) -> tuple[Step, ...]:
    """Fold the journal into the view's tree, and return the best after each node that ended."""
    tree, steps = view.tree, list[Step]()
    for event in JournalReader(view.folder.journal).read():
        tree.apply(event)
        if isinstance(event, ev.NodeFinished):
            steps.append(Step(tree.finished_count, tree.tokens.total, None))
        if steps:  # the judgement of a node comes after its end
            best = tree.nodes[tree.incumbent].score if tree.incumbent is not None else None
            steps[-1] = msgspec.structs.replace(steps[-1], best=best.value if best is not None else None)
    return tuple(steps)


def _report(folder: SessionFolder, tree: SolutionTree) -> ScoreReport | None:
    """Return the score of the node that is handed in; without its file, the journal's, which cannot be paired."""
    if tree.selected is None:
        return None
    score = tree.nodes[tree.selected].score
    assert score is not None
    try:
        return msgspec.json.decode((folder.node(tree.selected) / "score.json").read_bytes(), type=ScoreReport)
    except (OSError, msgspec.DecodeError):
        return ScoreReport(score.value, score.se, (), 0, score.source)


def _same_rows(a: Side, b: Side) -> bool | None:
    """Whether both hide the same rows; None where one has no data, as a recording has none."""
    from tui_aide.tasks.private_store import same_hidden_rows

    try:
        return same_hidden_rows(a.folder.path, b.folder.path)
    except SessionError:
        return None


def _judged(
    a: Side, b: Side, gain: float, se: float | None, kind: Literal["paired", "unpaired", "none"], how: str
) -> Difference:
    if gain == 0:
        return Difference(gain=gain, se=se, kind=kind, why=f"both have the same score ({how})")
    better, name = ("b", b.folder.id) if gain > 0 else ("a", a.folder.id)
    words = f"{name} is better by {abs(gain):.4g}"
    if se is None:
        return Difference(gain=gain, se=se, kind=kind, why=f"{words}; {how}")
    if abs(gain) <= se:
        return Difference(
            gain=gain, se=se, kind=kind, why=f"{words}, which is within one standard error of {se:.4g} ({how})"
        )
    return Difference(
        gain=gain,
        se=se,
        kind=kind,
        better="b" if better == "b" else "a",
        why=f"{words}, more than one standard error of {se:.4g} ({how})",
    )
