"""A competition as a task folder: links to its public files, and a task.toml that says how they are scored.

The folder lies in the cache, costs a few kilobytes, and is made again when the public files change. The competition's
own folder is never written to, and nothing of what is private there is opened.
"""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tui_aide.errors import TaskError, TuiAideError
from tui_aide.tasks.loading import load_task
from tui_aide.tasks.mlebench.adapted import MADE, Adapted
from tui_aide.tasks.mlebench.competitions import COMPETITIONS, Competition, Tables
from tui_aide.tasks.mlebench.data_folder import CompetitionFolder
from tui_aide.tasks.mlebench.public_tables import tell_tables
from tui_aide.tasks.task_toml import FILE
from tui_aide.tree.node import Direction

MOST_BYTES = 2_000_000_000
"""The largest training table of which rows are hidden: all of its labels and ids are held in memory."""

_VERSION = 1
_OBFUSCATED = "description_obfuscated.md"


def adapt(competition: CompetitionFolder, cache: Path) -> Path:
    """Return the task folder of a competition, made now if it is not there.

    Where rows can be hidden the tables are read once to check that, so that the first call takes as long as loading.

    Args:
        competition: a prepared one.
        cache: the folder that holds (or will hold) `<id>-<hash>`.

    Raises:
        TaskError: the public files cannot be read, the folder not be written, or the metric's direction not be told.
    """
    folder = cache / f"{competition.id}-{_state(competition)}"
    if (folder / MADE).is_file():
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{competition.id}-", dir=cache) as scratch:
            made = Path(scratch) / competition.id
            made.mkdir()
            adapted = _fill(made, competition)
            (made / MADE).write_bytes(msgspec.json.encode(adapted))
            if folder.exists() and not (folder / MADE).is_file():
                folder.rename(Path(scratch) / "torn")
            try:
                made.rename(folder)
            except OSError:
                if not (folder / MADE).is_file():  # another process was no faster, so something is wrong
                    raise
    except OSError as error:
        raise TaskError(
            f"mlebench:{competition.id}: cannot be adapted: {error.filename or cache}: {error.strerror or error}."
        ) from error
    return folder


def _state(competition: CompetitionFolder) -> str:
    """Return a hash of where the public files lie and what the top level of them looks like."""
    sum_ = hashlib.sha256(f"{_VERSION}\0{competition.public.resolve()}".encode("utf-8", "surrogateescape"))
    for path in sorted(competition.public.iterdir()):
        status = path.stat()
        sum_.update(f"\0{path.name}\0{status.st_size}\0{status.st_mtime_ns}".encode("utf-8", "surrogateescape"))
    return sum_.hexdigest()[:12]


def _fill(folder: Path, competition: CompetitionFolder) -> Adapted:
    known = COMPETITIONS.get(competition.id) or _unknown(competition)
    why = "its data are no two tables that go together"
    if known.tables is not None:
        why = _lacking(competition.public, known.tables)
        if not why:
            _link(folder, competition.public, known.tables.withheld)
            _write_toml(folder, _hiding(competition, known.tables))
            try:
                load_task(folder)
            except TuiAideError as error:
                why = str(error).rstrip(".")
            else:
                return Adapted(id=competition.id, hidden=True)
    _link(folder, competition.public, ())
    _write_toml(folder, _reporting(competition, known))
    load_task(folder)
    return Adapted(id=competition.id, hidden=False, why=why)


def _lacking(public: Path, tables: Tables) -> str:
    """Return why rows of these tables cannot be hidden, as far as files tell; empty where they may be."""
    for name in (tables.train, tables.test):
        if not (public / name).is_file():
            return f"there is no {name} among its public files"
    if (size := (public / tables.train).stat().st_size) > MOST_BYTES:
        return f"{tables.train} has {size / 1e9:.1f} GB, too much to hide rows of"
    return ""


def _link(folder: Path, public: Path, withheld: tuple[str, ...]) -> None:
    for path in sorted(public.iterdir()):
        link = folder / path.name
        if path.name.startswith(".") or path.name in (*withheld, FILE, _OBFUSCATED) or link.is_symlink():
            continue
        link.symlink_to(path.resolve(), target_is_directory=path.is_dir())


def _hiding(competition: CompetitionFolder, tables: Tables) -> dict[str, Any]:
    sample = tables.sample if tables.sample and (competition.public / tables.sample).is_file() else None
    return {
        "name": competition.id,
        "metric": tables.metric,
        "target": tables.target[0] if len(tables.target) == 1 else list(tables.target),
        "id": tables.id,
        "train": tables.train,
        "test": tables.test,
        "sample_submission": sample,
        "link": True,
    }


def _reporting(competition: CompetitionFolder, known: Competition) -> dict[str, Any]:
    found = tell_tables(competition.public)
    small = {
        key: name
        for key, name in (("train", found.train), ("test", found.test))
        if name is not None and (competition.public / name).stat().st_size <= MOST_BYTES
    }
    return {
        "name": competition.id,
        "metric": known.metric,
        "direction": known.direction,
        "split": "none",
        "score": "reported",
        "sample_submission": found.sample,
        "id": known.tables.id if known.tables is not None else None,
        "link": True,
        **small,
    }


def _write_toml(folder: Path, keys: dict[str, Any]) -> None:
    import tomli_w

    given = {key: value for key, value in keys.items() if value is not None}
    (folder / FILE).write_text(tomli_w.dumps(given), encoding="utf-8")


def _unknown(competition: CompetitionFolder) -> Competition:
    """Return what is known of a competition that is not in our list: which way its leaderboard goes.

    Raises:
        TaskError: it has no leaderboard beside `prepared`.
    """
    path = competition.root / "leaderboard.csv"
    scores = list(_scores(path)) if path.is_file() else []
    if len(scores) < 2 or scores[0] == scores[-1]:
        raise TaskError(
            f"mlebench:{competition.id}: whether less or more is better there is not known; put its leaderboard.csv, "
            f"best team first, into {competition.root}."
        )
    direction: Direction = "min" if scores[0] < scores[-1] else "max"
    return Competition(metric="score", direction=direction)


def _scores(path: Path) -> Iterator[float]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            try:
                yield float(row.get("score") or "")
            except ValueError:
                continue
