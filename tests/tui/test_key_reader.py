from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Iterator

import pytest
from textual import constants, events
from textual.message import Message

from tui_aide.tui.key_reader import KeyReader


class Typed:
    """A reader at work on a pipe."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        self._ended = threading.Event()
        self._events: queue.Queue[Message] = queue.Queue()
        self._thread = threading.Thread(target=KeyReader(self._out, self._ended, self._events.put).run)
        self._thread.start()

    def send(self, data: bytes) -> None:
        os.write(self._in, data)

    def key(self) -> str:
        event = self._events.get(timeout=5.0)
        assert isinstance(event, events.Key)
        return event.key

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        os.close(self._in)
        os.close(self._out)


@pytest.fixture
def typed() -> Iterator[Typed]:
    typed = Typed()
    yield typed
    typed.close()


def test_an_escape_alone_is_told_as_soon_as_it_may_be(typed: Typed) -> None:
    took = []
    for _ in range(8):
        begun = time.perf_counter()
        typed.send(b"\x1b")
        assert typed.key() == "escape"
        took.append(time.perf_counter() - begun)
        time.sleep(0.02)
    assert constants.ESCAPE_DELAY <= min(took) < constants.ESCAPE_DELAY + 0.05  # Textual's own takes 0.1


def test_an_escape_that_begins_a_key_is_none(typed: Typed) -> None:
    typed.send(b"\x1b[A")
    assert typed.key() == "up"
    typed.send(b"\x1b")
    typed.send(b"[B")
    assert typed.key() == "down"
    typed.send(b"\x1bj")
    assert typed.key() == "alt+j"
    typed.send(b"\x1b\x1b")
    assert [typed.key(), typed.key()] == ["escape", "escape"]


def test_a_character_in_two_reads_is_one_key(typed: Typed) -> None:
    whole = "é".encode()
    typed.send(whole[:1])
    time.sleep(0.15)
    typed.send(whole[1:])
    event = typed._events.get(timeout=5.0)
    assert isinstance(event, events.Key)
    assert event.character == "é"


def test_a_terminal_that_was_hung_up_ends_the_reading() -> None:
    ours, theirs = os.pipe()
    os.close(theirs)
    try:
        KeyReader(ours, threading.Event(), lambda event: None).run()  # would go on for ever
    finally:
        os.close(ours)
