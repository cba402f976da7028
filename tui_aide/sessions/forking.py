"""Forking: a new session that begins with what another had done when one of its nodes ended.

The other is only read, and may be running. Its journal's events up to there are taken over, with its task's data and
the files of the nodes; nothing is shared between both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tui_aide import __version__
from tui_aide.engine.making import EDIT
from tui_aide.errors import SessionError, UsageError
from tui_aide.sessions.config import ForkedFrom, SearchSettings, SessionConfig
from tui_aide.sessions.copying import copy_file, copy_folder
from tui_aide.sessions.folder import SessionFolder, create_folder, seal
from tui_aide.sessions.journal import JournalReader
from tui_aide.sessions.model_switch import as_changed
from tui_aide.sessions.store import FolderStore
from tui_aide.sessions.summary import write_summary
from tui_aide.tasks.read_only import remove_tree
from tui_aide.tasks.sealed import INPUT, PRIVATE, REFIT
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be other than in the session that is forked.

    Attributes:
        search: is given its settings, and returns those of the fork.
        budget: limits that replace its own, for those that are not None.
    """

    search: Callable[[SearchSettings], SearchSettings] = lambda search: search
    budget: ev.Budget = ev.Budget()


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was made by forking.

    Attributes:
        folder: where it is.
        tree: its nodes.
        left_out: nodes that were in flight, and are not here.
        resumable: whether its task's data came along; a recording has none.
    """

    folder: SessionFolder
    tree: SolutionTree
    left_out: tuple[int, ...]
    resumable: bool


def fork_session(
    source: SessionFolder, place: Path, name: str, node: int | None = None, changes: Changes | None = None
) -> Fork:
    """Make a new session of what another had done when a node ended.

    Args:
        source: the session to fork.
        place: the folder of the new one's.
        name: the new one's name.
        node: the node; None for all that has been done.
        changes: what is to be other in the new one.

    Raises:
        UsageError: there is no such node, it has not ended, or the name cannot be used.
        SessionError: the session cannot be read, or the new one not be written.
    """
    changes = changes or Changes()
    config = source.config()
    events = JournalReader(source.journal).read()
    prefix = up_to(events, node, source.id)
    before = _folded(prefix)
    prefix, left_out = without_strays(prefix, before, node)
    search = msgspec.structs.replace(as_changed(config.search, before), strategy=before.strategy, policy=before.policy)
    search = changes.search(search)
    given = {k: v for k, v in msgspec.structs.asdict(changes.budget).items() if v is not None}
    budget = msgspec.structs.replace(before.budget, **given)
    folder = create_folder(place, name)
    try:
        resumable = _copy_data(source, folder)
        handed_in = _copy_handed_in(source, folder, before)
        for kept in _folded(prefix).nodes.values():
            _copy_node(source, folder, kept.id, done=kept.done)
        forked = ev.SessionForked(
            session=name,
            parent=source.id,
            node=node,
            model=search.model,
            strategy=search.strategy,
            policy=search.policy,
            budget=budget,
            workers=search.workers,
            slots=search.slots,
            seed=search.seed,
            wall_seconds=before.wall(before.last_time),
            left_out=left_out,
            selections=_folded(events).selections,
            handed_in=handed_in,
        )
        tree = _write(folder, prefix, forked, handed_in)
        fresh = SessionConfig(
            id=name,
            name=name,
            created=time.time(),
            version=__version__,
            task=config.task,
            search=search,
            budget=budget,
            forked_from=ForkedFrom(session=source.id, node=node),
        )
        sealed = seal(folder, fresh)
    except OSError as e:
        remove_tree(folder.path, ignore_errors=True)
        raise SessionError(f"{e.filename or folder.path}: cannot be copied: {e.strerror}") from e
    except BaseException:
        remove_tree(folder.path, ignore_errors=True)
        raise
    write_summary(sealed, tree)  # once more, as it tells the path
    return Fork(folder=sealed, tree=tree, left_out=left_out, resumable=resumable)


def up_to(events: Sequence[ev.AnyEvent], node: int | None, session: str) -> list[ev.AnyEvent]:
    """Return the events up to a node's end, with what was judged of it; all of them for None.

    Raises:
        UsageError: the node has not ended, or there is none of that number, or nothing was begun at all.
    """
    if not events:
        raise UsageError(f"session {session} was never started, so there is nothing to fork")
    if node is None:
        return list(events)
    for place, event in enumerate(events):
        if isinstance(event, ev.NodeFinished) and event.node == node:
            judged = events[place + 1 : place + 2]
            told = [e for e in judged if isinstance(e, ev.IncumbentChanged | ev.ChallengerRejected) and e.node == node]
            return [*events[: place + 1], *told]
    created = [e.node for e in events if isinstance(e, ev.NodeCreated)]
    if node in created:
        raise UsageError(f"#{node} has not ended yet; fork at another node, or wait for it")
    last = f"its nodes are #0 to #{created[-1]}" if created else "it has none yet"
    raise UsageError(f"session {session} has no node #{node}; {last}")


def without_strays(
    events: Sequence[ev.AnyEvent], tree: SolutionTree, node: int | None
) -> tuple[list[ev.AnyEvent], tuple[int, ...]]:
    """Return the events without those of nodes in flight that came after all that had ended, and these nodes.

    Others in flight stay, and start again when the fork is resumed: nodes are numbered without a gap. Where the whole
    session is forked, all stay.
    """
    if node is None:
        return list(events), ()
    last = max(n.id for n in tree.nodes.values() if n.done)
    strays = tuple(n for n in tree.nodes if n > last)
    kept: list[ev.AnyEvent] = []
    for event in events:
        if getattr(event, "node", None) in strays:
            continue
        if isinstance(event, ev.SessionResumed):
            event = msgspec.structs.replace(event, restarted=tuple(n for n in event.restarted if n not in strays))
        kept.append(event)
    return kept, strays


def _folded(events: Sequence[ev.AnyEvent]) -> SolutionTree:
    tree = SolutionTree()
    for event in events:
        tree.apply(event)
    return tree


def _copy_data(source: SessionFolder, folder: SessionFolder) -> bool:
    """Copy the task's data; return whether there is any."""
    if not (source.path / INPUT).is_dir() or not (source.path / PRIVATE).is_dir():
        return False
    copy_folder(source.path / INPUT, folder.path / INPUT)
    copy_folder(source.path / PRIVATE, folder.path / PRIVATE, wanted=lambda name: name != REFIT)
    return True


def _copy_node(source: SessionFolder, folder: SessionFolder, node: int, *, done: bool) -> None:
    """Copy a node's files; of one that starts again, only the user's own script."""
    there, here = source.node(node), folder.node(node)
    if done and there.is_dir():
        copy_folder(there, here)
    elif (there / EDIT).is_file():
        here.mkdir()
        copy_file(there / EDIT, here / EDIT)


def _copy_handed_in(source: SessionFolder, folder: SessionFolder, before: SolutionTree) -> bool:
    """Copy the blend or the refit that was kept, if it is still there; return whether it is."""
    final = source.path / "final"
    if not any(made is not None and made.kept for made in (before.ensemble, before.refit)) or not final.is_dir():
        return False
    copy_folder(final, folder.path / "final")
    copy_folder(source.best, folder.best)
    now = _folded(JournalReader(source.journal).read())
    if (now.ensemble, now.refit) == (before.ensemble, before.refit):
        return True
    remove_tree(folder.path / "final")  # what is there now was made of other nodes
    remove_tree(folder.best)
    return False


def _write(
    folder: SessionFolder, prefix: Sequence[ev.AnyEvent], forked: ev.SessionForked, handed_in: bool
) -> SolutionTree:
    """Write the journal, the summary and, where it was not copied, the best solution."""
    numbered = [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(prefix, start=1)]
    folder.journal.write_bytes(b"".join(ev.encode(event) for event in numbered))
    tree, store = _folded(numbered), FolderStore(folder, len(numbered))
    try:
        tree.apply(store.append(forked))
        if tree.selected is not None and not handed_in:
            store.publish(tree.selected)
    finally:
        store.close()
    write_summary(folder, tree)
    return tree
