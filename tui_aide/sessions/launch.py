"""Starting a session's runner in the background, and whether it may go on."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.detached import Detached
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.lock import is_running
from tui_aide.sessions.messages import RunnerAddress
from tui_aide.sessions.view import SessionView
from tui_aide.tasks.sealed import load_prepared
from tui_aide.tree.events import Budget

_PATIENCE = 60.0

MORE_NODES = 20
"""How many nodes a finished search gets when it is to go on and nobody says how many."""


def launch(folder: SessionFolder, budget: Budget | None = None) -> None:
    """Start the session's runner and wait until it listens.

    Args:
        folder: a sealed session.
        budget: limits that replace the session's own, for those that are not None.

    Raises:
        SessionError: it runs already, or its runner ended at once; the message is the runner's own.
    """
    try:
        load_prepared(folder.path)
    except SessionError as e:
        raise SessionError(
            f"session {folder.id} cannot go on: it has no data (a recording?); it can be shown and exported from. {e}"
        ) from e
    if is_running(folder):
        raise SessionError(f"session {folder.id} is running already; see it with: tui-aide attach {folder.id}")
    command = [sys.executable, "-P", "-m", "tui_aide.sessions.runner", str(folder.path)]
    if budget is not None:
        command += ["--budget", msgspec.json.encode(budget).decode()]
    runner = Detached(command, folder.path, folder.runner_log)
    try:
        code = runner.wait_until(lambda: _listening(folder) == runner.pid, _PATIENCE)
    except TimeoutError:
        raise SessionError(
            f"the runner of {folder.id} did not start within {_PATIENCE:.0f} s; see {folder.runner_log}"
        ) from None
    if code:  # with 0 there was nothing left to do, and it is done
        raise SessionError(_last_words(runner.words(), folder.runner_log, code))


def _listening(folder: SessionFolder) -> int | None:
    """Return the process that says it listens for this session."""
    try:
        return msgspec.json.decode(folder.runner_file.read_bytes(), type=RunnerAddress).pid
    except (OSError, msgspec.DecodeError):
        return None


def check_room(view: SessionView, budget: Budget) -> None:
    """Refuse to go on with a session when its budget, or the new one, is spent already.

    Raises:
        UsageError: nothing would happen; it says which option to give.
    """
    tree = view.tree
    done = len(tree.nodes)
    if budget.nodes is not None and budget.nodes < done:
        raise UsageError(
            f"--nodes {budget.nodes}: session {view.folder.id} has {done} nodes already "
            f"({tree.finished_count} of them done); give more"
        )
    if tree.status == "finished" and budget == Budget():
        raise UsageError(
            f"session {view.folder.id} is finished: {tree.status_reason}; "
            f"give it more: tui-aide resume {view.folder.id} --nodes {done + MORE_NODES}"
        )


def launch_with_room(folder: SessionFolder) -> None:
    """Start the session's runner, with twenty nodes more when its budget of nodes is spent.

    Raises:
        SessionError: as `launch` does.
    """
    view = SessionView(folder)
    view.refresh()
    limit = view.tree.budget.nodes
    spent = limit is not None and view.tree.finished_count >= limit
    launch(folder, Budget(nodes=view.tree.finished_count + MORE_NODES) if spent else None)


def _last_words(lines: list[str], log: Path, code: int) -> str:
    if lines and lines[-1].startswith("error: "):
        return lines[-1].removeprefix("error: ")
    last = f": {lines[-1]}" if lines else ""
    return f"the runner ended at once with exit code {code}{last}; see {log}"
