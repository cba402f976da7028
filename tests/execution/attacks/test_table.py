from __future__ import annotations

import re
from pathlib import Path

import tui_aide
from tests.execution.attacks import deeds, test_using_up
from tests.execution.attacks.test_reaching_out import WEAKER, WORKING

PAGE = Path(tui_aide.__file__).parents[1] / "docs" / "security.md"


def rows() -> list[tuple[list[str], list[str]]]:
    """Return the columns of each attack in the page's table, and the tests that it names."""
    found = []
    for line in PAGE.read_text().partition("## Attack by attack")[2].partition("\n## ")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and (tests := re.findall(r"`(\w+)`", cells[4])):
            found.append((cells[1:4], tests))
    return found


def test_the_page_names_each_attack_once() -> None:
    named = [test for _, tests in rows() for test in tests]
    heavy = {n.removeprefix("test_") for n in vars(test_using_up) if n.startswith("test_")} - {
        "end_by_a_signal_is_told_as_one"
    }
    assert sorted(named) == sorted([*deeds.NAMES, *heavy])


def test_the_page_calls_open_what_the_suite_does_not_hold_and_nothing_else() -> None:
    for (namespaces, landlock, _), tests in rows():
        assert namespaces in ("held", "bounded")
        assert (landlock == "open") == (not set(tests).isdisjoint(WEAKER["landlock"])), tests


def test_the_page_calls_open_what_works_without_a_sandbox() -> None:
    for (_, _, nothing), tests in rows():
        if set(tests) & set(WORKING) and nothing != "seen afterwards":
            assert nothing == "open", tests
