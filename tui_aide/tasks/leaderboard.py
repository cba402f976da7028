"""Leaderboards: the scores of a task's teams, packaged for bundled tasks, or as leaderboard.csv in a task folder."""

from __future__ import annotations

import csv
import functools
import io
import math
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from tui_aide.errors import TaskError
from tui_aide.tasks.medals import Thresholds, best_first, thresholds
from tui_aide.tree.node import Direction

FILE = "leaderboard.csv"
_COLUMN = "score"
_TEAM = "team"


class Team(msgspec.Struct, frozen=True):
    """One line of a leaderboard; the score is on the private test rows."""

    name: str
    score: float


class Leaderboard(msgspec.Struct, frozen=True, kw_only=True):
    """The teams' scores, from the best to the worst.

    Attributes:
        scores: one a team, on the private test rows.
        direction: whether less or more is better.
        source: where it comes from: a file's path, or "bundled".
    """

    scores: tuple[float, ...]
    direction: Direction
    source: str

    @property
    def thresholds(self) -> Thresholds:
        """What each medal asks for."""
        return thresholds(self.scores, self.direction)


def read_leaderboard(path: Path, direction: Direction) -> Leaderboard:
    """Read a CSV file with a column `score`, one line a team, in any order; other columns are ignored.

    Args:
        path: the file, in UTF-8, separated by commas.
        direction: the direction of the task's metric.

    Raises:
        TaskError: the file cannot be read, has no such column or no team, or a score is not a finite number.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TaskError(f"{path}: cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise TaskError(f"{path}: is not UTF-8 text: save it as CSV in UTF-8.") from error
    return _leaderboard(_scores(text, str(path)), direction, str(path))


@functools.cache
def bundled_leaderboard(name: str) -> Leaderboard | None:
    """Return the packaged leaderboard of a bundled task; None where there is none.

    It is that of the task as it is bundled; a fresh instance, with a salt, has another.
    """
    from tui_aide.tasks.bundled.catalogue import BUNDLED

    file = files("tui_aide.tasks.bundled").joinpath("leaderboards", f"{name}.csv")
    if name not in BUNDLED or not file.is_file():
        return None
    scores = _scores(file.read_text(encoding="utf-8"), f"{name}.csv")
    return _leaderboard(scores, BUNDLED[name].direction, "bundled")


def leaderboard_of(source: str, direction: Direction) -> Leaderboard | None:
    """Return the leaderboard of a task as a session names it; None where it has none.

    Args:
        source: the name of a bundled task, or the path of a task folder, with a slash, which may hold leaderboard.csv.
        direction: the direction of the task's metric; that of a bundled task is known.

    Raises:
        TaskError: the folder's leaderboard.csv cannot be used.
    """
    if "/" not in source:
        return bundled_leaderboard(source)
    path = Path(source) / FILE
    return read_leaderboard(path, direction) if path.is_file() else None


def leaderboard_text(teams: Sequence[Team], direction: Direction, decimals: int) -> str:
    """Return a leaderboard as CSV, the best team first; those with equal scores by name."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow((_TEAM, _COLUMN))
    for team in sorted(teams, key=lambda t: (t.score if direction == "min" else -t.score, t.name)):
        writer.writerow((team.name, f"{team.score:.{decimals}f}"))
    return target.getvalue()


def _leaderboard(scores: Sequence[float], direction: Direction, source: str) -> Leaderboard:
    return Leaderboard(scores=tuple(best_first(scores, direction)), direction=direction, source=source)


def _scores(text: str, name: str) -> list[float]:
    reader = csv.reader(io.StringIO(text))
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise TaskError(f"{name}: line {reader.line_num} is no CSV: {error}.") from error
    header = [cell.strip().casefold() for cell in rows[0][1]] if rows else []
    if _COLUMN not in header:
        raise TaskError(f"{name}: it has no column `{_COLUMN}`; name the column of the teams' scores so.")
    place = header.index(_COLUMN)
    scores = [_score(row[place] if place < len(row) else "", name, line) for line, row in rows[1:]]
    if not scores:
        raise TaskError(f"{name}: it has no team; a leaderboard needs one line below its header at least.")
    return scores


def _score(cell: str, name: str, line: int) -> float:
    try:
        score = float(cell)
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise TaskError(f"{name}: line {line}: `{_COLUMN}` is {cell!r}, not a finite number; mend or remove the line.")
    return score
