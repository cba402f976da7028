"""A toy tokenizer with exact counts: pieces of up to six bytes, and the special tokens of an R1 distill.

A token's id is its bytes with a leading 1 read as a number, so no vocabulary is kept and any ids can be turned back.
Special tokens are found in any text, a user's too, just as a real tokenizer finds them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

BOS, EOS, USER, ASSISTANT = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"
OPEN, CLOSE = "<think>", "</think>"
SPECIAL = (EOS, USER, ASSISTANT, BOS, "<|EOT|>", OPEN, CLOSE)
IDS = {token: number for number, token in enumerate(SPECIAL)}
EOS_ID, OPEN_ID, CLOSE_ID = IDS[EOS], IDS[OPEN], IDS[CLOSE]

_PIECE = re.compile(rb"\x00[\x01-\x07]| ?[A-Za-z]{1,5}|[0-9]|\n\n?| {2,6}|[\x80-\xff]{1,2}|[\x00-\xff]")
_MARKS = {token.encode(): b"\x00" + bytes([number + 1]) for token, number in IDS.items()}
_SPECIALS = re.compile(b"|".join(re.escape(mark) for mark in _MARKS))


class Pieces(msgspec.Struct, frozen=True):
    """A text in tokens: their ids, what each adds to the text, and that as a JSON string."""

    ids: tuple[int, ...]
    texts: tuple[str, ...]
    encoded: tuple[str, ...]


def encode(text: str) -> list[int]:
    """Return the ids of a text."""
    marked = _SPECIALS.sub(lambda match: _MARKS[match[0]], text.encode())
    return [piece[1] - 1 if piece[0] == 0 and len(piece) == 2 else _id(piece) for piece in _PIECE.findall(marked)]


@lru_cache(maxsize=100_000)
def _id(piece: bytes) -> int:
    return int.from_bytes(b"\x01" + piece)


def known(token: int) -> bool:
    """Tell whether there is a token with this id."""
    return 0 <= token < len(SPECIAL) or 256 <= token < 1 << 49


@lru_cache(maxsize=100_000)
def token_bytes(token: int) -> bytes:
    """Return the bytes that a token stands for."""
    return SPECIAL[token].encode() if token < len(SPECIAL) else token.to_bytes(8).lstrip(b"\x00")[1:]


def decode(ids: Sequence[int]) -> str:
    """Return the text of ids; bytes that are no UTF-8 become replacement characters."""
    return b"".join(token_bytes(token) for token in ids).decode(errors="replace")


@lru_cache(maxsize=512)
def pieces(text: str) -> Pieces:
    """Return a text in tokens; a character that takes several tokens comes with its last one."""
    ids = encode(text)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    texts = tuple(decoder.decode(token_bytes(token)) for token in ids)
    return Pieces(tuple(ids), texts, tuple(msgspec.json.encode(t).decode() for t in texts))
