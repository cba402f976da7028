"""The comparison with other programs: a cell for each in each row, and links pinned to the commits that were read."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "comparison.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("|")]
PEERS = ROWS[0][2:]


def read_commits() -> dict[str, str]:
    """The commit that was read of each repository, by `owner/name`."""
    found = re.findall(r"\*\*([\w-]+)\*\*[^\n]*\(\[([\w./-]+)\]\(https://github\.com/\2/tree/([0-9a-f]{40})\)", TEXT)
    assert [name for name, _, _ in found] == PEERS
    return {repository: commit for _, repository, commit in found}


def test_each_row_tells_of_every_program() -> None:
    assert len(ROWS) > 10
    assert {len(row) for row in ROWS} == {len(PEERS) + 2}
    assert all(cell for row in ROWS[1:] for cell in row)


def test_links_are_pinned_to_the_commit_that_was_read() -> None:
    commits = read_commits()
    links = re.findall(r"https://github\.com/([\w.-]+/[\w.-]+)/(?:blob|tree)/([^/)#]+)", TEXT)
    assert len(links) == TEXT.count("https://github.com/") > 40
    assert {(repository, commits.get(repository)) for repository, _ in links} == set(links)


def test_own_pages_are_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", TEXT) if not link.startswith("https:")]
    assert links
    assert [link for link in links if not (PAGE.parent / link).exists()] == []
