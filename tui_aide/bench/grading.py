"""Grading cells: what they handed in, and every valid node.

Only figures are kept: the labels live in the memory of the process that grades, and nowhere below the run or a session.
Importing this imports no numeric library.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tui_aide.bench.cell import Cell
from tui_aide.bench.grade import FORMAT, CellGrade, Grader, not_made
from tui_aide.bench.run_folder import RunFolder
from tui_aide.errors import SessionError
from tui_aide.sessions.config import write_atomically
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.tree.solution_tree import SolutionTree

SUBMISSION = "submission.csv"


def grade_cell(run: RunFolder, cell: Cell, grader: Grader | None = None) -> CellGrade:
    """Grade what a cell handed in and every valid node, and keep it as grades/<cell id>.json.

    The file has the same bytes for the same session. This loads the task's data and labels: call it in a process apart.

    Args:
        run: the run.
        cell: one of its cells, whose session may be of any state, or missing.
        grader: of the cell's task, where several cells of it are graded; made anew where left out.

    Raises:
        UsageError: the task cannot be graded; the message names the suite's key.
        SessionError: the journal cannot be read, or the grade not be written.
    """
    if grader is None:
        from tui_aide.bench.graders import grader_for

        grader = grader_for(run.suite.tasks[cell.task], cell.task)
    found = _grade(run.session(cell), cell, grader)
    path = run.grade_file(cell)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, msgspec.json.format(msgspec.json.encode(_plain(found), order="sorted")) + b"\n")
    except OSError as e:
        raise SessionError(f"{path}: cannot be written: {e.strerror}") from e
    return found


def read_grade(run: RunFolder, cell: Cell) -> CellGrade | None:
    """Return a cell's grade as it was kept, maybe before its session went on (see `events`); None without one."""
    try:
        found = msgspec.json.decode(run.grade_file(cell).read_bytes(), type=CellGrade)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.format == FORMAT else None


def _grade(session: SessionFolder, cell: Cell, grader: Grader) -> CellGrade:
    tree = fold(session)
    if tree is None:
        grade = not_made(grader.terms, "the search never began")
        return CellGrade(cell=cell.id, events=0, terms=grader.terms, handed_in=grade)
    nodes = {
        node.id: grader.grade(session.node(node.id) / SUBMISSION)
        for node in sorted(tree.nodes.values(), key=lambda n: n.id)
        if node.valid
    }
    if tree.selected is None:
        handed_in = not_made(grader.terms, "no valid solution was found")
    else:
        handed_in = grader.grade(session.best / SUBMISSION)
    return CellGrade(cell=cell.id, events=tree.last_seq, terms=grader.terms, handed_in=handed_in, nodes=nodes)


def fold(session: SessionFolder) -> SolutionTree | None:
    """Return a session's tree; None where it never began.

    Raises:
        SessionError: its journal cannot be read.
    """
    if not session.journal.is_file():
        return None
    tree = SolutionTree()
    for event in JournalReader(session.journal).read():
        tree.apply(event)
    return tree if tree.started is not None else None


def _plain(grade: CellGrade) -> Any:
    return msgspec.to_builtins(grade, str_keys=True)
