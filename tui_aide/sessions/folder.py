"""The session folder: where each thing lies, how it is made and named. Its contents have files of their own."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

from tui_aide.errors import SessionError
from tui_aide.sessions.config import SessionConfig, read_config, write_config

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


def create_folder(sessions_dir: Path, name: str) -> SessionFolder:
    """Make an empty session folder; its config is written by `seal` when all is prepared.

    Raises:
        SessionError: the name is taken or not a plain name, or the place cannot be written.
    """
    if not re.fullmatch(r"[\w][\w.-]*", name):
        raise SessionError(f"--name {name!r}: use letters, digits, '-', '_' and '.' only")
    path = sessions_dir / name
    try:
        sessions_dir.mkdir(parents=True, exist_ok=True)
        path.mkdir()
        (path / "nodes").mkdir()
    except FileExistsError as e:
        raise SessionError(f"{path}: there is a session of this name; choose another with --name") from e
    except OSError as e:
        raise SessionError(
            f"{sessions_dir}: cannot be written ({e.strerror}); choose another place with --sessions-dir "
            "or TUI_AIDE_SESSIONS_DIR"
        ) from e
    return SessionFolder(path)


def seal(folder: SessionFolder, config: SessionConfig) -> None:
    """Write the config: from now on the folder is a session."""
    try:
        write_config(folder.config_file, config)
    except OSError as e:
        raise SessionError(f"{folder.config_file}: cannot be written: {e.strerror}") from e
