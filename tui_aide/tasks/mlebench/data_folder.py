"""Where MLE-bench's prepared data lie: `<data>/<competition>/prepared`, with `public` and `private` in it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from tui_aide.errors import TaskError, UsageError, nearest
from tui_aide.tasks.mlebench.competitions import COMPETITIONS

PREFIX = "mlebench:"
"""Before the id of a competition, or the path of its folder, where a task is asked for."""

VARIABLE = "TUI_AIDE_MLEBENCH_DIR"

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


class CompetitionFolder(msgspec.Struct, frozen=True):
    """A prepared competition: its id, and its folder, which holds `prepared`."""

    id: str
    root: Path

    @property
    def public(self) -> Path:
        """What agents may see."""
        return self.root / "prepared" / "public"

    @property
    def private(self) -> Path:
        """The answers; only graders look there."""
        return self.root / "prepared" / "private"


def data_dir(option: str | None = None) -> Path:
    """Return MLE-bench's data folder: option, TUI_AIDE_MLEBENCH_DIR, else where its own tool puts it."""
    chosen = option or os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("mle-bench", appauthor=False) / "data"


def find_competition(word: str) -> CompetitionFolder:
    """Return the prepared competition that a word means.

    Args:
        word: an id, or the path of a competition's folder, with or without `mlebench:` before it.

    Raises:
        UsageError: it is neither.
        TaskError: the competition is not prepared.
    """
    name = word.removeprefix(PREFIX)
    is_path = "/" in name or name.startswith("~")
    root = Path(name).expanduser().absolute() if is_path else data_dir() / _checked(name)
    folder = CompetitionFolder(_checked(root.name), root)
    if folder.public.is_dir() and any(folder.public.iterdir()):
        return folder
    if name not in COMPETITIONS and not folder.root.exists() and not is_path:
        raise UsageError(f"{PREFIX}{name}: MLE-bench has no such competition.{nearest(name, COMPETITIONS)}")
    raise TaskError(
        f"{PREFIX}{folder.id}: {folder.public} is missing or empty; run `mlebench prepare -c {folder.id}`, "
        f"or set {VARIABLE} to the folder that it was given as --data-dir."
    )


def _checked(name: str) -> str:
    if not _ID.fullmatch(name):
        raise UsageError(f"{PREFIX}{name}: {name!r} is no competition's id, such as spaceship-titanic")
    return name
