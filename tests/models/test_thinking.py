from __future__ import annotations

import pytest

from tui_aide.models.thinking import ThinkingSplitter


def split(text: str, size: int, *, thinking: bool = False) -> tuple[str, str]:
    splitter = ThinkingSplitter(thinking)
    found = {"reasoning": "", "answer": ""}
    for start in range(0, len(text) + size, size):
        part = text[start : start + size]
        pieces = splitter.feed(part) if part else splitter.flush()
        if splitter.late:
            splitter.late = False
            found = {"reasoning": found["reasoning"] + found["answer"], "answer": ""}
        for kind, piece in pieces:
            found[kind] += piece
    return found["reasoning"], found["answer"]


SIZES = pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 1000])


@SIZES
def test_tags_at_the_start_are_split(size: int) -> None:
    assert split("\n<think>a < b</think>\n\nb </think> c", size) == ("a < b", "\n\nb </think> c")


@SIZES
def test_a_closing_tag_on_its_own_line_tells_that_all_before_was_thinking(size: int) -> None:
    assert split("hm, so\nyes\n</think>\n\nanswer\n</think>\n", size) == ("hm, so\nyes\n", "\n\nanswer\n</think>\n")


@SIZES
def test_a_closing_tag_at_the_very_end_leaves_no_answer(size: int) -> None:
    assert split("hm\n</think>", size) == ("hm\n", "")


@SIZES
def test_tags_inside_code_or_a_sentence_are_text(size: int) -> None:
    text = "tag = '</think>'\nprint(`</think>`)\n  </thinking>\n<think>\n"
    assert split(text, size) == ("", text)


@SIZES
def test_a_model_known_to_think_begins_inside(size: int) -> None:
    assert split("hm</think>yes", size, thinking=True) == ("hm", "yes")
    assert split("hm and nothing else", size, thinking=True) == ("hm and nothing else", "")


@SIZES
def test_an_empty_thinking_is_no_answer(size: int) -> None:
    assert split("<think>\n\n</think>\n\nyes", size) == ("\n\n", "\n\nyes")
