from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tui_aide.code.preflight import Library
from tui_aide.execution.library import InterpreterLibrary


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An interpreter with odd modules: this one, started with a folder of its own on its path."""
    site = tmp_path / "venv" / "lib" / "python3" / "site-packages"
    site.mkdir(parents=True)
    (site / "loud.py").write_text("print('x' * 100000)\nvalue = 1\n")
    (site / "crashing.py").write_text("import os\nos._exit(3)\n")
    (site / "failing.py").write_text("raise RuntimeError('no')\n")
    (site / "hanging.py").write_text("import time\ntime.sleep(600)\n")
    (site / "wanting.py").write_text("import not_there_at_all\n")
    (site / "lazy.py").write_text("def __getattr__(name):\n    return 1\n")
    (site / "package").mkdir()
    (site / "package" / "__init__.py").write_text("own = 1\n")
    (site / "package" / "part.py").write_text("name = 1\n")
    program = tmp_path / "venv" / "bin" / "python"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho x >> {tmp_path}/starts\nPYTHONPATH={site} exec {sys.executable} "$@"\n')
    program.chmod(0o755)
    return program


def starts(python: Path) -> int:
    """How many processes of the interpreter were started."""
    told = python.parents[2] / "starts"
    return len(told.read_text().splitlines()) if told.exists() else 0


async def test_nothing_is_known_before_it_is_learnt(python: Path) -> None:
    library: Library = InterpreterLibrary(python)
    assert library.exists("json") is None
    assert library.names("json") is None
    assert library.modules() == frozenset()


async def test_modules_their_names_and_packages_are_learnt_by_one_process(python: Path) -> None:
    library = InterpreterLibrary(python)
    await library.learn({"json.decoder", "package.part", "package.nothing", "nowhere.at.all", "loud"})
    assert starts(python) == 1
    assert library.exists("json")
    assert "JSONDecoder" in (library.names("json.decoder") or ())
    assert {"own", "part"} <= (library.names("package") or frozenset())
    assert "value" in (library.names("loud") or ())
    assert [library.exists(m) for m in ("package.nothing", "nowhere", "nowhere.at.all")] == [False, False, False]
    assert library.names("nowhere") is None
    assert {"json", "sys", "package", "loud"} <= library.modules()
    assert "loud" not in sys.modules
    await library.learn({"json", "nowhere"})
    assert starts(python) == 1


async def test_modules_that_crash_fail_or_may_have_more_names_are_not_known(python: Path) -> None:
    library = InterpreterLibrary(python)
    await library.learn({"crashing", "failing", "wanting", "lazy", "package"})
    assert [library.exists(m) for m in ("crashing", "failing", "wanting")] == [None, None, None]
    assert library.exists("lazy")
    assert library.names("lazy") is None
    assert library.exists("package")
    assert starts(python) == 2


async def test_a_module_that_hangs_costs_no_more_than_the_time_that_is_given(python: Path) -> None:
    library = InterpreterLibrary(python, seconds=1.5)
    begin = time.monotonic()
    await library.learn({"hanging", "array"})
    assert time.monotonic() - begin < 10
    assert library.exists("array")
    assert library.exists("hanging") is None
    began = starts(python)
    await library.learn({"hanging"})
    assert starts(python) == began


async def test_an_interpreter_that_is_not_there_leaves_all_unknown(tmp_path: Path) -> None:
    library = InterpreterLibrary(tmp_path / "python")
    await library.learn({"json"})
    assert library.exists("json") is None


async def test_what_was_learnt_is_kept_until_packages_change(python: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    await InterpreterLibrary(python, cache).learn({"package", "nowhere", "failing"})
    began = starts(python)
    again = InterpreterLibrary(python, cache)
    await again.learn({"package", "nowhere"})
    assert starts(python) == began
    assert "part" in (again.names("package") or ())
    assert again.exists("nowhere") is False
    assert "package" in again.modules()
    await again.learn({"failing"})
    assert starts(python) == began + 1
    site = python.parents[1] / "lib" / "python3" / "site-packages"
    (site / "nowhere.py").write_text("")
    os.utime(site, (1, 1))
    fresh = InterpreterLibrary(python, cache)
    assert fresh.exists("package") is None
    await fresh.learn({"nowhere"})
    assert fresh.exists("nowhere")


async def test_a_torn_file_in_the_cache_is_as_none(python: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    await InterpreterLibrary(python, cache).learn({"package"})
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:40])
    library = InterpreterLibrary(python, cache)
    assert library.exists("package") is None
    await library.learn({"package"})
    assert library.exists("package")
