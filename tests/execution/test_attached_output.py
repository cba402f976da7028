from __future__ import annotations

import asyncio
import random
import socket
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tui_aide.execution.containers.output import AttachedOutput
from tui_aide.execution.spool import Spool, read_marks


def frame(stream: int, data: bytes) -> bytes:
    return bytes((stream, 0, 0, 0)) + len(data).to_bytes(4, "big") + data


async def carried(path: Path, pieces: list[bytes]) -> None:
    ours, theirs = socket.socketpair()
    output = AttachedOutput(Spool(path), ours.detach())
    for piece in pieces:
        theirs.sendall(piece)
        await asyncio.sleep(0)
    theirs.close()
    await output.close()
    output.hang_up()


def without_greetings(frames: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Drop the first byte of either stream where it is a greeting."""
    kept, met = [], set()
    for stream, data in frames:
        first = bool(data) and stream not in met
        met |= {stream} if data else set()
        kept.append((stream, data[1:] if first and data[:1] == b"\0" else data))
    return kept


@given(
    frames=st.lists(st.tuples(st.sampled_from((1, 2)), st.binary(max_size=50)), max_size=20), seed=st.integers(0, 2**16)
)
def test_frames_are_taken_apart_wherever_they_are_cut(frames: list[tuple[int, bytes]], seed: int) -> None:
    sent, chosen = b"".join(frame(*one) for one in frames), random.Random(seed)
    cuts = sorted(chosen.choices(range(len(sent) + 1), k=5))
    pieces = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "output.log"
        asyncio.run(carried(path, [piece for piece in pieces if piece]))
        told = path.read_bytes()
        frames = without_greetings(frames)
        assert told == b"".join(data for _, data in frames)
        errors = b"".join(told[begin:end] for begin, end in read_marks(path))
        assert errors == b"".join(data for stream, data in frames if stream == 2)


async def test_greetings_are_answered_once_both_have_come_and_are_no_output(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    output = AttachedOutput(Spool(tmp_path / "output.log"), ours.detach())
    theirs.sendall(frame(1, b"\0"))
    await asyncio.sleep(0.05)
    theirs.setblocking(False)
    try:
        answer: bytes | None = theirs.recv(1)
    except BlockingIOError:
        answer = None
    assert answer is None
    theirs.sendall(frame(2, b"\0err\0") + frame(1, b"\0out"))
    theirs.setblocking(True)
    assert theirs.recv(1) == b"\0"
    theirs.close()
    await output.close()
    output.hang_up()
    assert (tmp_path / "output.log").read_bytes() == b"err\0\0out"
    assert output.total == 8


async def test_a_flood_is_carried_whole(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    output = AttachedOutput(Spool(tmp_path / "output.log", kept=20_000_000), ours.detach())
    block = b"".join(frame(1, bytes([n]) * 10_000) for n in range(1, 101))
    for _ in range(20):
        await asyncio.to_thread(theirs.sendall, block)
    theirs.close()
    await output.close(5.0)
    output.hang_up()
    assert output.total == 20_000_000
    assert (tmp_path / "output.log").read_bytes() == b"".join(bytes([n]) * 10_000 for n in range(1, 101)) * 20
