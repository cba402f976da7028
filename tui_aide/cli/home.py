"""The home screen: what `tui-aide` without a command opens."""

from __future__ import annotations

import sys

from tui_aide.errors import ModelError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tui_aide.tui.model_cards import ModelCard

_ASK_SECONDS = 10.0


def open_home(sessions: str | None = None, new: str | None = None) -> int:
    """Open the home screen, and then the sessions that the user picks or starts there.

    Args:
        sessions: where the sessions are, None for the usual place.
        new: a task to open the form of a new search with, "" for an empty form.
    """
    from tui_aide.cli.terminal import shows_screens, why_no_screen

    if not shows_screens():
        raise UsageError(f"{why_no_screen()}; see tui-aide --help for what works without a screen")
    from tui_aide.cli.viewing import say_goodbye
    from tui_aide.sessions.launch import launch_with_room
    from tui_aide.sessions.places import sessions_dir
    from tui_aide.tui.app import run_home

    opened = run_home(sessions_dir(sessions), resume=launch_with_room, list_models=list_models, new=new)
    if opened is not None:
        say_goodbye(opened)
    return 0


async def list_models() -> list[ModelCard]:
    """Return what `tui-aide models` lists; in a process of its own, so that the screen loads no model client.

    Raises:
        ModelError: it failed, or took longer than ten seconds.
    """
    import asyncio

    import msgspec

    from tui_aide.tui.model_cards import ModelCard

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui_aide", "models", "--json",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            answer, _ = await process.communicate()
        return msgspec.json.decode(answer, type=list[ModelCard])
    except (TimeoutError, msgspec.DecodeError) as e:
        raise ModelError("the models could not be listed; tui-aide models says why") from e
    finally:
        if process.returncode is None:  # the screen was left meanwhile, or it hangs
            process.kill()
            await process.wait()
