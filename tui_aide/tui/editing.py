"""Has the user edit a script: in their own editor, which gets the terminal, else on the screen itself."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from tui_aide.tui.editor import editor


async def edit_script(app: App[Any], node: int, code: str) -> tuple[str | None, str]:
    """Have a node's script edited; called in a worker.

    Args:
        app: the viewer's.
        node: whose script it is.
        code: the script to begin with.

    Returns:
        The script as it was saved, None where it was not, and what went wrong, or "".
    """
    argv = editor()
    if argv is not None:
        try:
            return await _in_editor(app, argv, node, code)
        except SuspendNotSupported:
            pass  # there is no terminal to hand over: a browser
    from tui_aide.tui.screens.script_editor import ScriptEditor

    about = "It runs as a new child; this node stays as it is."
    return await app.push_screen_wait(ScriptEditor(f"#{node}: the script", code, about=about)), ""


async def _in_editor(app: App[Any], argv: list[str], node: int, code: str) -> tuple[str | None, str]:
    """Run the editor with the terminal to itself.

    Raises:
        SuspendNotSupported: the terminal cannot be handed over.
    """
    with tempfile.TemporaryDirectory(prefix="tui_aide-") as folder:
        path = Path(folder) / f"node-{node}.py"
        path.write_text(code, encoding="utf-8")
        before = path.stat().st_mtime_ns
        problem = ""
        with app.suspend(), app.batch_update():
            try:
                process = await asyncio.create_subprocess_exec(*argv, str(path))
                ended = await process.wait()
                problem = f"{argv[0]} ended with code {ended}; nothing was sent" if ended else ""
            except OSError as e:
                problem = f"EDITOR={argv[0]!r} cannot be run: {e.strerror}"
        if problem or not path.exists():
            return None, problem
        edited = path.read_text(encoding="utf-8", errors="replace")
        saved = edited != code or path.stat().st_mtime_ns != before
        return edited if saved else None, ""
