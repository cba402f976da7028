"""The scripts' own interpreter, as models, the check of a script and its run see it."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from tests.doubles import toy_view
from tests.engine.search import Search
from tests.pythons import environment, release
from tui_aide.code.extraction import extract
from tui_aide.engine.checking import check_script
from tui_aide.engine.prompting import write_prompt
from tui_aide.engine.script_python import checked_syntax, judged, lacking, script_python
from tui_aide.execution.interpreter import Interpreter
from tui_aide.execution.local import LocalExecutor
from tui_aide.models.chat import Limits, Proposal
from tui_aide.tree import events as ev


def prompt(limits: Limits) -> str:
    return write_prompt(Proposal("draft", toy_view(), (), (), "", limits, 0)).messages[0].content


def test_prompts_tell_what_that_interpreter_has(tmp_path: Path) -> None:
    many = [f"own-{number} 1.{number}" for number in range(40)]
    python = environment(
        tmp_path / "env", "torch 2.9.1", "numpy 2.0.1", "dep 1.0", "pip 25.0", *many,
        chosen=("torch", "pip", *(p.split()[0] for p in many)),
    )  # fmt: skip
    told = script_python(python)
    text = prompt(Limits(60.0, None, 1, python=told))
    assert "these packages: numpy 2.0.1, torch 2.9.1, own-0 1.0, " in text
    assert len(told.packages) == 30
    assert not {"dep", "pip", "pandas"} & told.packages.keys()
    assert "scikit-learn" not in text
    assert lacking(told.packages) == ["pandas", "scikit-learn"]
    own = prompt(Limits(60.0, None, 1))
    assert "scikit-learn" in own
    assert "torch 2.9.1" not in own


def test_prompts_tell_its_release_and_an_empty_one() -> None:
    told = script_python(release(12))
    text = prompt(Limits(60.0, None, 1, python=msgspec.structs.replace(told, packages={})))
    assert "Use only Python 3.12 and these packages: none." in text


def test_prompts_follow_the_network() -> None:
    assert "with no arguments, no network, no input from a keyboard, no display.\n" in prompt(Limits(1.0, None, 1))
    text = prompt(Limits(1.0, None, 1, network=True))
    assert "with no arguments, no input from a keyboard, no display. The network may be used.\n" in text
    assert "no network" not in text


async def test_scripts_are_checked_against_that_interpreter(tmp_path: Path) -> None:
    python = script_python(environment(tmp_path / "env", "onlythere 1.0"))
    limits = Limits(60.0, None, 1, python=python)
    code = "import onlythere\nimport sklearn\nopen('submission.csv', 'w').write('id,y')\n"
    there = [f.message for f in await check_script(code, toy_view(), limits)]
    here = [f.message for f in await check_script(code, toy_view())]
    assert len(there) == len(here) == 1
    assert "sklearn" in there[0]
    assert "onlythere" in here[0]


def elsewhere(modules: tuple[str, ...]) -> Limits:
    """With a Python that cannot be asked: even its path is our own's, which must not be taken for it."""
    found = Interpreter(Path(sys.executable), "3.10.4", (), {"onlythere": "1.0"}, ("onlythere",), modules, True)
    return Limits(60.0, None, 1, python=script_python(found))


async def test_of_a_python_elsewhere_only_what_it_told_is_known() -> None:
    code = (
        "import onlythere, numpy.nothing\nimport sklearn\nfrom onlythere.sub import name\nfrom onlythere import gone\n"
        "numpy.no_such_name\nopen('submission.csv', 'w').write('id,y')\n"
    )
    told = await check_script(code, toy_view(), elsewhere(("numpy", "onlythere")))
    assert [f.message for f in told] == ["no module 'sklearn' is installed: use another package"]
    assert await check_script(code, toy_view(), elsewhere(())) == []
    text = prompt(elsewhere(("numpy",)))
    assert "Use only Python 3.10 and these packages: onlythere 1.0." in text


def test_what_compiles_elsewhere_is_not_judged_by_another_release_here() -> None:
    limits = elsewhere(())
    if limits.python is not None and sys.version_info[:2] == limits.python.release:
        pytest.skip("it is this one's release")
    assert checked_syntax("def f(:\n", limits) is None


async def test_downloads_are_found_only_where_there_is_no_network() -> None:
    code = (
        "import urllib.request, pandas as pd, subprocess\n"
        "urllib.request.urlretrieve('https://example.org/a.csv', 'a.csv')\n"
        "pd.read_csv('https://example.org/b.csv')\n"
        "subprocess.run(['pip', 'install', 'x'])\n"
        "open('submission.csv', 'w').write('id,y')\n"
    )
    without = await check_script(code, toy_view(), Limits(1.0, None, 1))
    assert [f.kind for f in without].count("blocking") == 3
    assert "blocking" not in [f.kind for f in await check_script(code, toy_view(), Limits(1.0, None, 1, network=True))]


def test_an_answer_is_judged_by_the_release_that_runs_it() -> None:
    nested = 'A plan.\n\n```python\nd = {"x": 1}\nprint(f"{d["x"]}")\n```\n'
    newer = Limits(1.0, None, 1, python=script_python(release(12)))
    older = Limits(1.0, None, 1, python=script_python(release(9)))
    assert extract(nested).problem == "syntax"
    found = judged(extract(nested), newer)
    assert (found.problem, found.message, found.code) == (None, "", 'd = {"x": 1}\nprint(f"{d["x"]}")\n')
    matching = "A plan.\n\n```python\nmatch 1:\n    case 1:\n        print()\n```\n"
    assert judged(extract(matching), older).problem == "syntax"
    assert judged(extract(matching), Limits(1.0, None, 1)).problem is None
    assert (checked_syntax("match 1:\n    case 1:\n        pass\n", older) or "").startswith("line 1")
    assert checked_syntax("x = 1\n", older) is None


async def test_scripts_run_with_it(tmp_path: Path) -> None:
    python = environment(tmp_path / "env", "onlythere 1.0")
    code = "import onlythere, sys\nprint(sys.prefix)\nopen('submission.csv', 'w').write('# score 0.5')\n"
    search = Search(tmp_path / "s", ev.Budget(nodes=1), executor=LocalExecutor(python))
    search.model.write = lambda _: code
    await search.run()
    assert search.tree.nodes[0].verdict == "valid"
    assert (search.folder.node(0) / "output.log").read_text() == f"{tmp_path / 'env'}\n"
