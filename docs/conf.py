"""Sphinx's settings: the pages as they stand in the repository, from its root, so that links are the same on a forge.

sphinx-build -W -q -c docs . docs/_build          the site, to open at docs/_build/index.html
sphinx-build -b linkcheck -c docs . docs/_build   are the links to other sites alive?
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = _PROJECT["name"]
author = "the founders of tui_aide"
version = release = _PROJECT["version"]
html_title = f"tui_aide {version}"

extensions = ["myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
root_doc = "docs/index"
include_patterns = ["docs/**", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md"]
exclude_patterns = ["docs/_build", "docs/site", "docs/mlebench-agent"]

html_theme = "furo"
html_static_path = ["site/static"]
html_css_files = ["tui_aide.css"]
html_extra_path = ["site/front"]
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "sidebar_hide_name": False,
    "light_css_variables": {"color-brand-primary": "#1d5f8a", "color-brand-content": "#1d5f8a"},
    "dark_css_variables": {"color-brand-primary": "#7fb8e0", "color-brand-content": "#7fb8e0"},
}
pygments_style, pygments_dark_style = "friendly", "github-dark"

copybutton_exclude = ".linenos, .gp, .go, .c1"
"""A command is copied without the comment behind it."""


def show_as_text(app: Sphinx, document: nodes.document) -> None:
    """Replace links to folders and pages, which a forge shows and the site does not have, by their text."""
    here = Path(app.env.doc2path(app.env.docname)).parent
    for node in list(document.findall(pending_xref)):
        target = node["reftarget"]
        if node.get("refdomain") == "doc":
            elsewhere = target not in app.env.found_docs and (ROOT / f"{target}.md").is_file()
        else:
            elsewhere = bool(target) and (here / target).is_dir()
        if elsewhere:
            node.replace_self(node.children)


def add_navigation(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the navigation at the end of the first page, without the patterns whose page is not there yet."""
    if page == root_doc:
        here = Path(__file__).parent
        app.env.note_dependency(str(here / "site" / "navigation.md"))
        text = (here / "site" / "navigation.md").read_text(encoding="utf-8")
        there = re.sub(r"^\w+\*\n", lambda m: m[0] if [*here.glob(f"{m[0].strip()}.md")] else "", text, flags=re.M)
        source[0] += f"\n{there}"


def setup(app: Sphinx) -> None:
    """Connect what makes a site of the pages."""
    app.connect("source-read", add_navigation)
    app.connect("doctree-read", show_as_text)
