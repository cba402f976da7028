"""Every screen looks as it did: at three sizes, in a dark and a light theme, down to each cell's style."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.snapshots.camera import PICTURES, Checker
from tests.tui.snapshots.frozen import frozen
from tests.tui.snapshots.scenes import SCENES, SIZES

_SEEN: set[Path] = set()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCENES)
async def test_it_looks_as_it_did(name: str, size: tuple[int, int], tmp_path: Path) -> None:
    checker = Checker()
    with frozen(tmp_path) as place:
        await SCENES[name](checker, place, size)
    _SEEN.update(checker.seen)
    assert not checker.wrong, "\n\n".join(checker.wrong)


def test_no_picture_is_kept_of_what_is_gone() -> None:
    if len({path.stem for path in _SEEN}) < 30:
        pytest.skip("not all pictures were looked at")
    assert set(PICTURES.glob("*.txt")) == _SEEN
