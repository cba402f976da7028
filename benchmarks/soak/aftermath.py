"""What must hold of a session when its soak is over, and of the machine around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.load.__main__ import told
from benchmarks.soak.scripts import LITTER
from tests.durability.holding import adds_up, best_is_best, nothing_left
from tests.durability.session import Place
from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.journal import JournalReader
from tui_aide.tree.solution_tree import SolutionTree


def litter() -> set[str]:
    """Return what scripts left in places that others share: files, and shared memory of the System V kind."""
    places = [Path(name) for name in ("/tmp", "/var/tmp", "/dev/shm")]
    return {str(path) for place in places if place.exists() for path in place.glob(f"{LITTER}*")}


def segments() -> set[str]:
    """Return the ids of System V shared memory and semaphores (proc(5): /proc/sysvipc)."""
    found = set()
    for name in ("shm", "sem"):
        path = Path("/proc/sysvipc", name)
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        found |= {f"{name} {line.split()[1]}" for line in lines}
    return found


def holds(name: str, check: Callable[[], object]) -> bool:
    """Print whether a check holds, and what it found if not."""
    try:
        check()
    except (AssertionError, KeyError, OSError) as error:
        told(name, f"no: {str(error)[:300]}", "it holds", False)
        return False
    told(name, "yes", "it holds", True)
    return True


def aftermath(place: Place, folder: SessionFolder, before: bytes, shared: tuple[set[str], set[str]]) -> bool:
    """Check and print all; `before` is the journal at the last kill, `shared` what was around before the soak."""
    events = JournalReader(folder.journal).read()
    tree = SolutionTree()

    def fold() -> None:
        assert folder.journal.read_bytes().startswith(before), "the journal lost lines"
        assert [e.seq for e in events] == list(range(1, len(events) + 1)), "its numbers have gaps"
        for event in events:
            tree.apply(event)
        assert tree.status == "finished", f"{tree.status}: {tree.status_reason}"

    good = holds("journal: opens, whole, folds", fold)
    good &= holds("counts, tokens, summary add up", lambda: adds_up(folder, tree, events, len(tree.nodes)))
    good &= holds("best, recomputed from the reports", lambda: best_is_best(folder, tree, events))
    good &= holds("no process, mount, temporary file left", lambda: nothing_left(place, folder))

    def around() -> None:
        assert litter() <= shared[0], f"files: {litter() - shared[0]}"
        assert segments() <= shared[1], f"segments: {segments() - shared[1]}"

    return holds("no file or shared memory left elsewhere", around) and good
