"""A bench's run: where each thing lies, what was asked, and how each cell stands. Light enough for a screen."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Literal

import msgspec

from tui_aide import __version__
from tui_aide.bench.cell import Cell, cells_of
from tui_aide.bench.run_facts import RUN_FORMAT, RunFacts
from tui_aide.bench.suite import Suite
from tui_aide.errors import SessionError, UsageError, nearest
from tui_aide.sessions.config import write_atomically
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.places import path_of, sessions_dir

Status = Literal["waiting", "running", "stopped", "done", "failed"]
"""Of a cell: `stopped` ones are gone on with, `failed` ones only when that is asked for; `done` ones are searched."""

Grading = Literal["none", "graded", "failed"]


class CellState(msgspec.Struct, frozen=True, kw_only=True):
    """What cells/<cell id>.json holds.

    Attributes:
        status: see `Status`; what its session says of itself is in the session.
        why: of a failure or a stop, in a line.
        attempts: how often its search was begun or gone on with.
        tokens: its budget of tokens where another cell's is that; None else.
        grading: whether what it handed in was graded; `grading_why` says why not.
        started, ended: seconds since 1970; None for not yet.
    """

    status: Status = "waiting"
    why: str = ""
    attempts: int = 0
    tokens: int | None = None
    grading: Grading = "none"
    grading_why: str = ""
    started: float | None = None
    ended: float | None = None


class RunFolder:
    """A run's paths and small files. Making one reads nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._suite: Suite | None = None

    @property
    def name(self) -> str:
        """Its name in lists and on the command line: the folder's own."""
        return self.path.name

    @property
    def suite_file(self) -> Path:
        """What was asked, completed."""
        return self.path / "suite.toml"

    @property
    def facts_file(self) -> Path:
        """Machine, versions, when."""
        return self.path / "run.json"

    @property
    def sessions(self) -> Path:
        """The sessions, one a cell: a sessions folder like any other."""
        return self.path / "sessions"

    @property
    def lock_file(self) -> Path:
        """Locked by the one conductor."""
        return self.path / "lock"

    @property
    def conductor_log(self) -> Path:
        """What a conductor without a terminal says, a line each."""
        return self.path / "conductor.log"

    @property
    def suite(self) -> Suite:
        """The suite, read once.

        Raises:
            SessionError: this is no run.
            UsageError: its suite.toml cannot be used.
        """
        if self._suite is None:
            from tui_aide.bench.suite_toml import parse_suite

            try:
                text = self.suite_file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as e:
                raise SessionError(f"{self.suite_file}: cannot be read: no run of a bench, or damaged") from e
            self._suite = parse_suite(text, str(self.suite_file), self.path, check_files=False)
        return self._suite

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The suite's cells, in the order in which they are begun."""
        return cells_of(self.suite)

    def facts(self) -> RunFacts:
        """Return what run.json holds.

        Raises:
            SessionError: it is missing, damaged, or of a newer format.
        """
        try:
            facts = msgspec.json.decode(self.facts_file.read_bytes(), type=RunFacts)
        except (OSError, msgspec.DecodeError) as e:
            raise SessionError(f"{self.facts_file}: cannot be read: {e}") from e
        if facts.format > RUN_FORMAT:
            raise SessionError(f"{self.facts_file}: key 'format' is {facts.format}, too new; update tui_aide")
        return facts

    def session(self, cell: Cell) -> SessionFolder:
        """Return the cell's session, whether or not it is there yet."""
        return SessionFolder(self.sessions / cell.id)

    def grade_file(self, cell: Cell) -> Path:
        """Return where the cell's grade is kept."""
        return self.path / "grades" / f"{cell.id}.json"

    def state_file(self, cell: Cell) -> Path:
        """Return where the cell's state is kept."""
        return self.path / "cells" / f"{cell.id}.json"

    def state(self, cell: Cell) -> CellState:
        """Return how a cell stands; one of which nothing is known, or nothing readable, is waiting."""
        try:
            return msgspec.json.decode(self.state_file(cell).read_bytes(), type=CellState)
        except (OSError, msgspec.DecodeError):
            return CellState()

    def write_state(self, cell: Cell, state: CellState) -> None:
        """Keep how a cell stands.

        Raises:
            OSError: no space, or the folder cannot be written.
        """
        write_atomically(self.state_file(cell), msgspec.json.encode(state) + b"\n", durable=False)

    def exists(self) -> bool:
        """Whether this is a run at all."""
        return self.suite_file.is_file()


def bench_dir(option: str | None = None) -> Path:
    """Return the folder that holds the runs: option, TUI_AIDE_BENCH_DIR, else `bench` beside the sessions."""
    chosen = option or os.environ.get("TUI_AIDE_BENCH_DIR")
    return Path(chosen).expanduser().absolute() if chosen else sessions_dir().parent / "bench"


def create_run(place: Path, name: str, suite: Suite) -> RunFolder:
    """Make the folder of a new run; `suite.toml` comes last, so that a folder without it is no run.

    Raises:
        UsageError: the name is taken, or no name.
        SessionError: the place cannot be written.
    """
    from tui_aide.bench.machine import describe_machine
    from tui_aide.bench.suite_toml import check_name, write_suite

    check_name(name, "--name")
    run = RunFolder(place / name)
    if run.path.exists():
        raise UsageError(
            f"{run.path}: there is a run of this name; go on with it by tui-aide bench resume {name}, or give --name"
        )
    try:
        for folder in (run.sessions, run.path / "grades", run.path / "cells"):
            folder.mkdir(parents=True)
        facts = describe_machine(name, time.time(), __version__)
        write_atomically(run.facts_file, msgspec.json.format(msgspec.json.encode(facts)) + b"\n")
        write_atomically(run.suite_file, write_suite(suite))
    except OSError as e:
        raise SessionError(
            f"{run.path}: cannot be written ({e.strerror}); choose another place with --bench-dir"
        ) from e
    return run


def free_name(place: Path, suite: str) -> str:
    """Return a name for a run that is not taken: the suite's, with a number from the second on."""
    names = (suite if n == 1 else f"{suite}-{n}" for n in range(1, 1_000_000))
    return next(name for name in names if not (place / name).exists())


def all_runs(place: Path) -> list[RunFolder]:
    """Return the runs below a place, the one made last first."""
    try:
        found = [RunFolder(path) for path in place.iterdir() if path.is_dir()]
    except OSError:
        return []
    return sorted((r for r in found if r.exists()), key=lambda r: r.suite_file.stat().st_mtime, reverse=True)


def find_run(word: str | None, place: Path) -> RunFolder:
    """Return the run that a user means: a path, a name, the unique start of one, or None for the latest.

    Raises:
        UsageError: none or several fit; the nearest name is offered.
    """
    known = all_runs(place)
    if word is None:
        if not known:
            raise UsageError(f"no run in {place} yet; start one with: tui-aide bench SUITE")
        return known[0]
    if (path := path_of(word)).is_dir() and RunFolder(path).exists():
        return RunFolder(path.absolute())
    exact = [r for r in known if r.name == word]
    started = exact or [r for r in known if r.name.startswith(word)]
    if len(started) == 1:
        return started[0]
    if started:
        raise UsageError(f"{word!r} is the start of several runs: {', '.join(r.name for r in started[:5])}")
    raise UsageError(f"no run {word!r} in {place}.{nearest(word, [r.name for r in known])} See: tui-aide bench list")
