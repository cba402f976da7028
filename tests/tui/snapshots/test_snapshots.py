"""Every screen looks as it did: at three sizes, in a dark and a light theme, down to each cell's style."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.tui.snapshots.camera import PICTURES, Checker
from tests.tui.snapshots.frozen import frozen
from tests.tui.snapshots.scenes import SCENES, SIZES

_SEEN: set[Path] = set()


def _shots() -> Iterator[ParameterSet]:
    """Give every scene at every size; the two longest are slow."""
    for name in SCENES:
        for size in SIZES:
            slow = (pytest.mark.slow,) if name in ("search", "form") else ()
            yield pytest.param(name, size, id=f"{name}-{size[0]}x{size[1]}", marks=slow)


@pytest.mark.parametrize(("name", "size"), list(_shots()))
async def test_it_looks_as_it_did(name: str, size: tuple[int, int], tmp_path: Path) -> None:
    checker = Checker()
    with frozen(tmp_path) as place:
        await SCENES[name](checker, place, size)
    _SEEN.update(checker.seen)
    assert not checker.wrong, "\n\n".join(checker.wrong)


def test_no_picture_is_kept_of_what_is_gone() -> None:
    if len(_SEEN) < 80:
        pytest.skip("not all pictures were looked at; -m 'slow or not slow' does")
    assert set(PICTURES.glob("*.txt")) == _SEEN
