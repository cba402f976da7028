"""Literal paths that a script reads, and that are neither there nor written by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tui_aide.code.preflight.file_calls import FileCall
from tui_aide.code.preflight.finding import Finding
from tui_aide.code.preflight.reach import Reach, errors
from tui_aide.code.preflight.source import Source
from tui_aide.code.preflight.surroundings import Surroundings, is_url, normalised

_MISSING = errors("OSError")
_LOOSE = ("os.chdir", "os.system", "subprocess.", "contextlib.chdir", "exec", "zipfile.", "tarfile.", "shutil.")
"""Calls after which other files may be there."""


def check_paths(
    source: Source, calls: Sequence[FileCall], origins: frozenset[str], reach: Reach, around: Surroundings
) -> Iterator[Finding]:
    """Yield reads of files and folders that will not be there.

    Args:
        calls: the script's dealings with files.
        origins: what the script calls, by dotted name.
    """
    if any(o.endswith("os.chdir") or o == "contextlib.chdir" for o in origins):
        return
    loose = any(o.startswith(_LOOSE) for o in origins) or any(c.action == "write" and c.path is None for c in calls)
    touched = {normalised(c.path) for c in calls if c.action in ("write", "ask", "other") and c.path}
    for call in calls:
        if call.action not in ("read", "list") or not call.path:
            continue
        if is_url(call.path):
            if not around.network and reach.certain(call.node, _MISSING):
                yield Finding("blocking", call.node.lineno, f"{call.path} cannot be read: there is no network")
            continue
        path = normalised(call.path)
        if path is None or "\n" in call.path or call.path.lstrip()[:1] in ("{", "["):
            continue
        mine = not path.startswith("input/")
        if around.has(path) or path == "solution.py" or path in touched:
            continue
        if mine and not path.startswith(("/", "..")) and (loose or _folder_made(path, touched)):
            continue
        if reach.certain(call.node, _MISSING):
            yield Finding("path", call.node.lineno, _message(call, path, around))


def _folder_made(path: str, touched: set[str | None]) -> bool:
    """Whether the script makes a folder of that name, so that there may be anything in it."""
    return any(t is not None and (path.startswith(t + "/") or t.startswith(path + "/")) for t in touched if t != ".")


def _message(call: FileCall, path: str, around: Surroundings) -> str:
    if call.action == "list":
        return f"there is no folder {call.path}; the data are in ./input"
    near = around.nearest(path)
    return f"{call.path} is not there" + (f"; did you mean ./{near}?" if near else f"; there is: {_listed(around)}")


def _listed(around: Surroundings) -> str:
    names = [f"./{name}" for name in sorted(around.files)]
    return ", ".join(names[:6]) + (" and others" if len(names) > 6 else "")
