"""Making a task's leaderboard: about a hundred teams, out of pipelines, shares of the training rows, and blends."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tui_aide.bench.teams.families import constant, pipelines
from tui_aide.bench.teams.pipeline import Pipeline, cut
from tui_aide.bench.teams.rows import Array, TeamRows, team_rows
from tui_aide.bench.teams.strong import STRONG
from tui_aide.tasks.bundled import BUNDLED, generate
from tui_aide.tasks.leaderboard import Team
from tui_aide.tasks.medals import graded

SHARES = (0.2, 0.5, 1.0)
"""Shares of the training rows that a pipeline's teams use; small ones stand for teams that did little."""

STRONG_SHARES = (0.5, 0.75, 1.0)
STRONG_WEIGHTS = (4.0, 9.0)
"""What the strong solution counts for in a blend, in turn, where each other member counts for 1."""

STRONG_EVERY = 2
"""One blend in so many has the strong solution, so that gold asks for more than one of its parts."""

TEAMS = 100
MOST_MEMBERS = 4

Told = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Entry:
    """A team's predictions of the test rows, as `TeamRows` has them, and their score."""

    name: str
    predictions: Array
    score: float

    @property
    def team(self) -> Team:
        """Its line of the leaderboard."""
        return Team(self.name, graded(self.score))


def make_leaderboard(name: str, salt: str = "", tell: Told = lambda _: None) -> list[Entry]:
    """Return the teams of a bundled task, in the order of their making; the same ones for the same salt.

    Args:
        name: a bundled task.
        salt: of the instance; empty for the one that is bundled.
        tell: is given a line a team as it comes.

    Raises:
        UsageError: there is no bundled task of that name.
    """
    tables = generate(name, salt)
    return enter(team_rows(BUNDLED[name], tables), tell)


def enter(rows: TeamRows, tell: Told = lambda _: None) -> list[Entry]:
    """Return the teams of a task: of every pipeline at every share, the strong solution at some, and blends."""
    found: list[Entry] = []
    strong: list[Entry] = []
    members: list[Entry] = []

    def add(name: str, predictions: Array) -> Entry:
        entry = Entry(name, predictions, rows.score(predictions))
        found.append(entry)
        tell(f"{len(found):>3} {entry.score:>9.5f}  {name}")
        return entry

    with warnings.catch_warnings():
        # That a team's model does not converge, or meets a column without variance, is that team's affair.
        warnings.simplefilter("ignore")
        add("constant", constant(rows).predict(rows, 0))
        for pipeline, share in _attempts(rows):
            entry = add(_title(pipeline, share), pipeline.predict(rows.part(share, _seed(pipeline.name)), 0))
            if pipeline.blendable and share == 1:
                members.append(entry)
        for share in STRONG_SHARES if rows.name in STRONG else ():
            strong.append(add(f"strong{_of_rows(share)}", strong_predictions(rows.part(share, _seed("strong")))))
    for turn, chosen in enumerate(_blends(members, strong, TEAMS - len(found), _seed(rows.name))):
        heavy = STRONG_WEIGHTS[turn // STRONG_EVERY % len(STRONG_WEIGHTS)]
        weights = [heavy if entry in strong else 1.0 for entry in chosen]
        add(
            "blend: " + " + ".join(entry.name for entry in chosen),
            blend([e.predictions for e in chosen], weights, rows),
        )
    return found


def blend(predictions: Sequence[Array], weights: Sequence[float], rows: TeamRows) -> Array:
    """Return the weighted mean of predictions.

    Of ordered classes the mean is of the grades they expect, cut anew; of texts it is the one with most weight.
    """
    if rows.texts:
        return _voted(predictions, weights)
    mean = np.average(np.stack(predictions), axis=0, weights=weights)
    return rows.as_shares(cut(mean @ rows.classes, rows)) if rows.graded else np.asarray(mean)


def _voted(predictions: Sequence[Array], weights: Sequence[float]) -> Array:
    """Return for each row the text with most weight; of equal ones that of the earlier member."""
    chosen = []
    for texts in zip(*predictions, strict=True):
        votes: dict[str, float] = {}
        for text, weight in zip(texts, weights, strict=True):
            votes[text] = votes.get(text, 0.0) + weight
        chosen.append(max(votes, key=lambda text: votes[text]))
    return np.array(chosen, dtype=object)


def strong_predictions(rows: TeamRows) -> Array:
    """Return what the task's strong reference predicts, as `TeamRows` has predictions."""
    found = np.asarray(STRONG[rows.name](rows))
    if rows.values:
        return found.astype(float)
    if rows.texts or rows.several:
        return found
    if rows.metric.kind == "labels":
        return rows.as_shares(found)
    return np.stack([1 - found, found], axis=1) if found.ndim == 1 else found


def _attempts(rows: TeamRows) -> Iterator[tuple[Pipeline, float]]:
    for pipeline in pipelines(rows):
        for share in SHARES:
            yield pipeline, share


def _blends(members: Sequence[Entry], strong: Sequence[Entry], count: int, seed: int) -> Iterator[list[Entry]]:
    """Return which teams are averaged: half with the strong one, the others without; never the same twice.

    They are drawn, not chosen by their scores: nobody sees the test rows' truth.
    """
    rng = np.random.default_rng(seed)
    seen: set[frozenset[str]] = set()
    tries = 0
    while len(seen) < count and tries < 100 * count:
        tries += 1
        with_strong = bool(strong) and len(seen) % STRONG_EVERY == 0
        size = int(rng.integers(2, MOST_MEMBERS + 1)) - with_strong
        drawn = [members[i] for i in rng.choice(len(members), size=min(size, len(members)), replace=False)]
        if with_strong:
            drawn.insert(0, strong[int(rng.integers(len(strong)))])
        names = frozenset(entry.name for entry in drawn)
        if names not in seen:
            seen.add(names)
            yield drawn


def _title(pipeline: Pipeline, share: float) -> str:
    frames = "" if pipeline.frames == "raw" else f", {pipeline.frames} columns"
    return f"{pipeline.name}{frames}{_of_rows(share)}"


def _of_rows(share: float) -> str:
    return "" if share == 1 else f", {share:.0%} of the rows"


def _seed(text: str) -> int:
    return zlib.crc32(text.encode())
