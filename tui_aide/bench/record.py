"""The record of one cell: all that the report needs of its session and its grade, as figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal

import msgspec

from tui_aide.bench.cell import Cell
from tui_aide.bench.gpu_time import GpuTime
from tui_aide.bench.grade import CellGrade, Grade, Terms, not_made
from tui_aide.bench.grading import read_grade
from tui_aide.bench.run_folder import CellState, RunFolder
from tui_aide.errors import SessionError, TuiAideError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.tree import events as ev
from tui_aide.tree.node import Tokens
from tui_aide.tree.solution_tree import SolutionTree

Standing = Literal["done", "failed", "unfinished", "ungraded"]
"""How a cell counts: failed ones as nothing made, unfinished ones only where that is asked for, ungraded ones never."""

MakeGrade = Callable[[RunFolder, Cell], CellGrade]
"""Grades a cell that was not graded yet."""


class Moment(msgspec.Struct, frozen=True):
    """When the best so far changed: what was spent by then, and what the new one is worth on private rows (0..1).

    Attributes:
        tokens: of all samples that had ended, prompts included.
        execution_seconds: of the scripts of the nodes that were done.
        gpu_seconds: see `gpu_time`; 0 where they are not known.
        wall_seconds: since the search began, less the time that nobody ran it.
        value: normalised score of that node's own submission.
    """

    tokens: float
    execution_seconds: float
    gpu_seconds: float
    wall_seconds: float
    value: float


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """How a search went.

    Attributes:
        nodes: that were done; those cut short from outside, by the budget or a user, are not among them.
        valid_nodes: of these.
        first_valid: number of the first valid node, counted from 1 as they ended; None without one.
        samples: completions of the model; `truncated` are those that ended at the limit of tokens.
        verdicts: how many nodes ended so.
        tokens: spent, by kind.
        execution_seconds: of scripts; `model_seconds` those that nodes waited for samples, all nodes together;
            `wall_seconds` from begin to end, less the time that nobody ran it.
        gpu_seconds: see `gpu_time`; None where they are not known.
        moments: when the best so far changed; the last one is what is handed in.
        limit: what ended it, in words.
    """

    nodes: int = 0
    valid_nodes: int = 0
    first_valid: int | None = None
    samples: int = 0
    truncated: int = 0
    verdicts: dict[str, int] = {}
    tokens: Tokens = Tokens()
    execution_seconds: float = 0.0
    model_seconds: float = 0.0
    wall_seconds: float = 0.0
    gpu_seconds: float | None = None
    moments: tuple[Moment, ...] = ()
    limit: str = ""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One cell.

    Attributes:
        cell: which one.
        standing: how it counts.
        why: what is wrong with it, in a line.
        grade: of what it handed in; of nothing where it failed.
        terms: what its scores are measured by.
        validation: the selected node's score on the hidden rows that the search saw.
        gap: how much better that is than the same node's private score, in the metric's units: positive is optimistic.
        regret: how much better the best valid node is on private rows than the selected one, 0 or more.
        final_gain: how much better what is handed in, a blend or a run with all labels, is than the selected node.
        process: how its search went.
        touched: what else than its suite had a part in it: imported, forked, steered; empty for none.
    """

    cell: Cell
    standing: Standing
    why: str = ""
    grade: Grade
    terms: Terms | None = None
    validation: float | None = None
    gap: float | None = None
    regret: float | None = None
    final_gain: float | None = None
    process: Process = Process()
    touched: str = ""

    @property
    def utility(self) -> float | None:
        """The validation score so that greater is better; None without a valid solution."""
        if self.validation is None or self.terms is None:
            return None
        return -self.validation if self.terms.direction == "min" else self.validation


def read_records(run: RunFolder, make_grade: MakeGrade | None = None, *, unfinished: bool = False) -> list[Record]:
    """Return the records of all cells in the suite's order; see `read_record`."""
    records = [read_record(run, cell, make_grade, unfinished=unfinished) for cell in run.cells]
    terms = {r.cell.task: r.terms for r in records if r.terms is not None}
    return [_on_terms(r, terms.get(r.cell.task)) for r in records]


def _on_terms(record: Record, terms: Terms | None) -> Record:
    """Let a cell that failed before it was graded count by its task's terms."""
    if record.standing != "failed" or record.terms is not None or terms is None:
        return record
    return msgspec.structs.replace(record, terms=terms, grade=not_made(terms, record.why))


def read_record(run: RunFolder, cell: Cell, make_grade: MakeGrade | None = None, *, unfinished: bool = False) -> Record:
    """Return a cell's record out of its session, its state and its grade.

    Args:
        run: the run.
        cell: one of its cells.
        make_grade: called where there is no grade yet, or its session went on since.
        unfinished: whether a cell that is not finished is graded as it stands.
    """
    state = run.state(cell)
    try:
        events = _read(run.session(cell))
        standing = _standing(state, events)
        if not events or (standing == "unfinished" and not unfinished):
            grade = CellGrade(cell=cell.id, events=0, terms=None, handed_in=Grade(made=False, valid=False))
        else:
            grade = _grade(run, cell, events[-1].seq, make_grade)
        tree, process = _fold(events, grade)
    except TuiAideError as error:
        events, standing = [], "failed" if state.status == "failed" else "ungraded"
        state = msgspec.structs.replace(state, why=state.why or str(error))
    if not events:
        return _without_session(cell, standing, state.why or "the search never began")
    record = Record(
        cell=cell,
        standing=standing,
        why=state.why or (state.status if standing == "unfinished" else ""),
        grade=grade.handed_in,
        terms=grade.terms,
        process=process,
        touched=_touched(events),
    )
    if standing == "failed":
        why = f"the search failed: {state.why or tree.status_reason}"
        return msgspec.structs.replace(record, grade=not_made(grade.terms, why), why=why)
    return _compared(record, tree, grade)


def _read(session: SessionFolder) -> list[ev.AnyEvent]:
    return JournalReader(session.journal).read() if session.journal.is_file() else []


def _grade(run: RunFolder, cell: Cell, events: int, make_grade: MakeGrade | None) -> CellGrade:
    grade = read_grade(run, cell)
    if make_grade is not None and (grade is None or grade.events != events):
        grade = make_grade(run, cell)
    if grade is None:
        raise SessionError(f"{run.grade_file(cell)}: there is no grade; make it with: tui-aide bench report {run.name}")
    return grade


def _without_session(cell: Cell, standing: Standing, why: str) -> Record:
    """Return the record of a cell without a session, or with one that cannot be read or graded."""
    if standing == "failed":
        why = f"the search failed: {why}"
        return Record(cell=cell, standing=standing, why=why, grade=not_made(None, why))
    return Record(cell=cell, standing=standing, why=why, grade=Grade(made=False, valid=False, why=why))


def _standing(state: CellState, events: list[ev.AnyEvent]) -> Standing:
    if state.status == "failed":
        return "failed"
    if not events:
        return "ungraded" if state.status == "done" else "unfinished"
    last = events[-1]
    ended = isinstance(last, ev.SessionFinished) and last.status == "finished"
    return "done" if state.status == "done" or (state.status == "waiting" and ended) else "unfinished"


def _touched(events: list[ev.AnyEvent]) -> str:
    for event in events:
        match event:
            case ev.NodeCreated() if event.reason.endswith("of an imported journal"):
                return "imported"
            case ev.SessionForked():
                return "forked"
            case ev.NodeCreated() if event.by == "user":
                return "steered"
            case ev.StrategyChanged() | ev.PolicyChanged() | ev.ModelChanged() | ev.HintGiven():
                return "steered"
            case ev.Pruned() | ev.Pinned() | ev.BranchPaused():
                return "steered"
            case _:
                pass
    return ""


def _fold(events: list[ev.AnyEvent], grade: CellGrade) -> tuple[SolutionTree, Process]:
    """Fold a journal, noting what was spent when the best changed."""
    tree = SolutionTree()
    samples = truncated = 0
    ended: list[int] = []
    moments: list[Moment] = []
    spent, gpu = 0.0, GpuTime()
    for event in events:
        tree.apply(event)
        gpu.add(event)
        match event:
            case ev.SampleFinished():
                samples += 1
                truncated += event.finish == "length"
            case ev.NodeFinished():
                ended.append(event.node)
            case ev.IncumbentChanged():
                spent = max(spent, _tokens(tree))
                moments.append(_moment(tree, event.time, spent, gpu, _worth(grade.nodes.get(event.node))))
            case _:
                pass
    if tree.selected is not None:  # the selection, a blend or a run with all labels may have changed it at the end
        spent = max(spent, _tokens(tree))
        moments.append(_moment(tree, tree.last_time, spent, gpu, _worth(grade.handed_in)))
    nodes = [tree.nodes[n] for n in ended if not tree.nodes[n].cut_short]
    first = next((at for at, node in enumerate(nodes, 1) if node.valid), None)
    return tree, Process(
        nodes=len(nodes),
        valid_nodes=sum(n.valid for n in nodes),
        first_valid=first,
        samples=samples,
        truncated=truncated,
        verdicts=dict(sorted(Counter(str(tree.nodes[n].verdict) for n in ended).items())),
        tokens=sum((n.tokens for n in tree.nodes.values()), Tokens()),
        execution_seconds=tree.execution_seconds,
        model_seconds=tree.model_seconds,
        wall_seconds=tree.wall(tree.last_time),
        gpu_seconds=gpu.seconds,
        moments=tuple(moments),
        limit=tree.status_reason,
    )


def _tokens(tree: SolutionTree) -> float:
    """Return what was spent by now: the nodes that are done, and the samples that have ended of those under way."""
    return tree.tokens.total + sum(node.tokens.total for node in tree.running.values())


def _moment(tree: SolutionTree, time: float, tokens: float, gpu: GpuTime, value: float) -> Moment:
    return Moment(tokens, tree.execution_seconds, gpu.seconds or 0.0, tree.wall(time), value)


def _worth(grade: Grade | None) -> float:
    return (grade.normalised or 0.0) if grade is not None else 0.0


def _compared(record: Record, tree: SolutionTree, grade: CellGrade) -> Record:
    """Add what compares hidden rows with private ones, all of the selected node."""
    if tree.selected is None or grade.terms is None:
        return record
    terms, node = grade.terms, tree.nodes[tree.selected]
    own = grade.nodes[node.id].score if node.id in grade.nodes else None
    validation = node.score.value if node.score is not None and node.score.source != "reported" else None
    record = msgspec.structs.replace(record, validation=validation)
    if own is None:
        return record
    others = [g.score for g in grade.nodes.values() if g.score is not None]
    handed_in = grade.handed_in.score
    return msgspec.structs.replace(
        record,
        gap=terms.gain(validation, own) if validation is not None else None,
        regret=max(terms.gain(score, own) for score in others),
        final_gain=terms.gain(handed_in, own) if handed_in is not None else None,
    )
