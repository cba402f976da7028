"""Show one session in short: its nodes, its best, what it cost."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tui_aide.cli.options import add_session

if TYPE_CHECKING:
    from tui_aide.tree.node import Node
    from tui_aide.tree.solution_tree import SolutionTree

EPILOG = """\
examples:
  tui-aide show digits-cactus-0707
  tui-aide show digits-cactus-0707 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `show`."""
    add_session(parser, optional=True)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the session."""
    import msgspec

    from tui_aide.cli.viewing import closing_lines, printable
    from tui_aide.errors import SessionError
    from tui_aide.sessions.places import find_session, sessions_dir
    from tui_aide.sessions.summary import summarise
    from tui_aide.sessions.view import SessionView

    folder = find_session(options.session, sessions_dir(options.sessions_dir))
    view = SessionView(folder)
    view.refresh()
    if view.tree.started is None:
        raise SessionError(f"session {folder.id} was never started; start it with: tui-aide resume {folder.id}")
    if options.json:
        print(msgspec.json.encode(summarise(folder, view.tree, status=view.status)).decode())
        return 0
    started = view.tree.started
    if started is not None:
        search = f"model {view.tree.model}, {view.tree.policy} + {view.tree.strategy}"
        print(f"{folder.id}: {started.task}, {started.metric}, {search}")
    if (forked := view.tree.forked) is not None:
        print(f"forked from {printable(forked.parent)}{'' if forked.node is None else f' after #{forked.node}'}")
    for root in view.tree.roots:
        _print_branch(view.tree, view.tree.nodes[root], 0, view.status)
    for line in closing_lines(view):
        print(printable(line))
    return 0


def _ran(node: Node) -> str:
    """Return what a node's scripts took, in words with a blank before; empty where none has ended."""
    if not node.execution_seconds:
        return ""
    words = [f"{node.execution_seconds:.1f} s"]
    if node.cpu_seconds:
        words.append(f"{node.cpu_seconds:.1f} s of CPU")
    if node.peak_memory:
        words.append(f"peak {node.peak_memory / 1e6:.0f} MB")
    if node.gpu_memory:
        words.append(f"{node.gpu_memory / 1e6:.0f} MB of GPU")
    return f"  ({', '.join(words)})"


def _print_branch(tree: SolutionTree, node: Node, depth: int, status: str) -> None:
    from tui_aide.cli.viewing import printable

    stack = [(node, depth)]
    while stack:
        node, depth = stack.pop()
        alive = "◐" if status in ("running", "paused") else "⊘"
        chosen = "◆" if tree.selection and node.id == tree.selection.node else "★"
        mark = alive
        if node.id in (tree.selected, tree.incumbent):
            mark = chosen
        elif node.done:
            mark = "⊘" if node.pruned else "✓" if node.valid else "⊘" if node.cut_short else "✗"
        state = node.verdict or (node.phase if status in ("running", "paused") else "cut off")
        score = f"{node.score.value:.5g}" if node.score else state
        title = (node.title or node.instruction) + ("  (pruned)" if node.id in tree.pruned else "")
        print(f"{'  ' * depth}{mark} #{node.id} {node.operator:<8} {score:<18} {printable(title)}{_ran(node)}")
        if node.done and not node.valid and node.message:
            print(f"{'  ' * depth}     {printable(' '.join(node.message.split()))[:160]}")
        stack.extend((tree.nodes[c], depth + 1) for c in reversed(node.children))
