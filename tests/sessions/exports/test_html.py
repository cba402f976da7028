from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.sessions.exports.made import HOSTILE, Made, usual
from tui_aide.sessions.exports.html import html
from tui_aide.sessions.exports.source import Source
from tui_aide.sessions.exports.writing import export
from tui_aide.sessions.places import find_session
from tui_aide.tree import events as ev

RECORDED = sorted(p.parent for p in (Path(__file__).parents[3] / "sessions").glob("*/session.toml"))


class Reader(HTMLParser):
    """What a browser would find: elements with their attributes, scripts apart from the rest of the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.scripts[0])
        return found


def test_markup_in_scripts_outputs_and_titles_stays_text(tmp_path: Path) -> None:
    page = Reader(export(usual(tmp_path / "toy").folder, "html").text)
    names = {tag for tag, _ in page.elements}
    assert not names & {"img", "iframe", "link", "object", "embed", "base", "form"}
    assert len([1 for tag, _ in page.elements if tag == "script"]) == len(page.scripts) == 2
    assert not any(key.startswith("on") for _, attributes in page.elements for key in attributes)
    node = page.data["nodes"][1]
    assert '</script><img src=x onerror="alert(1)">' in node["plan"]
    assert "\x1b" not in json.dumps(page.data)
    assert "<img" in page.text  # as text, where it can be seen


def test_nothing_is_fetched_and_only_its_own_script_runs(tmp_path: Path) -> None:
    text = export(usual(tmp_path / "toy").folder, "html").text
    page = Reader(text)
    for _, attributes in page.elements:
        assert not {"src", "srcset", "data", "action", "poster"} & attributes.keys()
        assert (attributes.get("href") or "#").startswith("#")
    (policy,) = [a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert "default-src 'none'" in policy
    digest = base64.b64encode(hashlib.sha256(page.scripts[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert not re.search(r"url\(|@import|https?://", text.partition('id="data"')[0])


def test_every_node_has_its_row_without_javascript(tmp_path: Path) -> None:
    page = Reader(export(usual(tmp_path / "toy").folder, "html").text)
    rows = [a for _, a in page.elements if a.get("role") == "treeitem"]
    assert [r["id"] for r in rows] == ["row-0", "row-1", "row-3", "row-2"]
    assert [r["aria-level"] for r in rows] == ["1", "2", "3", "1"]
    assert "#1 improve: best" in str(rows[1]["title"])
    assert "print(" in page.text  # the best script


def test_a_node_tells_what_became_of_it_and_what_changed(tmp_path: Path) -> None:
    data = Reader(export(usual(tmp_path / "toy").folder, "html").text).data
    first, second, failed, merged = data["nodes"]
    assert [data["lines"][n][0] for n in first["script"]] == ["import numpy as np", "", "x = 1", "print(x)"]
    assert second["changes"] == [[2, 4, 2, 4]]
    assert data["lines"][first["script"][0]] == ["import numpy as np", 0, 6, 8, 13, 15, 8]
    assert data["tokens"][8] == "keyword"
    assert ["against #0", "+0.1, better"] in second["facts"]
    assert second["fate"] == "It became the best: a test."
    assert failed["message"] == "it ended as crash"
    assert len(failed["output"]) == 3
    assert failed["output"][2] > 0
    assert merged["no_script"] == "Its script was not kept."
    assert merged["no_output"] == "Its output was not kept."
    assert merged["asked"] == "Merge them."


def test_the_page_is_bounded_and_keeps_the_way_to_the_best(tmp_path: Path) -> None:
    made = Made(tmp_path / "toy")
    for number in range(60):
        code = "\n".join(f"value_{number}_{line} = {line}" for line in range(200))
        parents = (number - 20,) if number >= 20 else ()
        made.node(number, 0.5 + number / 1000, parents, code=code, best=number == 50)
    text = html(Source(made.folder), most=100_000)
    data = Reader(text).data
    left = {n["id"] for n in data["nodes"] if "left_out" in n}
    assert 20 < len(left) < 58
    assert not left & {50, 30, 10}
    assert f"the plans, scripts and outputs of {len(left)} of 60 nodes are not in it" in text
    assert len(text) < 100_000 * 2.5
    assert len(html(Source(made.folder))) > 2 * len(text)


@pytest.mark.parametrize("path", RECORDED, ids=lambda p: p.name)
def test_a_recorded_session_as_a_page(path: Path) -> None:
    folder = find_session(str(path), Path("nowhere"))
    source = Source(folder)
    page = Reader(html(source))
    data = page.data
    assert len(data["nodes"]) == len(source.tree.nodes)
    for node in data["nodes"]:
        kept = folder.node(node["id"]) / "solution.py"
        code = "\n".join(data["lines"][n][0] for n in node.get("script", ()))
        assert code == (kept.read_text().rstrip("\n") if kept.exists() else "")
    assert source.tree.selection is not None
    assert source.tree.selection.reason in page.text


def test_an_empty_search_and_lost_files_are_no_error(tmp_path: Path) -> None:
    made = Made(tmp_path / "toy")
    assert "No node has a score yet." in export(made.folder, "html").text
    made.node(0, 0.5, code=None, output=None, plan="", best=True)
    (made.folder.node(0) / "solution.py").mkdir()
    (made.folder.node(0) / "output.log").symlink_to("/nowhere/at/all")
    data = Reader(export(made.folder, "html").text).data
    assert data["nodes"][0]["no_script"] == "Its script was not kept."


def test_steering_and_notices_are_told(tmp_path: Path) -> None:
    made = usual(tmp_path / "toy")
    made.add(ev.Notice(level="error", message="the disk is full"))
    page = Reader(export(made.folder, "html").text)
    assert "branch node 1: " + HOSTILE[:9] in page.text
    assert "the disk is full" in page.text
