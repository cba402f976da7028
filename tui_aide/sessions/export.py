"""Exports of a session: what a user takes away."""

from __future__ import annotations

from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.view import SessionView


def script(folder: SessionFolder, node: int | None = None) -> str:
    """Return a node's script, by default the best, headed by where it comes from and how it scored.

    Raises:
        UsageError: there is no such node, or it has no script.
        SessionError: there is no valid solution yet.
    """
    view = SessionView(folder)
    view.refresh()
    tree = view.tree
    chosen = tree.selected if node is None else node
    if chosen is None:
        raise SessionError(f"session {folder.id} has no valid solution yet")
    if chosen not in tree.nodes:
        raise UsageError(f"--node {chosen}: session {folder.id} has nodes 0 to {len(tree.nodes) - 1}")
    path = folder.node(chosen) / "solution.py"
    try:
        code = path.read_text(encoding="utf-8")
    except OSError as e:
        raise UsageError(f"--node {chosen}: it has no script ({tree.nodes[chosen].verdict})") from e
    return "".join(f"# {line}\n" for line in _heading(view, chosen)) + code


def _heading(view: SessionView, number: int) -> list[str]:
    tree, node = view.tree, view.tree.nodes[number]
    started = tree.started
    lines = [f"tui_aide session {view.folder.id}, node #{number}: {' '.join(node.title.split())}"]
    if started is not None and node.score is not None:
        se = f" +- {node.score.se:.2g}" if node.score.se is not None else ""
        lines.append(f"task {started.task}: {started.metric} {node.score.value:.6g}{se} ({node.score.source})")
    lines.append("Reads ./input, writes ./submission.csv. Run: python solution.py")
    return lines
