"""The command that installs what is missing fits the way in which tui_aide was installed."""

from __future__ import annotations

import json
import shlex
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tui_aide.installing import install_command


def _install(monkeypatch: pytest.MonkeyPatch, place: Path, origin: object) -> None:
    """Put what pip leaves of an installation before all others; None where pip leaves no origin."""
    told = place / "tui_aide-9.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: tui-aide\nVersion: 9\n")
    if origin is not None:
        (told / "direct_url.json").write_text(origin if isinstance(origin, str) else json.dumps(origin))
    monkeypatch.syspath_prepend(place)


def test_a_clone_is_installed_from_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clone = tmp_path / "my clone"
    clone.mkdir()
    _install(monkeypatch, tmp_path / "a", {"url": clone.as_uri(), "dir_info": {"editable": True}})
    monkeypatch.chdir(tmp_path)
    assert shlex.split(install_command("web")) == [sys.executable, "-m", "pip", "install", "-e", f"{clone}[web]"]
    assert shlex.split(install_command())[-1] == str(clone)
    monkeypatch.chdir(clone)
    assert install_command("web", clone / ".venv" / "bin" / "python") == (".venv/bin/python -m pip install -e '.[web]'")
    _install(monkeypatch, tmp_path / "b", {"url": clone.as_uri(), "dir_info": {}})
    assert "-e" not in shlex.split(install_command("web"))


@pytest.mark.parametrize(
    "origin",
    [None, "no JSON", {"url": "https://example.org/tui_aide.whl"}, {"url": "file:///not/there/any/more"}],
    ids=["index", "damaged", "address", "gone"],
)
def test_a_package_is_installed_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: object) -> None:
    _install(monkeypatch, tmp_path, origin)
    assert install_command("ray", "/opt/my python/bin/python") == (
        "'/opt/my python/bin/python' -m pip install 'tui-aide[ray]'"
    )


def test_the_extras_that_are_told_of_exist() -> None:
    extras = metadata.metadata("tui-aide").get_all("Provides-Extra") or []
    for extra in ("web", "docker", "ray", "vllm"):
        assert extra in extras
        assert install_command(extra).endswith(f"[{extra}]'")
