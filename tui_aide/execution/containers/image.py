"""The image of the scripts' containers: named by the user, or built once from the Dockerfile beside this file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tui_aide.errors import ExecutionError
from tui_aide.execution.containers.engine import Engine, EngineGoneError
from tui_aide.execution.containers.finding import connect

DOCKERFILE = Path(__file__).with_name("Dockerfile")
_REMEDY = "name an image that is here by --image, or use --executor local"
_TOLD_CHARACTERS = 100
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def tag_of(dockerfile: Path = DOCKERFILE) -> str:
    """Return the name of the image that a Dockerfile makes, which changes with its contents."""
    return f"tui-aide-scripts:{hashlib.sha256(dockerfile.read_bytes()).hexdigest()[:12]}"


def ensure_image(engine: Engine, image: str | None, tell: Callable[[str], None], dockerfile: Path = DOCKERFILE) -> str:
    """Return the name of an image that is here, having pulled the named one or built our own where it was missing.

    Args:
        engine: where it must be.
        image: the user's; None for our own.
        tell: told of what is done, a line at a time; only called where something must be.
        dockerfile: what our own is built from.

    Raises:
        ExecutionError: it can be neither found nor made.
    """
    name = image or tag_of(dockerfile)
    if engine.has_image(name):
        return name
    if image is not None:
        tell(f"pulling the image {image}")
        _follow(engine.pull(image), tell, f"the image {image} is not here and cannot be pulled")
    else:
        tell(f"building the image {name} from {dockerfile}, once; this takes some minutes")
        _follow(engine.build(dockerfile.read_bytes(), name), tell, f"the image of {dockerfile} cannot be built")
    if not engine.has_image(name):
        raise ExecutionError(f"the image {name} is not here; {_REMEDY}.")
    tell(f"the image {name} is ready")
    return name


def prepare_image(image: str | None, tell: Callable[[str], None]) -> None:
    """See to the image before a session begins, so that its user sees the work; this blocks.

    Raises:
        ExecutionError: there is no engine, or the image can be neither found nor made.
    """
    engine = connect()
    try:
        ensure_image(engine, image, tell)
    finally:
        engine.close()


def _follow(log: Iterable[dict[str, Any]], tell: Callable[[str], None], failure: str) -> None:
    """Tell of the steps of a log, not of each layer's progress."""
    last = ""
    try:
        for entry in log:
            if "error" in entry:
                raise ExecutionError(f"{failure}: {_line(str(entry['error']))}; {_REMEDY}.")
            if entry.get("progressDetail"):
                continue
            for text in str(entry.get("stream") or entry.get("status") or "").splitlines():
                if (line := _line(text)) and line != last:
                    tell(line)
                    last = line
    except EngineGoneError:
        raise
    except ExecutionError as error:
        if str(error).startswith(failure):
            raise
        raise ExecutionError(f"{failure}: {_line(str(error))}; {_REMEDY}.") from error


def _line(text: str) -> str:
    text = " ".join(_ESCAPES.sub("", text).split()).rstrip(".")
    return text if len(text) <= _TOLD_CHARACTERS else f"{text[: _TOLD_CHARACTERS - 3]}..."
