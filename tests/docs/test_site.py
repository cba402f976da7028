"""The site is built without a warning, and needs nothing from the network to be read."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, name_of

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert importlib.util.find_spec("sphinx"), "needs the docs extra: pip install -e '.[test,docs]'"
    to = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "--keep-going",
            "-q",
            "-d",
            to / "trees",
            "-c",
            "docs",
            ".",
            to / "site",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return to / "site"


def test_it_has_every_page(site: Path) -> None:
    built = {str(path.relative_to(site).with_suffix(".md")) for path in site.rglob("*.html")}
    assert {name_of(page) for page in PAGES} <= built


def test_it_loads_nothing_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]*\ssrc=\"([^\"]+)\"", text)
        loaded += re.findall(r"<link[^>]*rel=\"(?:stylesheet|preload|icon)\"[^>]*href=\"([^\"]+)\"", text)
        assert [address for address in loaded if "//" in address] == [], path
    for path in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?https?:", path.read_text(encoding="utf-8")), path


def test_its_first_page_leads_to_the_index(site: Path) -> None:
    target = re.search(r"url=([^\"]+)\"", (site / "index.html").read_text(encoding="utf-8"))
    assert target is not None
    assert (site / target[1]).is_file()
