from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.vllm_double.tokens import CLOSE_ID, SPECIAL, decode, encode, known, pieces


@given(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_any_text_is_turned_into_tokens_and_back(text: str) -> None:
    ids = encode(text)
    assert decode(ids) == text
    assert all(known(token) for token in ids)
    assert "".join(pieces(text).texts) == text


def test_special_tokens_are_found_in_any_text() -> None:
    for token in SPECIAL:
        assert len(encode(token)) == 1
        assert len(encode(f"{token[0]}\u200b{token[1:]}")) > 1
    assert encode("a</think>b")[1] == CLOSE_ID


def test_a_character_of_several_tokens_comes_with_the_last_of_them() -> None:
    made = pieces("✓")
    assert len(made.ids) == 2
    assert made.texts == ("", "✓")
