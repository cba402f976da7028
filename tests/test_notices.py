"""Third-party notices: every dependency is listed, with a permissive licence; what is carried has its text."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs import notices

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ALLOWED = {"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "0BSD", "Zlib", "CC0-1.0"}


def listed() -> dict[str, str]:
    return notices.listed(notices.PAGE.read_text(encoding="utf-8"))


def test_every_dependency_is_listed_under_a_permissive_licence() -> None:
    direct = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
    assert direct <= set(listed())
    assert {n: text for n, text in listed().items() if not set(text.split(" AND ")) <= ALLOWED} == {}


def test_the_page_is_made_of_what_is_installed() -> None:
    """Newer versions may need more, which the nightly check tells; those that ours needs itself are found now."""
    found = {n.name: n for n in notices.notices()}
    assert {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]} <= set(found)
    assert "yarl" in found  # what they need, too
    assert "pytest" not in found
    assert all(n.licence and n.version and n.link.startswith("https://") for n in found.values())
    assert notices.listed(notices.page(found.values())) == {n.name: n.licence for n in found.values()}


def test_a_package_that_is_missing_on_the_page_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = notices.PAGE.read_text(encoding="utf-8")
    shorter = tmp_path / "page.md"
    shorter.write_text("".join(line for line in page.splitlines(keepends=True) if "[yarl]" not in line))
    monkeypatch.setattr(notices, "PAGE", shorter)
    monkeypatch.setattr("sys.argv", ["notices.py", "--check"])
    assert notices.main() == 1
    assert "yarl: Apache-2.0 here, missing in page.md" in capsys.readouterr().err


def test_what_is_carried_has_its_licence_in_full() -> None:
    carried = (ROOT / "tui_aide/tasks/bundled/data/LICENSE-PSF.txt").read_text(encoding="utf-8")
    assert "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2" in carried
    assert all(f"\n{number}. " in carried for number in range(1, 9))
    assert PROJECT["license-files"] == ["LICENSE", "THIRD_PARTY_NOTICES.md"]
