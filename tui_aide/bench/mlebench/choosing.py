"""Who grades a competition: MLE-bench's package where it is, else our metric on the answers, else nobody."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tui_aide.bench.grade import Grade, Grader, worth_nothing
from tui_aide.bench.mlebench.answers import read_private
from tui_aide.bench.mlebench.package import INSTALL, VARIABLE, PackageGrader, package_python
from tui_aide.bench.suite import SuiteTask
from tui_aide.bench.table_grader import TableGrader
from tui_aide.errors import UsageError
from tui_aide.sessions.places import cache_dir
from tui_aide.tasks.leaderboard import FILE, read_leaderboard
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.mlebench.adapted import read_adapted
from tui_aide.tasks.mlebench.adapting import adapt
from tui_aide.tasks.mlebench.data_folder import CompetitionFolder, find_competition


class Ungraded:
    """Says why submissions to a competition cannot be scored here."""

    terms = None

    def __init__(self, why: str) -> None:
        self._why = why

    def grade(self, submission: Path) -> Grade:
        """Return whether there is a submission."""
        if not submission.is_file():
            return worth_nothing(None, made=False, why="there is no submission")
        return Grade(made=True, valid=True, why=self._why)


def competition_grader(entry: SuiteTask) -> Grader:
    """Return the grader of a suite's MLE-bench task.

    Raises:
        UsageError: the competition is not prepared, or the interpreter that was named cannot grade it.
    """
    competition = find_competition(entry.word)
    board = _leaderboard(entry, competition)
    python = package_python(entry.mlebench_python)
    if python is not None:
        return PackageGrader(competition, python, board)
    folder = adapt(competition, cache_dir() / "mlebench")
    made = read_adapted(folder)
    if made is None or not made.hidden:
        return Ungraded(_without_package("only its own grader knows its metric"))
    task = load_task(folder)
    if task.sample_submission is not None:  # a link, which no submission may be
        task = msgspec.structs.replace(task, sample_submission=task.sample_submission.resolve())
    try:
        ids, truth = read_private(competition, task)
    except UsageError as error:
        return Ungraded(_without_package(str(error)))
    return TableGrader(task, ids, truth, read_leaderboard(board, task.direction) if board is not None else None)


def _without_package(why: str) -> str:
    return f"not scored: MLE-bench's package is needed: {why}; {INSTALL}, and set {VARIABLE} to its interpreter"


def _leaderboard(entry: SuiteTask, competition: CompetitionFolder) -> Path | None:
    places = (competition.root / FILE, competition.private / FILE)
    return Path(entry.leaderboard) if entry.leaderboard else next((p for p in places if p.is_file()), None)
