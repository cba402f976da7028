from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tui_aide.models.sse import EventDecoder

STREAM = ': hi\n\ndata: {"a": 1}\r\n\r\nevent: x\ndata:two\ndata: lines é\n\nid: 3\n\ndata: [DONE]\n\n'.encode()


def test_events_are_cut_out_of_the_stream() -> None:
    assert EventDecoder().feed(STREAM) == [b'{"a": 1}', "two\nlines é".encode(), b"[DONE]"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_where_the_bytes_are_cut_makes_no_difference(cuts: list[int]) -> None:
    decoder = EventDecoder()
    edges = [0, *sorted(cuts), len(STREAM)]
    found = [e for a, b in itertools.pairwise(edges) for e in decoder.feed(STREAM[a:b])]
    assert found == EventDecoder().feed(STREAM)
