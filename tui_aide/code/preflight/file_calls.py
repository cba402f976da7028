"""The calls of a script that read or write files, and the path that each is given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

import msgspec

from tui_aide.code.preflight.nearest import words
from tui_aide.code.preflight.source import BUILDERS, Source

Action = Literal["read", "list", "write", "ask", "other"]
_PATH_KEYWORDS = words(
    "filepath_or_buffer path io path_or_buf path_or_buffer file fname filename name path_or_fileobj dst fp f"
)
_READERS = frozenset(
    {
        *(f"numpy.{n}" for n in ("load", "loadtxt", "genfromtxt", "fromfile", "memmap")),
        *("joblib.load", "torch.load", "PIL.Image.open", "skimage.io.imread", "imageio.imread", "tokenize.open"),
        *("os.stat", "os.path.getsize", "os.path.getmtime", "os.open", "linecache.getlines", "shutil.unpack_archive"),
    }
)
_OPENERS = frozenset(
    {"builtins.open", "io.open", "gzip.open", "bz2.open", "lzma.open", "codecs.open", "zipfile.ZipFile"}
)
_LISTERS = frozenset({"os.listdir", "os.scandir"})
_ASKERS = frozenset({f"os.path.{n}" for n in ("exists", "isfile", "isdir", "lexists")} | {"os.access", "glob.glob"})
_SECOND = frozenset(
    {"shutil.copy", "shutil.copyfile", "shutil.copy2", "shutil.move", "os.rename", "os.replace", "os.link"}
)
_WRITERS = frozenset({*(f"numpy.{n}" for n in ("save", "savez", "savetxt", "savez_compressed")), "os.symlink"})
_READ_METHODS = {"read_text": "read", "read_bytes": "read", "stat": "read", "iterdir": "list"}
_ASK_METHODS = frozenset({"exists", "is_file", "is_dir"})
_WRITE_METHODS = frozenset({"write_text", "write_bytes", "touch"})
_TABLE_WRITERS = frozenset(
    {"to_csv", "write_csv", "to_excel", "to_parquet", "to_pickle", "to_feather", "tofile", "sink_csv"}
)
_STRIPPED = frozenset({"read_sql", "read_sql_query", "read_sql_table", "read_clipboard", "read_gbq", "read_database"})


class FileCall(msgspec.Struct, frozen=True):
    """One call.

    Attributes:
        node: the call itself.
        action: "ask" is whether something exists; "other" is any further call that is given a known path or text.
        path: the path as the script gives it, None where it is computed.
    """

    node: ast.Call
    action: Action
    path: str | None


def file_calls(source: Source) -> list[FileCall]:
    """Return every call that reads or writes a file, and others by which a path that is known may be written."""
    return [found for call in source.all(ast.Call) for found in _of(call, source)]


def _of(call: ast.Call, source: Source) -> Iterator[FileCall]:
    origin = source.origin(call.func)
    package, _, name = origin.rpartition(".")
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    first = _argument(call, 0)
    if origin in _OPENERS or (method == "open" and not origin):
        own = method == "open" and not origin
        target = call.func.value if own and isinstance(call.func, ast.Attribute) else first
        if target is not None and (not own or source.text(target) is not None or _writes(call, source, 0)):
            yield FileCall(call, _opening(call, source, 0 if own else 1), source.text(target))
    elif origin in _READERS or (package in ("pandas", "polars") and name.startswith("read_") and name not in _STRIPPED):
        yield FileCall(call, "read", source.text(first))
    elif origin in _LISTERS:
        yield FileCall(call, "list", "." if first is None else source.text(first))
    elif origin in _ASKERS:
        yield FileCall(call, "ask", source.text(first))
    elif origin in _SECOND:
        yield FileCall(call, "read", source.text(first))
        yield FileCall(call, "write", source.text(_argument(call, 1)))
    elif origin in _WRITERS or method in _TABLE_WRITERS:
        yield FileCall(call, "write", source.text(first))
    elif isinstance(call.func, ast.Attribute) and (method in _READ_METHODS or method in _ASK_METHODS | _WRITE_METHODS):
        action: Action = "write" if method in _WRITE_METHODS else "ask"
        if method in _READ_METHODS:
            action = "list" if method == "iterdir" else "read"
        path = source.text(call.func.value)
        if path is not None or action == "write":
            yield FileCall(call, action, path)
    elif origin not in BUILDERS and method != "joinpath" and origin != "builtins.print":
        given = [*call.args, *(k.value for k in call.keywords)]
        if isinstance(call.func, ast.Attribute):
            given.append(call.func.value)
        for argument in given:
            text = source.text(argument)
            if text is not None:
                yield FileCall(call, "other", text)


def _argument(call: ast.Call, place: int) -> ast.expr | None:
    """Return the path that a call is given, by place or by keyword."""
    if len(call.args) > place and not any(isinstance(a, ast.Starred) for a in call.args[: place + 1]):
        return call.args[place]
    return next((k.value for k in call.keywords if k.arg in _PATH_KEYWORDS), None)


def _mode(call: ast.Call, place: int) -> ast.expr | None:
    if len(call.args) > place:
        return call.args[place]
    return next((k.value for k in call.keywords if k.arg == "mode"), None)


def _opening(call: ast.Call, source: Source, place: int) -> Action:
    """Return what a call of `open` does: "other" where the mode is not known, or reads and writes."""
    mode = _mode(call, place)
    text = "r" if mode is None else source.value(mode)
    if not isinstance(text, str) or "+" in text:
        return "other"
    return "write" if set(text) & set("wax") else "read"


def _writes(call: ast.Call, source: Source, place: int) -> bool:
    return _opening(call, source, place) != "read"
