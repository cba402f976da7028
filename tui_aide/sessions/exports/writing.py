"""Which formats there are, and who writes them."""

from __future__ import annotations

from typing import Literal, get_args

from tui_aide.errors import UsageError
from tui_aide.sessions.exports.source import Source
from tui_aide.sessions.folder import SessionFolder

Format = Literal["script", "notebook", "html", "journal", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: dict[Format, str] = {
    "script": ".py",
    "notebook": ".ipynb",
    "html": ".html",
    "journal": ".json",
    "csv": ".csv",
}
OF_ONE_NODE: tuple[Format, ...] = ("script", "notebook")
"""Formats that hold one node."""


class Exported:
    """An export's `text`, and `remarks` that its reader should know, one line each."""

    def __init__(self, text: str, remarks: list[str]) -> None:
        self.text, self.remarks = text, remarks


def export(folder: SessionFolder, kind: Format, node: int | None = None) -> Exported:
    """Export a session, or of the formats of one node that node.

    Raises:
        UsageError: there is no such node, it has no script, or the format holds all nodes.
        SessionError: the journal cannot be read, or there is no valid solution yet.
    """
    if node is not None and kind not in OF_ONE_NODE:
        raise UsageError(f"--node {node}: {kind} holds all nodes; --node goes with {' and '.join(OF_ONE_NODE)}")
    source = Source(folder)
    remarks: list[str] = []
    if kind in OF_ONE_NODE and node in (None, source.tree.selected) and source.blend:
        remarks.append(
            f"note: what is handed in is a blend, {source.blend}; this is #{source.tree.selected}, the best of them "
            f"alone. {folder.best / 'members'} has all their scripts, {folder.best / 'submission.csv'} the blend."
        )
    return Exported(_text(source, kind, node), remarks)


def _text(source: Source, kind: Format, node: int | None) -> str:
    match kind:
        case "script":
            from tui_aide.sessions.exports.script import script

            return script(source, node)
        case "notebook":
            from tui_aide.sessions.exports.notebook import notebook

            return notebook(source, node)
        case "html":
            from tui_aide.sessions.exports.html import html

            return html(source)
        case "journal":
            from tui_aide.sessions.exports.journal import journal

            return journal(source)
        case "csv":
            from tui_aide.sessions.exports.table import table

            return table(source)
