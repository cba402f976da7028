from __future__ import annotations

import json

from tests.cli.program import Program
from tests.searches import created, finished, started
from tests.sessions.made import END, best, make_session, search


def test_two_sessions_are_compared_on_one_page(program: Program) -> None:
    make_session(program.sessions, "one", search(0.75))
    longer = [started(), *(e for n in range(3) for e in (created(n), finished(n, 0.5 + n / 4), best(n, 0.5 + n / 4)))]
    make_session(program.sessions, "two", [*longer, END])
    program.environment["COLUMNS"] = "80"
    done = program.run("compare", "one", "two")
    assert (done.returncode, done.stderr) == (0, "")
    assert "two is better by 0.25, more than one standard error of" in done.stdout
    assert "valid 3 (100%)" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    chart = [line.split() for line in done.stdout.splitlines() if "█" in line or "▅" in line]
    bars = {words[0]: words[1] for words in chart[:2]}
    assert bars == {"two": "▁▅█", "one": "▅"}
    program.environment["TUI_AIDE_ASCII"] = "1"
    assert program.run("compare", "one", "two").stdout.isascii()
    data = json.loads(program.run("compare", "one", "two", "--json").stdout)
    assert data["difference"]["better"] == "b"
    assert [s["best"] for s in data["b"]["steps"]] == [0.5, 0.75, 1.0]
    assert data["a"]["verdicts"] == {"valid": 1}


def test_different_tasks_are_compared_by_what_they_cost(program: Program) -> None:
    make_session(program.sessions, "one")
    make_session(program.sessions, "two", task="another")
    refused = program.run("compare", "one", "two")
    assert (refused.returncode, "--cost" in refused.stderr) == (2, True)
    done = program.run("compare", "one", "two", "--cost")
    assert (done.returncode, "better" in done.stdout) == (0, False)
    assert json.loads(program.run("compare", "one", "two", "--cost", "--json").stdout)["difference"] is None
