"""A user's own strategy or policy: one file with one class or function; what is wrong with it is told by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.answering import Answers, script, searched
from tui_aide.cli import main
from tui_aide.engine.policies import make_policy
from tui_aide.engine.strategies import make_strategy
from tui_aide.errors import UsageError

FUNCTION = '''
async def again(desk, inner, tries: int = 2):
    """Makes the script once more where it failed.

    Args:
        tries: how often at most.
    """
    for _ in range(tries):
        result = await inner(desk)
        if result.verdict == "valid":
            break
    return result
'''

CLASS = '''
from tui_aide.engine.strategies import Strategy

class Shouting(Strategy):
    """Writes the script in capitals."""

    source = "nobody, 2026"

    def __init__(self, loud: bool = True) -> None:
        self.loud = loud

    async def write(self, desk, inner):
        written = await inner(desk)
        return desk.accept_script(f"{written}# LOUD\\n", "Loud.") if isinstance(written, str) and self.loud else written
'''

POLICY = '''
from tui_aide.engine.policies import Choice

def choose(tree, rng, word: str = "so"):
    """Drafts for ever."""
    return Choice("draft", (), f"{word} it is")
'''


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUI_AIDE_CONFIG_DIR", str(tmp_path))
    (tmp_path / "strategies").mkdir()
    (tmp_path / "policies").mkdir()
    return tmp_path


async def test_a_function_is_a_strategy_with_its_parameters(own: Path) -> None:
    (own / "strategies" / "again.py").write_text(FUNCTION)
    assert make_strategy("again(tries=5)+preflight").spec == "again(tries=5)+preflight"
    search, model = await searched(own / "s", "again(tries=3)", {"": [script("crash"), script("score 1")]})
    assert search.tree.nodes[0].valid
    assert len(model.requests) == 2
    assert search.tree.nodes[0].strategy == "again(tries=3)"


async def test_a_class_is_a_strategy(own: Path) -> None:
    (own / "strategies" / "shouting.py").write_text(CLASS)
    search, _ = await searched(own / "s", "self-debugging+shouting", {"": [script("score 1")]})
    assert search.store.read(0, "solution.py").endswith("# LOUD\n")
    assert make_strategy("shouting(loud=false)").spec == "shouting(loud=false)"


def test_a_function_is_a_policy(own: Path) -> None:
    import random

    from tui_aide.tree.solution_tree import SolutionTree

    (own / "policies" / "ever.py").write_text(POLICY)
    policy = make_policy("ever(word=thus)")
    assert policy.spec == "ever(word=thus)"
    assert policy.choose(SolutionTree(), random.Random(0)).reason == "thus it is"


def test_own_ones_are_listed_and_explained(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "strategies" / "again.py").write_text(FUNCTION)
    (own / "policies" / "ever.py").write_text(POLICY)
    assert main(["strategies"]) == 0
    out = capsys.readouterr().out
    assert "  again " in out
    assert "  ever " in out
    assert main(["strategies", "again"]) == 0
    assert "tries=2  how often at most" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def x(:\n", "line 1: invalid syntax; mend that"),
        ("import os\nimport nothing_there\n", "line 2: ModuleNotFoundError: No module named 'nothing_there'"),
        ("x = 1\n", "holds 0 classes and 0 functions"),
        ("async def a(desk, inner): ...\nasync def b(desk, inner): ...\n", "holds 0 classes and 2 functions"),
        ("async def mine(desk): ...\n", "must take 2 arguments"),
        ("async def mine(desk, *, inner): ...\n", "must take 2 arguments"),
        ("import sys\nsys.exit('no')\n", "line 2: SystemExit: no"),
        ("async def mine(desk, inner, k): ...\n", "its parameter k needs a default, or a type such as `k: int`"),
        ("async def mine(desk, inner, k: list): ...\n", "its parameter k needs a default"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_one_line(
    own: Path, code: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (own / "strategies" / "mine.py").write_text(code)
    with pytest.raises(UsageError) as error:
        make_strategy("mine")
    assert words in str(error.value)
    assert "mine.py" in str(error.value)
    assert "\n" not in str(error.value)
    assert main(["run", "digits", "--strategy", "mine", "--headless"]) == 2
    assert words in capsys.readouterr().err


def test_a_broken_file_harms_nobody_who_does_not_name_it(own: Path) -> None:
    (own / "strategies" / "mine.py").write_text("def x(:\n")
    assert make_strategy("single").spec == "single"
    with pytest.raises(UsageError, match="Did you mean 'mine'"):
        make_strategy("mien")


async def test_one_that_raises_while_the_search_runs_is_named_with_its_line(own: Path) -> None:
    (own / "strategies" / "mine.py").write_text("async def mine(desk, inner):\n    return 1 / 0\n")
    search, _ = await searched(own / "s", "mine", {}, nodes=9, model=Answers({"": [script("score 1")]}))
    assert search.tree.status == "failed"
    reason = search.tree.status_reason
    assert "strategy mine raised ZeroDivisionError: division by zero" in reason
    assert "mine.py, line 2" in reason


def test_a_package_brings_one_by_an_entry_point(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = own / "packages"
    (package / "brings_one-1.dist-info").mkdir(parents=True)
    (package / "brings_one-1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: brings-one\nVersion: 1\n"
    )
    points = "[tui_aide.strategies]\nbrought = brings_one:again\nbroken = brings_nothing:x\n"
    (package / "brings_one-1.dist-info" / "entry_points.txt").write_text(points)
    (package / "brings_one.py").write_text(FUNCTION)
    monkeypatch.syspath_prepend(str(package))
    assert make_strategy("brought(tries=7)").spec == "brought(tries=7)"
    with pytest.raises(UsageError, match="'broken' of the package brings-one cannot be loaded: ModuleNotFoundError"):
        make_strategy("broken")


PARAMETERS = """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from tui_aide.engine.strategies import Desk, Maker, Result

async def mine(
    desk: Desk, inner: Maker, first: int = 3, /, second=0.5, *rest: str, third: str = "x", **more: int
) -> Result:
    desk.step("mine", f"{first} {second} {third} {rest} {more}")
    return await inner(desk)
"""


async def test_parameters_of_every_kind_reach_the_function(own: Path) -> None:
    (own / "strategies" / "mine.py").write_text(PARAMETERS)
    search, _ = await searched(own / "s", "mine(first=7,third=y)", {"": [script("score 1")]})
    assert search.tree.nodes[0].steps[0].title == "7 0.5 y () {}"
    assert make_strategy("mine(second=0.25)").spec == "mine(second=0.25)"


def test_a_class_goes_by_the_name_of_its_file(own: Path) -> None:
    (own / "strategies" / "mine.py").write_text(CLASS.replace("    source", "    name = 'other'\n    source"))
    assert make_strategy("mine(loud=false)").spec == "mine(loud=false)", "a search that is resumed finds it by that"


@pytest.mark.parametrize("code", ["open('/nothing/there')", "raise TimeoutError", "raise SystemExit"])
async def test_what_a_strategy_raises_is_its_own_also_where_it_is_an_error_of_files(own: Path, code: str) -> None:
    (own / "strategies" / "mine.py").write_text(f"async def mine(desk, inner):\n    {code}\n")
    search, _ = await searched(own / "s", "mine", {}, nodes=9, model=Answers({"": [script("score 1")]}))
    assert search.tree.status == "failed"
    assert "strategy mine raised" in search.tree.status_reason


def test_annotations_that_cannot_be_read_are_told(own: Path) -> None:
    code = CLASS.replace("loud: bool = True", 'loud: "Nowhere" = True')
    (own / "strategies" / "shouting.py").write_text(code)
    with pytest.raises(UsageError, match="annotations of its parameters cannot be read: name 'Nowhere'"):
        make_strategy("shouting(loud=false)")
