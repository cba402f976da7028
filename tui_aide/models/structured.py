"""Answers that are JSON of a given shape, read tolerantly."""

from __future__ import annotations

import json
import re
from typing import TypeVar

import msgspec

T = TypeVar("T")
_BEGINNING = re.compile(r"[{\[]")


def read_json(text: str, shape: type[T]) -> T:
    """Return the last JSON value in a text that has the shape, be it fenced, surrounded by prose or bare.

    Raises:
        ValueError: there is none; the message says what was wrong with the last one.
    """
    found: list[T] = []
    problem = "it holds no JSON"
    scanner = json.JSONDecoder()
    at = 0
    while (match := _BEGINNING.search(text, at)) is not None:
        try:
            _, at = scanner.raw_decode(text, match.start())
        except (json.JSONDecodeError, RecursionError):
            at = match.end()
            continue
        try:
            found.append(msgspec.json.decode(text[match.start() : at].encode(), type=shape))
        except msgspec.DecodeError as error:
            problem = str(error)
    if not found:
        raise ValueError(problem)
    return found[-1]
