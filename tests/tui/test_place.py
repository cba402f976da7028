"""Where scripts run, as viewers tell it."""

from __future__ import annotations

import msgspec
import pytest

from tests.searches import started
from tui_aide.tree import events as ev
from tui_aide.tree.solution_tree import SolutionTree
from tui_aide.tui.boards import status_row
from tui_aide.tui.happenings import happening
from tui_aide.tui.moment import Moment

STRONG = ev.ScriptsPlaced(words="bubblewrap")
WEAK = ev.ScriptsPlaced(words="no sandbox", warning="scripts can read your files", remedy="sudo apt-get install it")


def folded(placed: ev.ScriptsPlaced) -> SolutionTree:
    tree = SolutionTree()
    for seq, event in enumerate((started(), placed), 1):
        tree.apply(ev.decode(ev.encode(msgspec.structs.replace(event, seq=seq, time=float(seq)))))
    return tree


def status(placed: ev.ScriptsPlaced, width: int, *, attached: bool = True) -> str:
    at = Moment(9.0, "toy", "running", attached)
    return "".join(text for text, _ in status_row(folded(placed), at, width))


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_status_bar_warns_of_a_weak_place_while_a_search_runs(width: int) -> None:
    assert "no sandbox" in status(WEAK, width)
    assert "no sandbox" not in status(WEAK, width, attached=False)
    assert "bubblewrap" not in status(STRONG, width)


def test_the_log_tells_the_warning_and_the_remedy() -> None:
    told = happening(WEAK, folded(WEAK))
    assert told is not None
    assert told.words == (
        "scripts run with no sandbox: scripts can read your files; to have it stronger: sudo apt-get install it"
    )
    assert told.notable
    quiet = happening(STRONG, folded(STRONG))
    assert quiet is not None
    assert not quiet.notable
