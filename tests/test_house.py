"""The house's own rules: style, types and the direction of imports, as everybody runs them."""

from __future__ import annotations

import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent

OURS = ("tui_aide", "tests", "benchmarks", "docs")
HEAVY = ("textual", "pandas", "numpy", "sklearn", "aiohttp", "tree_sitter", "msgspec", "asyncio")


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
    ],
    ids=lambda c: " ".join(c),
)
def test_check_passes(command: list[str]) -> None:
    done = subprocess.run([TOOLS / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_reads_every_file_of_ours() -> None:
    command = [str(TOOLS / "ruff"), "check", "--show-files"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    ours = {str(p) for folder in OURS for p in (ROOT / folder).rglob("*.py")}
    assert not {p for p in ours - set(shown) if "/preflight/scripts/" not in p}  # as models write them


def test_imports_never_run_in_a_circle() -> None:
    """What only types need does not count: it is never loaded."""
    graph = grimp.build_graph("tui_aide", exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    tuple(TopologicalSorter(imports).static_order())  # raises CycleError, which names the circle


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a piece of code loads in a fresh interpreter."""
    probe = f"{code}\nimport sys\nprint('MODULES', *sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.split("MODULES")[-1].split())


def test_help_loads_nothing_heavy() -> None:
    code = "from tui_aide.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    assert not loaded_by(code) & set(HEAVY)


def test_the_viewer_loads_no_data_library_and_no_model_client() -> None:
    loaded = loaded_by(
        "import tui_aide.tui.app, tui_aide.tui.screens.search, tui_aide.tui.screens.bench, tui_aide.cli.viewing"
    )
    assert "textual" in loaded
    assert not loaded & {"pandas", "numpy", "sklearn", "aiohttp"}


def test_the_built_in_proposer_is_chosen_without_a_model_client() -> None:
    code = "from tui_aide.sessions.model_choice import *\nchosen = choose_model('builtin', [], print)"
    assert "aiohttp" not in loaded_by(f"{code}\ncheck_roles({{}}, chosen, named=False)")


def test_the_runner_loads_no_data_library() -> None:
    assert not loaded_by("import tui_aide.sessions.runner") & {"pandas", "numpy", "sklearn", "textual"}


@pytest.mark.parametrize("folder", OURS)
def test_no_file_holds_two_things(folder: str) -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in (ROOT / folder).rglob("*.py")
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long
