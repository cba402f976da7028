from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from benchmarks.soak.__main__ import report
from benchmarks.soak.aftermath import holds
from benchmarks.soak.census import ROLES, Held, look, role_of
from benchmarks.soak.growth import second_half, slope
from benchmarks.soak.scripts import MISCHIEF, mischief, script, write
from tests.durability.holding import best_is_best
from tests.durability.quick_model import QuickModel
from tests.durability.session import Place, Runner, make_session
from tui_aide.code.extraction import extract
from tui_aide.sessions.journal import JournalReader
from tui_aide.tasks.task import ScoreReport
from tui_aide.tree.solution_tree import SolutionTree


def held(nodes: int, memory: int, pid: int = 1, role: str = "runner", descriptors: int = 20) -> Held:
    return Held(role, pid, 100.0, nodes, memory, descriptors, 4, 2, 10)


def lives(per_node: int, descriptors_a_hundred: int = 0) -> list[Held]:
    """Three lives, of which each begins at another level."""
    return [
        held(node, 40_000_000 + 7_000_000 * pid + per_node * (node - 1000 * pid), pid, role,
             20 + descriptors_a_hundred * (node - 1000 * pid) // 100)
        for role in ROLES
        for pid in range(3)
        for node in range(1000 * pid, 1000 * (pid + 1), 100)
    ]  # fmt: skip


def passes(samples: list[Held]) -> bool:
    return not any(row.verdict in ("missed", "failed") for row in report(samples))


def test_the_slope_is_that_within_lives_whatever_their_levels() -> None:
    found = slope([h for h in lives(3000) if h.role == "runner"], lambda h: h.memory)
    assert found == pytest.approx((3000, 0.0), abs=1e-3)
    restless = [held(n, 3000 * n + 9000 * (n // 10 % 2)) for n in range(0, 400, 10)]
    found = slope(restless, lambda h: h.memory)
    assert found is not None
    assert abs(found.value - 3000) < 2 * found.error < 30
    assert slope([held(5, 1)], lambda h: h.memory) is None
    young = msgspec.structs.replace(held(1700, 1), age=1.0)
    assert second_half([held(10, 1), held(900, 1), held(1800, 1), young]) == [held(900, 1), held(1800, 1)]


def test_what_grows_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert passes(lives(3000))
    assert "MISSED" not in capsys.readouterr().out
    assert not passes(lives(20_000))
    assert capsys.readouterr().out.count("MISSED") == len(ROLES)
    assert not passes(lives(3000, descriptors_a_hundred=1))
    assert capsys.readouterr().out.count("descriptors") == len(ROLES)
    assert not passes([h for h in lives(3000) if h.role != "scorer"])


def test_processes_are_told_apart() -> None:
    assert role_of(["python", "-P", "-m", "tui_aide.tasks.scoring_worker", "/s", "7"]) == "scorer"
    assert role_of(["python", "-P", "-m", "benchmarks.soak.counted", "/s"]) == "runner"
    assert role_of(["python", "-P", "-m", "benchmarks.soak.counted", "attach", "soak"]) == "viewer"
    assert role_of(["python", "/x/execution/warm/zygote.py", "14"]) == "zygote"
    assert role_of(["python", "/x/execution/launcher.py", "1", "python", "/x/execution/warm/zygote.py"]) is None
    assert role_of(["python", "solution.py"]) is None


def test_memory_is_what_a_process_took_for_itself() -> None:
    code = "import sys; held = bytearray(b'x') * 50_000_000; print(); sys.stdin.read()"
    sizes = []
    for words in ("import sys; print(); sys.stdin.read()", code):
        with subprocess.Popen([sys.executable, "-c", words], stdin=-1, stdout=-1) as process:
            assert process.stdout is not None
            process.stdout.readline()
            found = look("scorer", psutil.Process(process.pid), 0.0, 0)
            assert found is not None
            sizes.append(found.memory)
            process.communicate()
    assert 49_000_000 < sizes[1] - sizes[0] < 60_000_000


def test_each_mischief_is_drawn_and_most_scripts_are_sound(tmp_path: Path) -> None:
    import random

    drawn = [mischief(random.Random(seed)) for seed in range(20_000)]
    assert set(drawn) == {None, *MISCHIEF}
    assert 0.75 < drawn.count(None) / len(drawn) < 0.9
    for name in MISCHIEF:
        compile(script(drawn.index(name)), name, "exec")
    assert [extract(write([], seed)[1]).problem for seed in range(300)].count(None) > 280
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "test.csv").write_text("id,a\n1,0.5\n2,1.5\n")
    subprocess.run([sys.executable, "-c", script(drawn.index(None))], cwd=tmp_path, check=True)
    with (tmp_path / "submission.csv").open() as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["1", "2"]


@pytest.mark.slow
def test_a_best_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    place = Place()
    try:
        with QuickModel() as model:
            folder = make_session(place, model.url, 6)
            assert Runner(place, folder).finish() == 0
        events, tree = JournalReader(folder.journal).read(), SolutionTree()
        for event in events:
            tree.apply(event)
        assert holds("the best", lambda: best_is_best(folder, tree, events))
        report = folder.node(tree.incumbent or 0) / "score.json"
        worse = msgspec.json.decode(report.read_bytes(), type=ScoreReport)
        report.write_bytes(msgspec.json.encode(msgspec.structs.replace(worse, value=1e9)))
        assert not holds("the best", lambda: best_is_best(folder, tree, events))
    finally:
        place.close()
