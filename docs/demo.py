"""Makes the README's moving picture: python docs/demo.py

Plays the recorded session `sessions/tumours` on the search screen, by a clock of its own, so that a busy machine gives
the same frames. Needs Pillow (`pip install pillow`) and what docs/pictures.py needs.
"""

from __future__ import annotations

import asyncio
import io
import os
from pathlib import Path

from pictures import IMAGES, drawn
from PIL import Image

from tui_aide.sessions.folder import SessionFolder
from tui_aide.sessions.recording import Recording
from tui_aide.tui.app import TuiAideApp
from tui_aide.tui.replay_feed import ReplayFeed

SIZE = (150, 42)
FRAMES = 36
FRAME_SECONDS = 0.5
LAST_SECONDS = 3.0
WIDTH = 1080
"""Pixels."""
COLOURS = 48
KEYS = {0: "2", 27: "*", 29: "4", 31: "5", 33: "6"}
"""What is pressed before which frame: pages of the node under the cursor, and the best node."""


async def frames() -> list[str]:
    """Return the screen as SVG, at even steps of the whole session."""
    recording = Recording(SessionFolder(IMAGES.parent.parent / "sessions" / "tumours"))
    whole = recording.elapsed(recording.end)
    feed = ReplayFeed(recording, max(1, round(whole / (FRAMES * FRAME_SECONDS))), lambda: 0.0)
    app = TuiAideApp(replay=feed)
    shown = []
    async with app.run_test(size=SIZE) as pilot:
        for number in range(FRAMES):
            feed.seek(recording.at(whole * (number + 1) / FRAMES))
            if key := KEYS.get(number):
                await pilot.press(key)
            await pilot.pause(0.5)
            while feed.behind:
                await pilot.pause(0.1)
            shown.append(app.export_screenshot(title="tui-aide replay sessions/tumours"))
    return shown


def animation(svgs: list[str]) -> bytes:
    """Draw the frames as one GIF with one palette, that of the last frame, which has all colours of a search."""
    pictures = [Image.open(io.BytesIO(drawn(svg, WIDTH))).convert("RGB") for svg in svgs]
    palette = pictures[-1].quantize(COLOURS)
    few = [p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    lasting = [round(1000 * FRAME_SECONDS)] * (len(few) - 1) + [round(1000 * LAST_SECONDS)]
    file = io.BytesIO()
    few[0].save(file, "GIF", save_all=True, append_images=few[1:], duration=lasting, loop=0, optimize=False)
    return file.getvalue()


def main() -> None:
    """Play the session, and save what the screen showed."""
    os.environ["TUI_AIDE_CONFIG_DIR"] = os.devnull  # not in the colours of whoever takes it
    Path(IMAGES, "demo.gif").write_bytes(animation(asyncio.run(frames())))


if __name__ == "__main__":
    main()
