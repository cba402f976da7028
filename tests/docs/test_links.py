"""Links inside the repository lead somewhere, down to the heading; every page is in the site's navigation."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links, name_of, navigation


def broken(page: Path) -> list[str]:
    """The page's links that lead nowhere."""
    wrong = []
    for link in links(page):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or not target.is_relative_to(ROOT) or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_broken_link_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One `two`: three\n\n[a](#one-two-three) [b](#four) [c](none.md) `[d](none.md)`\n")
    assert links(page) == ["#one-two-three", "#four", "none.md"]
    assert anchors(page) == {"one-two-three"}


def test_there_are_links_to_pages_and_to_headings() -> None:
    found = [link for page in PAGES for link in links(page)]
    assert len(found) > 100
    assert [link for link in found if ".md#" in link]


def test_every_page_is_in_the_navigation_and_all_there_is_a_page() -> None:
    entries = navigation()
    pages = {name_of(page).removesuffix(".md") for page in PAGES} - {"docs/index"}
    assert [page for page in pages if not any(fnmatch(page, entry) for entry in entries)] == []
    assert [entry for entry in entries if "*" not in entry and entry not in pages] == []
    assert len(entries) == len(set(entries))
