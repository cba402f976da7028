"""The session folder: where each thing lies, how it is made and named. Its contents have files of their own."""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path

from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.config import SessionConfig, read_config, write_config
from tui_aide.tasks.read_only import remove_tree

_WORDS = """
alder aspen aster basil birch cactus cedar clover comet coral crane daisy delta ember fern finch flint
garnet hazel heron indigo iris ivy jade juniper kelp larch lilac linden lotus lynx maple marlin meadow moss
myrtle nettle oak olive onyx opal orchid otter pearl pine plover poppy quartz quince raven reed robin rowan
sage sorrel sparrow spruce sumac swift teal thistle topaz tulip umber violet walnut willow wren yarrow
zinnia
""".split()  # noqa: SIM905 - one word a line would be 80 lines


class SessionFolder:
    """A session's paths. Making one reads nothing; `config` is read when asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def id(self) -> str:
        """Its name in lists and on the command line: the folder's own."""
        return self.path.name

    @property
    def journal(self) -> Path:
        """The append-only list of events."""
        return self.path / "journal.jsonl"

    @property
    def config_file(self) -> Path:
        """What was asked."""
        return self.path / "session.toml"

    @property
    def summary_file(self) -> Path:
        """A small JSON copy of the state, for lists; the journal is the truth."""
        return self.path / "summary.json"

    @property
    def best(self) -> Path:
        """The solution to hand in."""
        return self.path / "best"

    @property
    def lock_file(self) -> Path:
        """Locked by the one writer."""
        return self.path / "lock"

    @property
    def runner_file(self) -> Path:
        """Where the live runner listens."""
        return self.path / "runner.json"

    @property
    def runner_log(self) -> Path:
        """What the runner process itself printed."""
        return self.path / "runner.log"

    def node(self, node: int) -> Path:
        """Return the folder of one node: solution.py, plan.md, prompt.md, reasoning.md, answer.md, output.log, ..."""
        return self.path / "nodes" / f"{node:04d}"

    @property
    def replayed(self) -> bool:
        """Whether it is shown as it was at a time gone by."""
        return False

    def extent(self, path: Path) -> int | None:
        """Return how many bytes of a node's file are to be shown; None for all, a replay tells what was there then."""
        return None

    def version(self, path: Path) -> Path:
        """Return which file is to be shown as one of a node's; in a replay it may be one that was put by later."""
        return path

    def settled(self, node: int) -> int | None:
        """Return the candidate whose files are the node's own, as far as that is known before it is chosen."""
        return None

    def config(self) -> SessionConfig:
        """Return what session.toml holds.

        Raises:
            SessionError: this is no session, or it is damaged or too new.
        """
        return read_config(self.config_file)

    def exists(self) -> bool:
        """Whether this is a session at all."""
        return self.config_file.is_file()


def new_id(task: str, seed: int | None = None) -> str:
    """Return a fresh readable name such as `digits-cactus-0707`: task, word, and digits of the clock."""
    rng = random.Random(seed)
    short = re.sub(r"[^a-z0-9]+", "-", task.lower()).strip("-")[:24] or "task"
    return f"{short}-{rng.choice(_WORDS)}-{int(time.time()) % 10000:04d}"


_NAME = re.compile(r"\w[\w.-]{0,99}")


def check_name(name: str) -> None:
    """Raise `UsageError` for a name that cannot be a session's."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name[:40]!r} is no name for a session: use letters, digits, '-', '_' and '.', at most 100")


def check_free(sessions_dir: Path, name: str) -> None:
    """Raise `UsageError` for a name that another session has."""
    if (sessions_dir / name).exists():
        raise UsageError(f"{sessions_dir / name}: there is a session of this name; choose another with --name")


def create_folder(sessions_dir: Path, name: str) -> SessionFolder:
    """Make the folder of a new session under a provisional name; `seal` gives it its own when all is prepared.

    What processes that died while preparing have left is removed.

    Raises:
        UsageError: it is not a plain name, or it is taken.
        SessionError: the place cannot be written.
    """
    check_name(name)
    check_free(sessions_dir, name)
    path = sessions_dir / f"{NEW}{os.getpid()}-{name}"
    try:
        sessions_dir.mkdir(parents=True, exist_ok=True)
        _sweep(sessions_dir)
        path.mkdir()
        (path / "nodes").mkdir()
    except OSError as e:
        raise SessionError(
            f"{sessions_dir}: cannot be written ({e.strerror}); choose another place with --sessions-dir "
            "or TUI_AIDE_SESSIONS_DIR"
        ) from e
    return SessionFolder(path)


def seal(folder: SessionFolder, config: SessionConfig) -> SessionFolder:
    """Write the config and give the folder its own name: from now on it is a session.

    Raises:
        UsageError: the name was taken meanwhile.
        SessionError: the place cannot be written.
    """
    sealed = folder.path.with_name(config.id)
    try:
        write_config(folder.config_file, config)
        folder.path.rename(sealed)
    except OSError as e:
        if sealed.exists():
            raise UsageError(f"{sealed}: there is a session of this name; choose another with --name") from e
        raise SessionError(f"{folder.config_file}: cannot be written: {e.strerror}") from e
    return SessionFolder(sealed)


NEW = ".new-"
"""How the name of a folder begins in which a session is being made; the process that makes it follows."""

DELETED = ".deleted-"
"""The same of one that is being removed."""


def of_the_dead(path: Path) -> bool:
    """Whether the process that made, or removed, the session in this folder is dead."""
    for prefix in (NEW, DELETED):
        pid = path.name.removeprefix(prefix).partition("-")[0]
        if path.name.startswith(prefix) and pid.isdigit():
            return not _alive(int(pid))
    return False


def _sweep(sessions_dir: Path) -> None:
    for prefix in (NEW, DELETED):
        for path in sessions_dir.glob(f"{prefix}*"):
            if of_the_dead(path):
                remove_tree(path, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True
