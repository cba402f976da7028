"""Takes all pictures anew: `python -m tests.tui.snapshots --update`, and SVGs to look at beside them."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from tests.tui.snapshots.camera import PICTURES, Writer
from tests.tui.snapshots.frozen import frozen
from tests.tui.snapshots.scenes import SCENES, SIZES


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.tui.snapshots", description=__doc__)
    parser.add_argument("--update", action="store_true", required=True)
    parser.add_argument("--only", choices=SCENES, help="one scene")
    options = parser.parse_args()
    gallery = Path(tempfile.mkdtemp(prefix="pictures-"))
    PICTURES.mkdir(exist_ok=True)
    if not options.only:
        for old in PICTURES.glob("*.txt"):
            old.unlink()
    for name, scene in SCENES.items():
        for size in SIZES:
            if options.only in (None, name):
                with tempfile.TemporaryDirectory() as folder, frozen(Path(folder)) as place:
                    asyncio.run(scene(Writer(gallery), place, size))
    print(f"{PICTURES} is new; SVGs to look at are in {gallery}")


if __name__ == "__main__":
    main()
