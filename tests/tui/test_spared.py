"""What the collector is spared is looked through again now and then: what became garbage meanwhile is freed."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from tui_aide.tui.spared import Spared


class _Ring:
    """Something that refers to itself, as a closed widget does."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_dies_while_it_is_spared_is_freed_after_some_thousand_nodes() -> None:
    spared, ring = Spared(), _Ring()
    gone = weakref.ref(ring)
    spared.begin(10)
    del ring
    gc.collect()
    spared.look(100)
    assert gone() is not None, "it was kept"
    spared.look(1010)
    assert gone() is None
    assert gc.get_freeze_count() > 0, "what lives is spared again"


def test_the_end_of_a_session_has_all_looked_through_again() -> None:
    spared, ring = Spared(), _Ring()
    gone = weakref.ref(ring)
    spared.begin(10)
    del ring
    spared.end()
    gc.collect()
    assert gone() is None
