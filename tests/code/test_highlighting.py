from __future__ import annotations

import subprocess
import sys
import time

from hypothesis import given
from hypothesis import strategies as st

from tui_aide.code.highlighting import TOKENS, Highlighter, Span

SOURCE = '''\
"""Fit."""
import numpy as np  # arrays

RATE = 0.05

@cached(1)
def fit(rows: int, depth=3) -> None:
    table = np.zeros(rows)
    return f"{len(table)} r\\n" if table is not None else Model()
'''


def highlight(source: str) -> list[list[Span]]:
    highlighter = Highlighter(source)
    return highlighter.spans(0, highlighter.line_count)


def told(source: str) -> list[list[tuple[str, str]]]:
    return [
        [(line[s.start : s.end], s.token) for s in spans]
        for line, spans in zip(source.split("\n"), highlight(source), strict=True)
    ]


def test_each_kind_of_token_is_told() -> None:
    lines = told(SOURCE)
    assert lines[0] == [('"""Fit."""', "string")]
    assert lines[1] == [
        ("import", "keyword"),
        ("numpy", "variable"),
        ("as", "keyword"),
        ("np", "variable"),
        ("# arrays", "comment"),
    ]
    assert lines[3] == [("RATE", "constant"), ("=", "operator"), ("0.05", "number")]
    assert lines[5][0] == ("@cached", "decorator")
    assert {("def", "keyword"), ("fit", "function"), ("rows", "parameter"), ("int", "type"), ("3", "number")} <= set(
        lines[6]
    )
    assert ("zeros", "function") in lines[7]
    assert {("len", "builtin"), ("table", "variable"), ("\\n", "escape"), ("Model", "type")} <= set(lines[8])


def test_a_dotted_decorator_is_one_span_and_matrix_product_an_operator() -> None:
    lines = told("@functools.cache\n@a.b(1)\ndef f(): pass\nx @ y\n")
    assert lines[0] == [("@functools.cache", "decorator")]
    assert lines[1] == [("@a.b", "decorator"), ("1", "number")]
    assert ("@", "operator") in lines[3]


def test_columns_count_characters_not_bytes() -> None:
    assert told("größe = 'é𝛼'  # ü")[0] == [
        ("größe", "variable"),
        ("=", "operator"),
        ("'é𝛼'", "string"),
        ("# ü", "comment"),
    ]


def test_a_string_over_several_lines_is_one_on_each() -> None:
    assert told('x = """a\n\n  b"""\n')[1:] == [[], [('  b"""', "string")], []]


def test_a_range_of_lines_is_the_same_as_that_part_of_the_whole() -> None:
    whole = highlight(SOURCE)
    highlighter = Highlighter(SOURCE)
    assert highlighter.line_count == len(whole)
    assert highlighter.spans(3, 9) == whole[3:9]
    assert highlighter.spans(0, 1) == whole[:1]
    assert highlighter.spans(5, 99) == whole[5:]
    assert highlighter.spans(50, 60) == []


def test_half_written_code_is_highlighted_as_far_as_it_goes() -> None:
    assert ("def", "keyword") in told("def fit(rows")[0]
    assert told("")[0] == []


@given(st.text(alphabet="def x=(\"'\n\té#1:@f{}\\", max_size=80))
def test_spans_lie_in_their_line_in_order_without_overlap(source: str) -> None:
    for line, spans in zip(source.split("\n"), highlight(source), strict=True):
        edge = 0
        for span in spans:
            assert edge <= span.start < span.end <= len(line)
            assert span.token in TOKENS
            edge = span.end


def test_three_hundred_lines_are_fast_enough_to_draw_at_once() -> None:
    source = SOURCE * 34
    highlight(source)
    best = min(_timed(source) for _ in range(5))
    assert best < 0.1  # 10 ms is the aim, measured on an idle machine; this catches a wrong order of growth


def _timed(source: str) -> float:
    began = time.perf_counter()
    highlight(source)
    return time.perf_counter() - began


def test_importing_the_package_loads_no_parser() -> None:
    code = "import sys, tui_aide.code.highlighting, tui_aide.code.extraction; print('tree_sitter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
