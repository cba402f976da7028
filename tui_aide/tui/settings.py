"""What the user has chosen for the screens, kept in settings.toml: its keys, what each does, reading and writing."""

from __future__ import annotations

import tomllib
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tui_aide.errors import nearest
from tui_aide.file_formats import KEY, FormatError, brought
from tui_aide.sessions.config import write_atomically
from tui_aide.sessions.places import config_dir
from tui_aide.tui.curve_axis import Axis
from tui_aide.tui.node_tabs import Tab
from tui_aide.tui.notifications import Notifications
from tui_aide.tui.orders import Order
from tui_aide.tui.session_order import Order as SessionOrder
from tui_aide.tui.toml_edit import with_keys

if TYPE_CHECKING:
    from tui_aide.file_formats import Step

DEFAULT_THEME = "night"
FORMAT = 1
STEPS: Mapping[int, Step] = {}
"""How settings.toml of older formats is brought on, say where a key got another name or other values."""


class Layout(msgspec.Struct, frozen=True):
    """How the screens were left."""

    with_log: Annotated[bool, Meta(description="Show the events beside the node, where there is room.")] = False
    zoomed: Annotated[bool, Meta(description="Open with the node full screen.")] = False
    single: Annotated[bool, Meta(description="Show the node without the curve and the live panes.")] = False
    order: Annotated[Order, Meta(description="The order of the tree's rows.")] = "created"
    curve: Annotated[Axis, Meta(description="What the curve is drawn over.")] = "nodes"
    side_by_side: Annotated[
        Literal["auto", "yes", "no"], Meta(description="Show differences side by side. auto: where there is room.")
    ] = "auto"
    tab: Annotated[
        Literal["follow", Tab], Meta(description="The tab that nodes open on. follow: what fits what the node does.")
    ] = "follow"
    sessions: Annotated[SessionOrder, Meta(description="The order of the sessions on the home screen.")] = "age"
    tree_share: Annotated[int, Meta(ge=20, le=70, description="The tree's part of a wide screen, in percent.")] = 38


class Settings(msgspec.Struct, frozen=True):
    """All settings. A key has a default and a `Meta` with its description, which the settings screen and docs show."""

    theme: Annotated[str, Meta(description="The colours, by the theme's name.")] = DEFAULT_THEME
    keymap: Annotated[str, Meta(description="The keys: default or vim. keymap.toml changes single ones.")] = "default"
    glyphs: Annotated[
        Literal["auto", "unicode", "ascii"],
        Meta(description="The signs. auto: ASCII where TUI_AIDE_ASCII is set or the locale is not UTF-8."),
    ] = "auto"
    motion: Annotated[
        Literal["full", "reduced"],
        Meta(description="reduced: nothing slides, fades or blinks; TEXTUAL_ANIMATIONS=none does it, too."),
    ] = "full"
    notify: Notifications = Notifications()
    layout: Layout = Layout()


class Key(msgspec.Struct, frozen=True):
    """One key of settings.toml, as the settings screen and the docs show it.

    Attributes:
        path: the key, with its table: `layout.zoomed`.
        kind: its type without what is said about it.
        choices: what it may be, where that is a short list; else empty.
        description: one sentence.
        default: what holds where it is missing.
    """

    path: str
    kind: Any
    choices: tuple[str, ...]
    description: str
    default: Any


def keys(kind: type[msgspec.Struct] = Settings, table: str = "") -> Iterator[Key]:
    """Return the keys of a settings structure, those of its tables after it."""
    for field in msgspec.structs.fields(kind):
        plain, description = _bare(field.type)
        if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
            yield from keys(plain, f"{table}{field.name}.")
            continue
        choices = tuple(typing.get_args(plain)) if typing.get_origin(plain) is Literal else ()
        default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
        yield Key(table + field.name, plain, choices, description, default)


def _bare(kind: Any) -> tuple[Any, str]:
    if typing.get_origin(kind) is Annotated:
        plain, *about = typing.get_args(kind)
        return plain, next((m.description for m in about if isinstance(m, Meta) and m.description), "")
    return kind, ""


def value_of(settings: Settings, path: str) -> Any:
    """Return the value of a key such as `layout.zoomed`."""
    value: Any = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value


def with_value(settings: Settings, path: str, value: Any) -> Settings:
    """Return the settings with one key changed.

    Raises:
        msgspec.ValidationError: the key may not have this value; the message says why.
    """
    return msgspec.convert(_put(msgspec.to_builtins(settings), path, value), type(settings))


def _put(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *tables, name = path.split(".")
    inner = data
    for table in tables:
        inner = inner.setdefault(table, {})
    inner[name] = value
    return data


def read_settings(path: Path, *, newest: int = FORMAT, steps: Mapping[int, Step] = STEPS) -> tuple[Settings, list[str]]:
    """Return the settings of a file, and a line for each thing wrong with it; what is wrong has its default.

    A file that is not there is none that is wrong. One of an older format is brought on by the steps to the newest.
    """
    data, problem = _table(path)
    try:
        data = brought(data, newest, steps)
    except FormatError as e:
        return Settings(), [f"{path}: {e}; all settings have their defaults"]
    problems = [problem] if problem else []
    known = {key.path: key for key in keys()}
    tables = {name.rpartition(".")[0] for name in known} - {""}
    settings = Settings()
    for name, value in _leaves(data, tables):
        if name not in known:
            problems.append(f"{path}: no setting {name!r}; it is kept and does nothing.{nearest(name, known)}")
            continue
        try:
            settings = with_value(settings, name, value)
        except msgspec.ValidationError as e:
            default = msgspec.json.encode(known[name].default).decode()
            problems.append(f"{path}: {refusal(known[name], e)}; it is {default} until that is mended")
    return settings, problems


def refusal(key: Key, error: msgspec.ValidationError) -> str:
    """Return in words why a key may not have a value."""
    reason = str(error).partition(" - at ")[0]
    if "regex" in reason:  # no word for people
        return f"{key.path}: that is not of the form it needs. {key.description.rstrip('.')}"
    return f"{key.path}: {reason}"


def _leaves(data: dict[str, Any], tables: set[str] | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Return the keys in some tables, in all where none are given, each with its tables before it."""
    for name, value in data.items():
        if isinstance(value, dict) and (tables is None or prefix + name in tables):
            yield from _leaves(value, tables, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _migration(data: dict[str, Any], newest: int, steps: Mapping[int, Step]) -> dict[str, Any]:
    """Return what to change in a file of an older format, None for keys that go; nothing where it is of the newest."""
    keys = brought(data, newest, steps)
    if data.get(KEY, 1) == newest:
        return {}
    before = dict(_leaves({name: value for name, value in data.items() if name != KEY}))
    after = dict(_leaves(keys))
    gone: dict[str, Any] = {name: None for name in before if name not in after}
    return gone | {name: value for name, value in after.items() if before.get(name) != value} | {KEY: newest}


def _table(path: Path) -> tuple[dict[str, Any], str]:
    """Return what a TOML file holds, and what is wrong with it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), ""
    except (FileNotFoundError, NotADirectoryError):
        return {}, ""
    except OSError as e:
        return {}, f"{path}: cannot be read: {e.strerror}; all settings have their defaults"
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        return {}, f"{path}: is no TOML: {e}; mend it, or remove it to begin anew"


def settings_file() -> Path:
    """Return where the settings are."""
    return config_dir() / "settings.toml"


def save_settings(
    path: Path, old: Settings, new: Settings, *, newest: int = FORMAT, steps: Mapping[int, Step] = STEPS
) -> str:
    """Write the keys that changed into the file as it is now, atomically; all else in it stays, comments too.

    A file of an older format becomes one of the newest; one of a newer program is left alone.

    Args:
        path: the file; it and its folder are made where they are missing.
        old: what the viewer had before.
        new: what it has now.
        newest: the format to write.
        steps: how older ones are brought on.

    Returns:
        One line where it could not be written, else "".
    """
    changed = {k.path: value_of(new, k.path) for k in keys() if value_of(new, k.path) != value_of(old, k.path)}
    if not changed:
        return ""
    data, problem = _table(path)
    if problem:
        return f"{problem}. Not saved"
    try:
        changed = _migration(data, newest, steps) | changed
    except FormatError as e:
        return f"{path}: {e}. Not saved"
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, with_keys(text, changed))
    except OSError as e:
        return f"{path}: cannot be written: {e.strerror}; the change holds until you leave"
    return ""
