"""The command that installs tui_aide again, or with an extra, in the way that it was installed here."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_NAME = "tui-aide"


def install_command(extra: str = "", python: str | Path = "") -> str:
    """Return a command to type in the current folder.

    Args:
        extra: an extra of pyproject.toml, such as "docker"; empty for the packages that tui_aide cannot do without.
        python: the interpreter to install for; empty for the one that runs.
    """
    import shlex
    from pathlib import Path

    place, editable = _origin()
    program, here = Path(python or sys.executable), Path.cwd()
    if place and Path(place) == here:  # as the README has it
        place = "."
    if program.is_relative_to(here):
        program = program.relative_to(here)
    wanted = (place or _NAME) + (f"[{extra}]" if extra else "")
    words = [str(program), "-m", "pip", "install", *(["-e"] if editable else [])]
    return f"{shlex.join(words)} {_quoted(wanted)}"


def _quoted(word: str) -> str:
    """Return a word in quotes, which some shells want around brackets, too."""
    import shlex

    return shlex.quote(word) if "'" in word else f"'{word}'"


def _origin() -> tuple[str, bool]:
    """Return the folder that tui_aide was installed from, empty for a package, and whether it still runs from there.

    Source: the Direct URL file that pip leaves (PyPA, "Recording the Direct URL Origin of installed distributions").
    """
    import json
    from importlib import metadata
    from pathlib import Path
    from urllib.parse import unquote, urlsplit

    try:
        told = json.loads(metadata.distribution(_NAME).read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        return "", False
    address = urlsplit(str(told.get("url", "")))
    folder = unquote(address.path)
    if address.scheme != "file" or not Path(folder).is_dir():
        return "", False
    return folder, bool(told.get("dir_info", {}).get("editable"))
