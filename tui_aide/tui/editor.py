"""Which editor the user wants."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path


def editor(environ: os._Environ[str] | dict[str, str] = os.environ) -> list[str] | None:
    """Return the command of $VISUAL, $EDITOR, or an editor that is there; one with windows is made to wait."""
    for name in ("VISUAL", "EDITOR"):
        if words := shlex.split(environ.get(name, "")):
            if Path(words[0]).name in ("code", "codium", "subl", "zed", "atom") and not {"--wait", "-w"} & set(words):
                words.append("--wait")
            return words
    found = next((p for p in ("nano", "vim", "vi") if shutil.which(p)), None)
    return [found] if found else None
