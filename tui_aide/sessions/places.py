"""Where sessions live and how a user's word for one becomes its folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tui_aide.errors import UsageError, nearest
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import is_running


def sessions_dir(option: str | None = None) -> Path:
    """Return the folder that holds the sessions: option, TUI_AIDE_SESSIONS_DIR, else the user's data folder."""
    chosen = option or os.environ.get("TUI_AIDE_SESSIONS_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("tui_aide", appauthor=False) / "sessions"


def cache_dir() -> Path:
    """Return the folder for what can be made again, such as the bundled tasks' data.

    It is TUI_AIDE_CACHE_DIR, else the user's cache, else, where that cannot be written, a private temporary folder.
    """
    chosen = os.environ.get("TUI_AIDE_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path

    usual = user_cache_path("tui_aide", appauthor=False)
    return usual if _writable(usual) else _temporary_cache() or usual


def _writable(path: Path) -> bool:
    """Whether a folder can be written, or made, as far as the rights tell."""
    there = next((p for p in (path, *path.parents) if p.exists()), path)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _temporary_cache() -> Path | None:
    """Return a folder of this user's own, which lasts as long as the machine lets it; None where there can be none."""
    folder = Path(os.environ.get("TMPDIR") or "/tmp") / f"tui_aide-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return folder if ours else None  # in a place that all may write, somebody else may have made it


def config_dir() -> Path:
    """Return the folder of the user's settings, keys and themes: TUI_AIDE_CONFIG_DIR, else their own. Maybe missing."""
    chosen = os.environ.get("TUI_AIDE_CONFIG_DIR")
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_config_path

    return user_config_path("tui_aide", appauthor=False)


def servers_file() -> Path:
    """Return the file that remembers what model servers were seen to do."""
    return cache_dir() / "servers.json"


def shipped(name: str) -> Path:
    """Return a folder that comes with the program, `themes` or `sessions`: in the wheel, else in the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name


def recordings() -> list[str]:
    """Return the words for the recorded sessions that come with the program, such as `sessions/tumours`."""
    return [f"sessions/{f.parent.name}" for f in sorted(shipped("sessions").glob("*/session.toml"))]


def path_of(word: str) -> Path:
    """Return the path that a user's word means, with `~` filled in.

    Raises:
        UsageError: it cannot be a path.
    """
    try:
        path = Path(word).expanduser()
        path.exists()  # raises for what no file system takes
    except (OSError, RuntimeError, ValueError) as e:
        raise UsageError(f"{word[:40]!r} is no path: {getattr(e, 'strerror', None) or e}") from e
    return path


def all_sessions(place: Path) -> list[SessionFolder]:
    """Return the sessions below a place, the one touched last first."""
    try:
        found = [SessionFolder(p) for p in place.iterdir() if p.is_dir()]
    except OSError:
        return []
    found = [f for f in found if not f.id.startswith(".") and f.exists()]
    return sorted(found, key=_touched, reverse=True)


def find_session(
    word: str | None, place: Path, *, running_first: bool = False, to_write: bool = False
) -> SessionFolder:
    """Return the session that a user means: a path, a name, the unique start of one, or None for the latest.

    Args:
        word: what the user wrote; `sessions/NAME` is a recording that comes with the program, wherever that lies.
        place: the folder that holds the sessions.
        running_first: the latest is that of those that run, if any does.
        to_write: it is to be changed, which recordings of the program never are.

    Raises:
        UsageError: none or several fit; the nearest name is offered.
    """
    known = all_sessions(place)
    if word is None:
        if not known:
            raise UsageError(f"no session in {place} yet; start one with: tui-aide run TASK{_or_recording()}")
        running = (f for f in known if is_running(f)) if running_first else iter(())
        return next(running, known[0])
    path = path_of(word)
    if (path / "session.toml").is_file():
        return SessionFolder(path.absolute())
    if word in recordings():
        if to_write:
            raise UsageError(f"{word} is a recording that comes with tui_aide: it can be looked at and exported only")
        return SessionFolder(shipped("sessions") / path.name)
    exact = [f for f in known if f.id == word]
    started = exact or [f for f in known if f.id.startswith(word)]
    if len(started) == 1:
        return started[0]
    if started:
        raise UsageError(f"{word!r} is the start of several sessions: {', '.join(f.id for f in started[:5])}")
    raise UsageError(f"no session {word!r} in {place}.{nearest(word, [f.id for f in known])} See: tui-aide sessions")


def _or_recording() -> str:
    return f", or look at a recorded one: tui-aide replay {names[-1]}" if (names := recordings()) else ""


def _touched(folder: SessionFolder) -> float:
    try:
        return folder.journal.stat().st_mtime
    except OSError:
        try:
            return folder.config_file.stat().st_mtime
        except OSError:
            return 0.0
