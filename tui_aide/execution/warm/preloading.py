"""Loading the modules that scripts will need, in a process that is to be forked: it imports and never computes.

After a parallel computation, a library's threads are gone in a forked child and it would wait for them for ever.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import sys
import time
from collections.abc import Iterable
from typing import Any

_BLAS_PREFIXES = ("", "scipy_")
_BLAS_SUFFIXES = ("", "64_", "_64", "_64_")


def preload(modules: Iterable[str]) -> dict[str, Any]:
    """Import modules, then keep the garbage collector from touching what is there, so that it stays shared.

    Returns:
        As JSON holds it: `loaded`; `failed`, the error by module; `threaded`, the module that has started a thread,
        which makes this process unfit to be forked, or None; `seconds`.
    """
    began = time.monotonic()
    loaded, failed, threaded = [], {}, None
    gc.disable()
    for name in modules:
        try:
            importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - a package may even exit
            failed[name] = f"{type(error).__name__}: {error}"[:200]
        else:
            loaded.append(name)
        if threads() > 1:
            threaded = name
            break
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    ctypes.CDLL(None).fflush(None)
    gc.collect()
    gc.freeze()
    gc.enable()
    return {"loaded": loaded, "failed": failed, "threaded": threaded, "seconds": time.monotonic() - began}


def threads() -> int:
    """Return how many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def blas_setters() -> list[Any]:
    """Return the functions that set the threads of each OpenBLAS that is loaded.

    OpenBLAS starts its threads when it is loaded, so it is loaded with one and gets more in the script's process.
    """
    with open("/proc/self/maps", "rb") as file:
        paths = {os.fsdecode(line.split(None, 5)[5].strip()) for line in file if b"blas" in line and b".so" in line}
    found = []
    for path in sorted(paths):
        try:
            library = ctypes.CDLL(path, mode=os.RTLD_NOLOAD)
        except OSError:
            continue
        names = (f"{p}openblas_set_num_threads{s}" for p in _BLAS_PREFIXES for s in _BLAS_SUFFIXES)
        setter = next((getattr(library, name) for name in names if hasattr(library, name)), None)
        if setter is not None:
            setter.argtypes, setter.restype = [ctypes.c_int], None
            found.append(setter)
    return found
