"""What a shell calls tui-aide here."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

_NAME = "tui-aide"


def program_name() -> str:
    """Return the word that starts a command to type: the name where a shell finds it, else the path that was called."""
    called = Path(sys.argv[0])
    if called.name != _NAME or not called.is_file():
        return _NAME
    found = shutil.which(_NAME)
    if found is not None and called.samefile(found):
        return _NAME
    whole, here = called.absolute(), Path.cwd()
    return shlex.quote(str(whole.relative_to(here) if whole.is_relative_to(here) else whole))
