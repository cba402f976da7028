"""The pages that people read: README, the docs and their kin, without what stands in their code blocks."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")]
    + [path for path in (ROOT / "docs").rglob("*.md") if not {"_build", "site"} & {*path.parts}]
)

_FENCE = re.compile(r"^( *)(`{3,}|:{3,})([^\n`]*)\n(.*?)^\1\2[ \t]*$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    """A page's path from the root of the repository."""
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """The code blocks of one language: number of the first line of each, and its text."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, m.start(4)) + 1, m[4]) for m in _FENCE.finditer(text) if m[3].strip() in (language,)]


@cache
def prose(page: Path) -> str:
    """A page without its code blocks and comments."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def links(page: Path) -> list[str]:
    """The targets of all links and pictures of a page."""
    text = re.sub(r"(`+)[^`].*?\1", "", prose(page))
    return re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", text)


def anchors(page: Path) -> set[str]:
    """What `page.md#...` may name: the headings, as forges and the site's generator spell them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,4} +(.+?) *#*$", prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = 0
        while (name := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(name)
    return found


def navigation() -> list[str]:
    """What stands in the site's navigation, from the root; a pattern stands for a page that may be missing."""
    index = (ROOT / "docs" / "site" / "navigation.md").read_text(encoding="utf-8")
    entries = []
    for tree in re.findall(r"```\{toctree\}\n(.*?)```", index, re.DOTALL):
        for line in tree.splitlines():
            if line.strip() and not line.startswith(":"):
                target = re.sub(r".*<(.*)>", r"\1", line.strip())
                entries.append(str((Path("docs") / target).as_posix()))
    return [re.sub(r"^docs/\.\./", "", entry) for entry in entries]
