"""What was drawn of screens that are closed is not held on to."""

from __future__ import annotations

import gc

import pytest
from textual._styles_cache import StylesCache

from tests.tui.recorded import RecordedSession
from tests.tui.watching import USUAL, watching
from tui_aide.tui.drawn_rows import MANY, forget_closed


@pytest.mark.slow
async def test_screens_that_were_opened_and_closed_leave_no_drawn_rows(session: RecordedSession) -> None:
    session.valid(0.8)
    async with watching(session, USUAL) as w:
        await w.ticks(3)
        for _ in range(12):
            await w.press("T", "j", "escape")
        forget_closed()
        assert StylesCache.get_inner_outer.cache_info().currsize <= MANY
        await w.pilot.pause()
        gc.collect()
        alive = [o for o in gc.get_objects() if isinstance(o, StylesCache)]
        widgets = len(w.search.query("*")) + len(w.app.screen_stack)
        assert len(alive) <= 2 * widgets, "those of closed screens are gone"
