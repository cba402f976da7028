"""The wheel and the source distribution hold all that runs; the wheel works in an empty environment, elsewhere.

Needs PyPI, as whoever installs it does. Without workers, each of which would build its own:
`pytest -n 0 -m slow tests/test_wheel.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.durability.pty_viewer import PtyViewer

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both, made of the files that git has or would take."""
    place = tmp_path_factory.mktemp("dist")
    tools = place / "tools"
    venv.EnvBuilder(with_pip=True).create(tools)
    run([tools / "bin" / "pip", "install", "-q", "build"], place)
    run([tools / "bin" / "python", "-m", "build", "--outdir", place, ROOT], place)  # the wheel from the sdist
    return place


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and nothing else that pip was asked for."""
    place = tmp_path_factory.mktemp("empty")
    venv.EnvBuilder(with_pip=True).create(place)
    (wheel,) = built.glob("*.whl")
    run([place / "bin" / "pip", "install", "-q", wheel], place)
    return place


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is not the checkout, and a home of its own."""
    for name in ("TUI_AIDE_SESSIONS_DIR", "TUI_AIDE_CACHE_DIR", "TUI_AIDE_CONFIG_DIR", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    for name in ("DATA", "CACHE", "CONFIG"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def run(command: list[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def tracked(*folders: str) -> set[str]:
    """The files of the checkout in some folders, as git has them."""
    return set(run(["git", "ls-files", *folders], ROOT).splitlines())


def test_the_wheel_holds_code_data_themes_and_recordings(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert tracked("tui_aide") <= names
    assert {f"tui_aide/_data/{name}" for name in tracked("themes", "sessions")} <= names
    info = f"tui_aide-{PROJECT['version']}"
    assert {f"{info}.dist-info/licenses/{name}" for name in ("LICENSE", "THIRD_PARTY_NOTICES.md")} <= names
    assert f"{info}.data/data/share/man/man1/tui-aide.1" in names
    strange = {n for n in names if not n.startswith(("tui_aide/", info)) or "__pycache__" in n or n.endswith("/lock")}
    assert strange == set()


def test_the_source_distribution_holds_what_git_has(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert tracked() - names == set()


def test_the_wheel_names_its_extras(installed: Path) -> None:
    code = "from importlib.metadata import metadata; print(*sorted(metadata('tui-aide').get_all('Provides-Extra')))"
    extras = run([installed / "bin" / "python", "-c", code], installed).split()
    assert (
        {"docker", "docs", "gpu", "keyring", "ray", "test", "vllm", "web"}
        == set(extras)
        == set(PROJECT["optional-dependencies"])
    )


def test_it_works_from_a_folder_that_is_not_the_checkout(installed: Path, elsewhere: Path) -> None:
    program = installed / "bin" / "tui-aide"
    assert "usage: tui-aide" in run([program, "--help"], elsewhere)
    assert run([program, "--version"], elsewhere) == f"tui-aide {PROJECT['version']}\n"
    assert run([program, "tasks"], elsewhere).count("\n") == 14
    assert "recommended" in run([program, "strategies"], elsewhere)
    assert "#9" in run([program, "show", "sessions/tumours"], elsewhere)
    lines = run([program, "attach", "--headless", "sessions/tiny-r1"], elsewhere)
    assert "finished: 12 nodes" in lines
    run([program, "export", "sessions/tumours", "--format", "html", "-o", "page.html"], elsewhere)
    assert "<html" in (elsewhere / "page.html").read_text(encoding="utf-8")
    assert "complete -F _tui_aide tui-aide" in run([program, "completion", "bash"], elsewhere)
    assert (installed / "share" / "man" / "man1" / "tui-aide.1").is_file()


def test_all_themes_are_there(installed: Path, elsewhere: Path) -> None:
    code = (
        "import json; from tui_aide.tui.theme_files import theme_folders; "
        "from tui_aide.tui.theme_shelf import ThemeShelf; "
        "shelf = ThemeShelf(theme_folders()); print(json.dumps([list(shelf.themes), shelf.problems]))"
    )
    names, problems = json.loads(run([installed / "bin" / "python", "-c", code], elsewhere))
    assert (len(names), problems) == (len(tracked("themes")), [])


def test_it_searches_and_its_screen_opens(installed: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = installed / "bin" / "tui-aide"
    words = ["run", "digits", "--model", "builtin", "--nodes", "2", "--headless", "--json", "--name", "first"]
    last = json.loads(run([program, *words], elsewhere).splitlines()[-1])
    assert (last["status"], len(last["nodes"])) == ("finished", 2)
    assert Path(last["best"]["submission"]).is_file()
    assert Path(last["path"]).is_relative_to(elsewhere)
    monkeypatch.chdir(elsewhere)
    viewer = PtyViewer(dict(os.environ), "attach", "first", python=str(installed / "bin" / "python"))
    try:
        viewer.until(b"Best so far")
        viewer.send(b"q")
        viewer.until(b"finished: 2 nodes")
    finally:
        viewer.kill()


def test_nothing_was_written_into_the_environment(installed: Path) -> None:
    """After the other tests: sessions and caches went to the user's folders."""
    data = installed / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "tui_aide" / "_data"
    found = {str(p.relative_to(data)) for p in data.rglob("*") if p.is_file() and p.suffix != ".pyc"}  # those are pip's
    assert found == tracked("themes", "sessions")
