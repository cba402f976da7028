"""The menus by which a user takes something away: copies of a node's texts, and files of the session."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from tui_aide.errors import TuiAideError
from tui_aide.tui.candidates import candidate_folder
from tui_aide.tui.clipboard import copy
from tui_aide.tui.figures import VERDICT_WORDS, full_name, score_text
from tui_aide.tui.node_reports import shown_text
from tui_aide.tui.plain_text import one_line, short_path
from tui_aide.tui.screens.menu import Choice, MenuDialog

if TYPE_CHECKING:
    from tui_aide.sessions.folder import SessionFolder
    from tui_aide.tree.node import Node
    from tui_aide.tui.screens.search import SearchScreen

_EXPORTS = {
    "s": ("script", "this node's script, with where it comes from and what it needs"),
    "n": ("notebook", "this node's script as a Jupyter notebook"),
    "h": ("html", "a report of all nodes, one file for a browser"),
    "c": ("csv", "a table of all nodes"),
    "a": ("journal", "AIDE's journal.json"),
}


class Taking:
    """Asks what to copy or to export, and does it."""

    def __init__(self, screen: SearchScreen) -> None:
        self._screen = screen

    def copy_menu(self) -> None:
        """Ask which text of the node to copy."""
        screen = self._screen
        node, candidate = screen.tree_view.node, screen.tree_view.candidate
        if node is None:
            screen.say("There is nothing to copy yet.", error=True)
            return
        whose = f"#{node.id}" + (f" candidate {candidate}" if candidate is not None else "")
        place = candidate_folder(screen.folder, node, candidate)
        source = screen.node_panel.source
        view = source.document.text() if source is not None else ""
        texts = {
            "t": (f"the {screen.node_panel.tab}", view),
            "s": ("the script", shown_text(screen.folder, place / "solution.py")),
            "p": ("the plan", shown_text(screen.folder, place / "plan.md") or node.plan),
            "o": ("the output", shown_text(screen.folder, place / "output.log")),
            "f": ("the folder", str(place)),
        }
        of_node = {
            "r": ("the command that reproduces it", reproduce(screen.folder, node)),
            "l": ("the score line", score_line(screen.folder, screen.feed.tree.started, node)),
        }
        if candidate is None:
            texts |= of_node
        labels = {
            "t": f"{screen.node_panel.tab.title()}, the tab in view",
            "s": "Script",
            "p": "Plan",
            "o": "Output",
            "f": "Folder of the node",
            "r": "Command to reproduce it",
            "l": "Score line",
        }
        choices = [Choice(key, labels[key], _about(text)) for key, (_, text) in texts.items() if text.strip()]

        def chosen(key: str | None) -> None:
            if key in texts:
                what, text = texts[key]
                copy(screen, text, what if key in "fr" else f"{what} of {whose}")

        screen.app.push_screen(MenuDialog(f"Copy of {whose}", choices), chosen)

    def export_menu(self) -> None:
        """Ask what to write to the current folder."""
        screen = self._screen
        node = screen.tree_view.node
        if node is None:
            screen.say("There is nothing to export yet.", error=True)
            return
        choices = [Choice(key, name.title(), about) for key, (name, about) in _EXPORTS.items()]

        def chosen(key: str | None) -> None:
            if key in _EXPORTS:
                kind = _EXPORTS[key][0]
                screen.run_worker(lambda: self._export(kind, node.id), thread=True, group="export")

        screen.app.push_screen(MenuDialog(f"Export into {short_path(Path.cwd())}", choices), chosen)

    def _export(self, kind: str, node: int) -> None:
        """Write an export, in a thread, and say where it is."""
        screen = self._screen
        try:
            path, remarks = write_export(screen.folder, kind, node, Path.cwd())
            said, error = " ".join([f"Wrote {path}", *remarks]), False
        except TuiAideError as e:
            said, error = str(e), True
        except OSError as e:
            said, error = f"{Path.cwd()}: cannot be written to: {e.strerror}", True
        screen.app.call_from_thread(screen.say, said, error=error)


def _about(text: str) -> str:
    lines = text.strip().splitlines()
    return one_line(lines[0]) if len(lines) == 1 else f"{len(lines)} lines"


def reproduce(folder: SessionFolder, node: Node) -> str:
    """Return the command that runs a node's script once more on what the task shows."""
    target = f"{folder.id}-{node.id}.py"
    session = shlex.quote(folder.id)
    return f"tui-aide export {session} --format script --node {node.id} -o {shlex.quote(target)}"


def score_line(folder: SessionFolder, started: object, node: Node) -> str:
    """Return a node's score in a line that tells where it is from."""
    metric = getattr(started, "metric", "score")
    outcome = score_text(node.score) if node.score is not None else VERDICT_WORDS[node.verdict or "cancelled"]
    if not node.done:
        outcome = node.phase
    return f"{folder.id} #{node.id}: {one_line(metric)} {outcome}, {one_line(full_name(node))}"


def write_export(folder: SessionFolder, kind: str, node: int, place: Path) -> tuple[Path, list[str]]:
    """Write an export of a session to a folder, beside what is there already.

    Returns:
        The file, and what its reader should know.

    Raises:
        TuiAideError: it cannot be exported.
        OSError: it cannot be written.
    """
    from tui_aide.sessions.exports.writing import OF_ONE_NODE, SUFFIXES, Format, export

    chosen: Format = next(f for f in SUFFIXES if f == kind)
    one = chosen in OF_ONE_NODE
    exported = export(folder, chosen, node if one else None)
    name = f"{folder.id}-{node}" if one else folder.id
    for count in range(1, 1000):
        path = place / f"{name}{'' if count == 1 else f'-{count}'}{SUFFIXES[chosen]}"
        try:
            with path.open("x", encoding="utf-8", errors="replace") as file:
                file.write(exported.text)
        except FileExistsError:
            continue
        return path, exported.remarks
    raise FileExistsError(0, "there are a thousand exports already")
