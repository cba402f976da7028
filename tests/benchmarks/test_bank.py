"""The bank and the bugs: what is written can be read back, and what is said to break a script breaks it."""

from __future__ import annotations

import ast

import pytest

from benchmarks.imperfect.bank import PARTS
from benchmarks.imperfect.bugs import waits
from benchmarks.imperfect.script import Script, bugs, read_script, task_of
from benchmarks.imperfect.tasks import BANKS
from tui_aide.tasks.bundled.catalogue import BUNDLED


@pytest.mark.parametrize("task", BANKS)
def test_every_script_is_read_back_however_its_lines_are_laid_out(task: str) -> None:
    for level in range(len(BANKS[task].levels)):
        for name in ("", *bugs(task)):
            script = Script(task, level, (name,) if name else ())
            text = script.text()
            assert read_script(task, text) == script
            assert read_script(task, ast.unparse(ast.parse(text))) == script


@pytest.mark.parametrize("task", BANKS)
def test_parts_make_the_script_and_each_compiles_alone(task: str) -> None:
    for level in range(len(BANKS[task].levels)):
        script = Script(task, level)
        assert "".join(script.part(part) for part in PARTS) == script.text()
        for part in PARTS:
            compile(script.part(part), part, "exec")


@pytest.mark.parametrize("task", BANKS)
def test_each_bug_changes_a_script_and_its_advice_names_it_alone(task: str) -> None:
    whole = Script(task, 3).text()
    for name, bug in bugs(task).items():
        assert Script(task, 3, (name,)).text() != whole
        others = [n for n, other in bugs(task).items() if other.named_by(bug.advice) and other.kind != bug.kind]
        assert bug.named_by(bug.advice)
        assert not others, name
        assert not bug.named_by("The script could be shorter, and its features better.")


def test_the_bank_knows_the_tasks_as_they_are() -> None:
    for name, bank in BANKS.items():
        assert (bank.target, bank.id) == (BUNDLED[name].targets[0], BUNDLED[name].id)
        assert task_of(f"the id `{bank.id}` and the target `{bank.target}`") == name


def test_only_the_waiting_script_waits() -> None:
    assert waits(Script("digits", 2, ("slow/waiting",)).text())
    assert not any(waits(Script("digits", 2, (n,)).text()) for n in bugs("digits") if n != "slow/waiting")
