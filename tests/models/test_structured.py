from __future__ import annotations

import msgspec
import pytest

from tui_aide.models.structured import read_json


class Review(msgspec.Struct, frozen=True):
    bug: bool
    summary: str = ""
    steps: list[str] = []


@pytest.mark.parametrize(
    "text",
    [
        '{"bug": true, "summary": "x"}',
        '\n\n```json\n{"bug": true, "summary": "x"}\n```\nThat is all.',
        'First {"bug": false, "summary": "draft"}, better: {"bug": true, "summary": "x", "more": {"bug": false}} :)',
        'A dict such as {a: 1} and {"bug": "yes"} is wrong; {"bug": true, "summary": "x"}',
    ],
)
def test_json_is_found_wherever_it_stands(text: str) -> None:
    assert read_json(text, Review) == Review(True, "x")


@pytest.mark.parametrize(("text", "why"), [("", "no JSON"), ("{", "no JSON"), ('{"bug": 3}', "bool"), ("{}", "bug")])
def test_what_is_not_of_the_shape_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_json(text, Review)


def test_a_long_text_without_an_end_is_read_in_time() -> None:
    with pytest.raises(ValueError, match="no JSON"):
        read_json("[{" * 20_000, Review)
