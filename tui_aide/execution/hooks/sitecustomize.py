"""What every script's interpreter does at its start: it prepares to tell, after a traceback, what the names held.

Types, shapes, columns and single numbers, never text or data. It keeps this package from being imported, too. Imports
nothing but what the interpreter has loaded anyway, and stands back for another `sitecustomize` further down the path.
"""

from __future__ import annotations

import sys
from typing import Any

_NAMES = 24
_COLUMNS = 12
_LETTERS = 160


def _described(value: Any) -> str:
    """Return what kind of thing a value is: its type, and its shape, dtype, columns or length where it has them."""
    kind = type(value).__name__
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        told = f"{kind} {shape}"
        columns = getattr(value, "columns", None)
        if columns is not None:
            names = [str(c) for c in list(columns[:_COLUMNS])]
            more = ", ..." if len(columns) > _COLUMNS else ""
            return f"{told}, columns {', '.join(names)}{more}"
        return f"{told} {getattr(value, 'dtype', '')}".rstrip()
    if isinstance(value, (str, bytes, list, tuple, dict, set)):
        return f"{kind} of length {len(value)}"
    if isinstance(value, (int, float, bool)) or value is None:
        return f"{kind} {value!r}"
    return kind


def _tell(trace: Any) -> None:
    frame = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith("solution.py"):
            frame, line = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    if frame is None:
        return
    rows = []
    for name, value in list(frame.f_locals.items()):
        if name.startswith("_") or type(value).__name__ in ("module", "type", "function", "builtin_function_or_method"):
            continue
        try:
            told = _described(value)
        except Exception:  # noqa: BLE001 - one value's own methods must not hide the others
            told = type(value).__name__
        rows.append(f"  {name}: {told}"[:_LETTERS])
    if rows:
        sys.stderr.write("\n".join([f"What the names held at line {line}:", *rows[-_NAMES:], ""]))


def _hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    _before(kind, error, trace)
    if not isinstance(error, (KeyboardInterrupt, MemoryError)):
        try:
            _tell(trace)
        except Exception:  # noqa: BLE001 - whatever a value's own methods do, the traceback was told
            return


# Scripts learn from ./input; the tasks that this package can make would tell them their labels.
sys.modules["tui_aide"] = None  # type: ignore[assignment]

_before = sys.excepthook
sys.excepthook = _hook

_here = __file__.rpartition("/")[0]
_path = [place for place in sys.path if place != _here]
if len(_path) < len(sys.path):
    sys.path[:] = _path
    _ours = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401 - another's, further down the path
    except ImportError:
        if _ours is not None:
            sys.modules["sitecustomize"] = _ours
