from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.pythons import environment, release
from tui_aide.errors import ExecutionError
from tui_aide.execution.interpreter import Interpreter, common, compile_error, find_interpreter


def test_an_environment_tells_its_own_packages(tmp_path: Path) -> None:
    python = environment(tmp_path / "env", "Torch 2.9.1", "my_tools 0.3", "dep 1.0", chosen=("Torch", "my_tools"))
    found = find_interpreter(python)
    assert found.path == python  # no link is followed: else it would not be that environment's
    assert found.packages == {"torch": "2.9.1", "my-tools": "0.3", "dep": "1.0"}
    assert found.chosen == ("my-tools", "torch")
    assert found.release == sys.version_info[:2]
    assert tmp_path / "env" in [*found.places, *(p.parent for p in found.places)]
    assert "numpy" in find_interpreter().packages


def test_a_package_removed_in_part_is_no_harm(tmp_path: Path) -> None:
    python = environment(tmp_path / "env", "torch 2.9.1")
    (next((tmp_path / "env").glob("lib/python3*/site-packages")) / "broken-1.0.dist-info").mkdir()
    assert find_interpreter(python).packages == {"torch": "2.9.1"}


def test_what_is_no_python_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExecutionError, match="none is no Python that can be run here: No such file"):
        find_interpreter(tmp_path / "none")
    with pytest.raises(ExecutionError, match="does not answer as a Python does"):
        find_interpreter(Path("/bin/true"))
    fake = tmp_path / "fake"
    fake.write_text("#!/bin/sh\necho '[1]'\n")
    fake.chmod(0o755)
    with pytest.raises(ExecutionError, match="does not answer as a Python does"):
        find_interpreter(fake)


@pytest.mark.parametrize(
    ("minor", "code", "error"),
    [
        (12, 'd = {}\nprint(f"{d["x"]}")\n', None),
        (11, 'd = {}\nprint(f"{d["x"]}")\n', "line 2, column "),
        (9, "match 1:\n    case 1:\n        pass\n", "line 1, column "),
        (11, "match 1:\n    case 1:\n        pass\n", None),
    ],
)
def test_syntax_is_judged_by_the_release_that_runs_it(minor: int, code: str, error: str | None) -> None:
    found = compile_error(release(minor), code)
    assert (found is None) == (error is None)
    assert error is None or (found or "").startswith(error)


def test_an_old_python_is_asked_as_well() -> None:
    assert find_interpreter(release(8)).release == (3, 8)


def test_a_python_that_is_gone_knows_nothing_against_a_script(tmp_path: Path) -> None:
    assert compile_error(tmp_path / "none", "def") is None


def test_it_tells_all_that_it_can_import(tmp_path: Path) -> None:
    python = environment(tmp_path / "env", "onlythere 1.0")
    (next((tmp_path / "env").glob("lib/python3*/site-packages")) / "namespace" / "below").mkdir(parents=True)
    modules = set(find_interpreter(python).modules)
    assert {"onlythere", "namespace", "json", "sys", "zoneinfo"} <= modules
    assert "numpy" not in modules
    assert "numpy" in find_interpreter().modules


def test_of_several_is_counted_on_what_all_have() -> None:
    new = Interpreter(Path("/a"), "3.12.1", (), {"numpy": "2.1", "torch": "2.9"}, (), ("numpy", "torch"))
    old = Interpreter(Path("/b"), "3.9.10", (), {"numpy": "2.0", "polars": "1"}, (), ("numpy", "polars"))
    found = common([new, old])
    assert (found.path, found.release, found.packages) == (Path("/b"), (3, 9), {"numpy": "2.0"})
    assert found.modules == ("numpy", "polars", "torch")
    silent = Interpreter(Path("/c"), "3.12.1", ())
    assert common([new, silent]).modules == ()
