"""The viewer behind one page of `tui-aide web`: python -m tui_aide.cli.web_screen home|session PATH

Not for users: the server starts it, and its standard output is the page's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Show what the server asked for until the page is closed."""
    kind, path = sys.argv[1:]
    os.environ["LC_ALL"] = "C.UTF-8"  # the signs are the page's, whatever the server's own terminal can show
    from tui_aide.cli.home import list_models
    from tui_aide.sessions.folder import SessionFolder
    from tui_aide.sessions.launch import launch_with_room
    from tui_aide.tui.app import run_home, run_viewer

    if kind == "home":
        run_home(Path(path), resume=launch_with_room, list_models=list_models)
    else:
        run_viewer(SessionFolder(Path(path)), resume=launch_with_room)


if __name__ == "__main__":
    main()
